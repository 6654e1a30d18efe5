"""How the page behaves for everyone: keys, themes, small screens, assistive technology, and a look at each screen."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser.people import Person, PersonFactory, share

ROOT = Path(__file__).parents[2]
SCREENS = ROOT / "test-results" / "screens"
AXE = (ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js").read_text
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"color_scheme": "light", **PHONE},
    "zoom-200": {"color_scheme": "light", "viewport": {"width": 640, "height": 400}, "device_scale_factor": 2},
}


NOT_JUDGED = ["[data-live-announcer]", "[data-overlay-container]:has(> [role=tooltip])"]


def axe_problems(page: Page) -> list[str]:
    """What axe finds on the page as it stands: rule, how bad, and where.

    Not in what was read aloud in the last seconds: it may name a button of a dialog that has been closed since. Nor in
    a tooltip, which is there or not by where the mouse happens to be, and is in no landmark."""
    page.evaluate(AXE())
    found = page.evaluate(
        "nowhere => axe.run({ exclude: nowhere.map((one) => [one]) }, { resultTypes: ['violations'] })", NOT_JUDGED
    )
    return [
        f"{v['id']} ({v['impact']}): {[n['target'] for n in v['nodes']][:3]} {v['help']}" for v in found["violations"]
    ]


def visit_screens(person: Person, look: str) -> None:
    """Walk through the main screens; photograph and check each."""
    page = person.page
    SCREENS.mkdir(parents=True, exist_ok=True)

    def check(name: str) -> None:
        page.evaluate("() => document.fonts.ready")
        page.screenshot(path=SCREENS / f"{name}-{look}.png")
        assert axe_problems(page) == [], f"{name} in {look}"
        overflow = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{name} in {look} scrolls sideways by {overflow} px"

    project_id = person.new_project("Linear algebra")
    person.write(
        project_id, "main.py", "import math\n\n\ndef area(r: float) -> float:\n    return math.pi * r**2\n" * 20
    )
    person.write(project_id, "notes.md", "# Notes\n\nA *short* text with $x^2$.\n")
    page.goto(f"{person.studium.url}/")
    expect(page.get_by_text("Linear algebra")).to_be_visible()
    check("projects")
    person.open_file(project_id, "main.py")
    expect(person.editor("main.py")).to_contain_text("def area")
    check("editor")
    page.keyboard.press("Control+Shift+H")
    find = page.get_by_label("Find panel")
    find.get_by_role("textbox", name="Find in files").fill("area")
    find.get_by_role("textbox", name="Replace with").fill("surface")
    expect(find.get_by_role("status")).to_have_text("20 results in 1 file")
    find.get_by_role("button", name="Choose files by name").click()
    find.get_by_role("button", name="Show lines around").click()
    expect(find.get_by_role("tree").get_by_text("return math.pi").first).to_be_visible()
    page.mouse.move(0, 0)
    check("find")
    page.get_by_role("navigation", name="Panels").get_by_role("button", name="Files", exact=True).click()
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_role("dialog", name=re.compile("Share"))).to_be_visible()
    page.wait_for_timeout(200)  # the dialog's fade: contrast is measured at rest
    check("share")
    page.keyboard.press("Escape")
    page.keyboard.press("F1")
    expect(page.get_by_role("dialog").get_by_role("combobox").or_(page.get_by_role("searchbox")).first).to_be_visible()
    page.wait_for_timeout(200)
    check("palette")
    page.keyboard.press("Escape")
    page.goto(f"{person.studium.url}/settings")
    expect(page.get_by_role("heading", name=re.compile("Settings"))).to_be_visible()
    check("settings")
    page.goto(f"{person.studium.url}/no-such-page")
    expect(page.get_by_role("heading").first).to_be_visible()
    check("not-found")


@pytest.mark.parametrize("look", LOOKS)
def test_every_screen_reads_well(person: PersonFactory, look: str) -> None:
    visit_screens(person("Ada Lovelace", **LOOKS[look]), look)


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_the_doors_read_well(person: PersonFactory, look: str) -> None:
    stranger = person("Ada Lovelace", **LOOKS[look])
    stranger.context.clear_cookies()
    for name in ("sign-in", "sign-up"):
        stranger.page.goto(f"{stranger.studium.url}/{name}")
        expect(stranger.page.get_by_role("heading").first).to_be_visible()
        SCREENS.mkdir(parents=True, exist_ok=True)
        stranger.page.screenshot(path=SCREENS / f"{name}-{look}.png")
        assert axe_problems(stranger.page) == []


def test_the_palette_finds_files_and_commands(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Palette")
    ada.run(project_id, "echo x > needle.py")
    expect(ada.files().get_by_text("needle.py")).to_be_visible()
    ada.page.keyboard.press("Control+k")
    ada.page.keyboard.type("needle")
    ada.page.keyboard.press("Enter")
    expect(ada.editor("needle.py")).to_be_visible()
    ada.page.keyboard.press("F1")
    ada.page.keyboard.type(">dark")
    ada.page.keyboard.press("Enter")
    expect(ada.page.locator("html")).to_have_attribute("data-theme", "dark")


def test_sharing_with_the_keyboard_alone(person: PersonFactory) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    bob.go_home()
    ada.new_project("Keys only")
    ada.page.keyboard.press("F1")
    ada.page.keyboard.type(">share")
    ada.page.keyboard.press("Enter")
    dialog = ada.page.get_by_role("dialog", name=re.compile("Share"))
    expect(dialog.get_by_label("E-mail")).to_be_focused()
    ada.page.keyboard.type(bob.email)
    ada.page.keyboard.press("Enter")
    expect(dialog.get_by_text("Bob Kahn")).to_be_visible()
    ada.page.keyboard.press("Escape")
    expect(bob.page.get_by_text("Keys only")).to_be_visible()


def test_people_in_a_file_are_seen(person: PersonFactory) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn", color_scheme="dark")
    project_id = ada.new_project("Together")
    share(ada, bob)
    ada.write(project_id, "main.py", "print('hello')\n" * 30)
    ada.open_file(project_id, "main.py")
    bob.open_file(project_id, "main.py")
    for somebody, other in ((ada, "Bob Kahn"), (bob, "Ada Lovelace")):
        expect(somebody.page.get_by_label(re.compile(other)).first).to_be_visible()
    bob.editor("main.py").click()
    bob.page.keyboard.type("# typing")
    expect(ada.page.locator(".cm-content")).to_contain_text("# typing")
    for look, somebody in (("light", ada), ("dark", bob)):
        SCREENS.mkdir(parents=True, exist_ok=True)
        somebody.page.screenshot(path=SCREENS / f"together-{look}.png")
