"""Terminals that several people share: what each sees, types and does there."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from browser.people import Person, PersonFactory, make_viewer, share, wait_until
from browser.terminals import NAME, keys_of, open_terminal, pane, read_aloud, rows, shown, type_into, written
from browser.test_page import LOOKS, SCREENS, axe_problems

SMALL: dict[str, Any] = {"viewport": {"width": 940, "height": 600}}
NOT_SENT = "Not connected: what you type is not sent."


def with_terminal(person: PersonFactory, **options: Any) -> tuple[Person, str]:
    """Ada in a new project, in a terminal that her key has made."""
    ada = person("Ada Lovelace", **options)
    read_aloud(ada)
    project_id = ada.new_project("Linear algebra")
    ada.page.keyboard.press("Control+j")
    expect(shown(ada)).to_contain_text("$", timeout=20_000)
    return ada, project_id


def test_two_people_share_a_terminal_through_reload_and_offline(person: PersonFactory) -> None:
    ada, project_id = with_terminal(person)
    bob = person("Bob Kahn", **SMALL)
    read_aloud(bob)
    share(ada, bob)
    type_into(ada, "kept=6; echo from-$((6*7))-ada\n")
    open_terminal(bob, project_id)
    expect(shown(bob)).to_contain_text("from-42-ada")
    # The size is that of whoever types or takes it; the other one is told, and sees all of it.
    size = bob.page.get_by_role("contentinfo").get_by_text(re.compile(r"\d+ × \d+"))
    of_ada = size.inner_text()
    expect(bob.page.get_by_text("Size of Ada Lovelace's window")).to_be_visible()
    bob.page.get_by_role("button", name="Fit to my window").click()
    expect(ada.page.get_by_text("Size of Bob Kahn's window")).to_be_visible()
    expect(bob.page.get_by_text("Size of")).to_have_count(0)
    expect(size).not_to_have_text(of_ada)
    type_into(bob, "stty size; echo by-$((kept*8))-bob\n")
    expect(pane(ada).get_by_role("img", name="Bob Kahn types")).to_be_visible()
    expect(shown(ada)).to_contain_text("by-48-bob")
    columns, lines = re.findall(r"\d+", size.inner_text())[-2:]
    expect(shown(ada)).to_contain_text(f"{lines} {columns}")
    # A reload brings the screen back; nothing was typed by it into the shell.
    expect(shown(bob)).to_contain_text(re.compile(r"by-48-bob.*\$"))
    before = rows(bob)
    bob.page.reload()
    expect(shown(bob)).to_contain_text("by-48-bob", timeout=20_000)
    wait_until(lambda: rows(bob) == before)
    type_into(bob, "echo still-$kept\n")
    expect(shown(ada)).to_contain_text("still-6")
    # Without a connection nothing is sent, then or later.
    ada.context.set_offline(True)
    expect(pane(ada).get_by_text("Not connected. It comes back by itself.")).to_be_visible()
    type_into(ada, "echo typed-offline\n")
    expect(pane(ada).get_by_text(NOT_SENT)).to_be_visible()
    type_into(bob, "echo meanwhile-$kept\n")
    expect(shown(bob)).to_contain_text("meanwhile-6")
    ada.context.set_offline(False)
    expect(shown(ada)).to_contain_text("meanwhile-6")
    type_into(ada, "echo back-$kept\n")
    for somebody in (ada, bob):
        expect(shown(somebody)).to_contain_text("back-6")
        expect(shown(somebody)).not_to_contain_text("offline")


def test_a_viewer_watches_and_types_nothing(person: PersonFactory) -> None:
    ada, project_id = with_terminal(person)
    vera = person("Vera Rubin")
    read_aloud(vera)
    make_viewer(ada, vera, project_id)
    open_terminal(vera, project_id)
    expect(pane(vera).get_by_text("You watch: viewers cannot type")).to_be_visible()
    type_into(ada, "echo seen-$((6*7))\n")
    expect(shown(vera)).to_contain_text("seen-42")
    type_into(vera, "echo evil\n")
    for name in ("Split to the right", "Split below", "Fit to my window", "New terminal"):
        expect(vera.page.get_by_role("button", name=name)).to_have_count(0)
    pane(vera).get_by_role("button", name="More for terminal 1").click()
    expect(vera.page.get_by_role("menuitem", name="Find")).to_be_visible()
    for name in ("Paste", "Clear", "Save the output to a file", "End and start again"):
        expect(vera.page.get_by_role("menuitem", name=name)).to_have_count(0)
    vera.page.keyboard.press("Escape")
    type_into(ada, "echo then-$((6*8))\n")
    expect(shown(vera)).to_contain_text("then-48")
    for somebody in (ada, vera):
        expect(shown(somebody)).not_to_contain_text("evil")


def test_splits_starts_and_ends_by_keys_and_mouse(person: PersonFactory) -> None:
    ada, project_id = with_terminal(person)
    page = ada.page
    type_into(ada, "mkdir -p lectures && cd lectures\n")
    expect(pane(ada).get_by_role("heading")).to_have_text("~/lectures")
    page.keyboard.press("Control+Shift+E")
    expect(keys_of(ada, 2)).to_be_focused()
    page.keyboard.type("pwd\n")
    expect(shown(ada, 2)).to_contain_text("/lectures")
    page.keyboard.press("Control+Shift+O")
    expect(keys_of(ada, 3)).to_be_focused()
    wait_until(lambda: len(written(ada, project_id)) == 3)
    # From one to the next by keys; Ctrl-W and Ctrl-K are the shell's, which cuts the word and the rest.
    page.keyboard.press("Control+Shift+ArrowLeft")
    expect(keys_of(ada, 1)).to_be_focused()
    page.keyboard.type("echo one two")
    page.keyboard.press("Control+w")
    page.keyboard.type("three\n")
    expect(shown(ada, 1)).to_contain_text(re.compile(r"one three\W"))
    page.keyboard.press("Control+Shift+ArrowRight")
    page.keyboard.press("Control+Shift+ArrowDown")
    expect(keys_of(ada, 3)).to_be_focused()
    # The line between them is moved by keys and by hand, for everybody.
    line = page.get_by_role("separator", name="Width of the terminals beside it")
    line.focus()
    page.keyboard.press("ArrowLeft")
    expect(line).to_have_attribute("aria-valuenow", "45")
    box = line.bounding_box()
    assert box
    page.mouse.move(box["x"] + 4, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 124, box["y"] + 200, steps=6)
    page.mouse.up()
    expect(line).not_to_have_attribute("aria-valuenow", "45")
    moved = line.get_attribute("aria-valuenow")
    page.reload()
    expect(line).to_have_attribute("aria-valuenow", moved or "", timeout=20_000)
    # A command of its own, in a folder; when it has ended a key starts it again.
    pane(ada, 3).get_by_role("button", name="More for terminal 3").click()
    page.get_by_role("menuitem", name="Change what it starts with").click()
    dialog = page.get_by_role("dialog", name="What the terminal starts with")
    dialog.get_by_label("Command").fill("echo run-$((6*7)); exit 3")
    dialog.get_by_role("button", name="Save and start again").click()
    expect(shown(ada, 3)).to_contain_text("run-42")
    expect(pane(ada, 3).get_by_role("status")).to_contain_text(re.compile(r"\b3\b.*Press any key to start it again"))
    type_into(ada, "x", 3)
    expect(shown(ada, 3)).to_contain_text(re.compile(r"run-42.*run-42"))
    # What runs nothing is closed at once; a program only after a yes.
    type_into(ada, "sleep 1000\n", 2)
    expect(pane(ada, 2).get_by_role("heading")).to_contain_text("sleep")
    pane(ada, 2).get_by_role("button", name="Close terminal 2").click()
    page.get_by_role("dialog", name="Close this terminal?").get_by_role("button", name="Cancel").click()
    pane(ada, 3).get_by_role("button", name="Close terminal 3").click()
    expect(pane(ada, 3)).to_have_count(0)
    pane(ada, 2).get_by_role("button", name="Close terminal 2").click()
    page.get_by_role("button", name="End it and close").click()
    expect(pane(ada, 2)).to_have_count(0)
    wait_until(lambda: len(written(ada, project_id)) == 1)


def at(row: Locator, column: int = 1) -> tuple[float, float]:
    """The middle of a character of a row, for the mouse."""
    box = row.bounding_box()
    assert box
    return box["x"] + 8 * column, box["y"] + box["height"] / 2


def test_copy_paste_find_links_and_saving(person: PersonFactory) -> None:
    ada, _ = with_terminal(person, permissions=["clipboard-read", "clipboard-write"])
    page = ada.page
    page.on("dialog", lambda dialog: pytest.fail(f"a script has run: {dialog.message}"))
    type_into(ada, "for n in $(seq 200); do echo needle-$n; done\n")
    expect(shown(ada)).to_contain_text("needle-200")
    # Find, also in what has scrolled away.
    page.keyboard.press("Control+Shift+F")
    bar = page.get_by_role("search", name="Find in the terminal")
    page.keyboard.type("needle-1")
    expect(bar.get_by_role("status")).to_have_text("111 of 111")
    page.keyboard.press("Shift+Enter")
    expect(bar.get_by_role("status")).to_have_text("1 of 111")
    expect(shown(ada)).to_contain_text("needle-1")
    expect(shown(ada)).not_to_contain_text("needle-200")
    page.keyboard.press("Escape")
    expect(keys_of(ada)).to_be_focused()
    # Copied by the mouse and a key; pasted into a shell, which takes the brackets, at once and unrun.
    page.keyboard.type("clear; echo copied-word\n")
    row = shown(ada).get_by_role("listitem").filter(has_text=re.compile("^copied-word")).first
    expect(row).to_be_visible()
    page.mouse.dblclick(*at(row, 2))
    page.keyboard.press("Control+Shift+C")
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("() => navigator.clipboard.readText()") == "copied-word"
    page.evaluate("() => navigator.clipboard.writeText('echo a-$((1+1))\\necho b-$((1+1))')")
    page.keyboard.press("Control+Shift+V")
    expect(shown(ada)).to_contain_text("echo b-$((1+1))")
    expect(shown(ada)).not_to_contain_text("a-2")
    page.keyboard.press("Enter")
    expect(shown(ada)).to_contain_text("b-2")
    # A program that knows no brackets gets many lines only after a yes.
    page.keyboard.type("clear; cat\n")
    expect(pane(ada).get_by_role("heading")).to_have_text("cat")
    page.keyboard.press("Control+Shift+V")
    asked = page.get_by_role("dialog", name="Paste 2 lines?")
    expect(asked).to_contain_text("echo a-$((1+1))")
    asked.get_by_role("button", name="Cancel").click()
    page.keyboard.press("Control+Shift+V")
    asked.get_by_role("button", name="Paste 2 lines").click()
    expect(shown(ada)).to_contain_text("echo b-$((1+1))")
    page.keyboard.press("Control+c")
    # Links open with Ctrl and a click, and only those of the web; programs do not get at the clipboard.
    page.keyboard.type(
        "clear; printf '\\e]8;;javascript:alert(1)\\e\\\\evil\\e]8;;\\e\\\\\\n\\e]8;;https://web.example/x\\e\\\\good"
        "\\e]8;;\\e\\\\\\n\\e]52;c;c3RvbGVu\\a'; echo done-$((6*7))\n"
    )
    expect(shown(ada)).to_contain_text("done-42")
    evil = shown(ada).get_by_role("listitem").filter(has_text=re.compile("^evil")).first
    good = shown(ada).get_by_role("listitem").filter(has_text=re.compile("^good")).first
    page.keyboard.down("Control")
    page.mouse.click(*at(evil, 2))
    with ada.context.expect_page() as opened:
        page.mouse.move(*at(good, 1))
        expect(pane(ada).get_by_text("https://web.example/x")).to_be_visible()
        page.mouse.click(*at(good, 2))
    page.keyboard.up("Control")
    assert len(ada.context.pages) == 2
    opened.value.close()
    assert "stolen" not in page.evaluate("() => navigator.clipboard.readText()")
    # The output goes to a file, which opens beside it.
    pane(ada).get_by_role("button", name="More for terminal 1").click()
    page.get_by_role("menuitem", name="Save the output to a file").click()
    expect(page.get_by_text(re.compile("The output is saved in"))).to_be_visible()
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.locator(".cm-content")).to_contain_text("done-42")
    # And back by the key that goes to the terminal, where files are opened by a command and by their printed names.
    page.keyboard.press("Control+j")
    expect(keys_of(ada)).to_be_focused()
    page.keyboard.press("Control+j")
    expect(page.locator(".cm-content")).to_be_visible()
    page.keyboard.press("Control+j")
    page.keyboard.type(
        "clear; mkdir -p src; touch README src/a.py; echo src/a.py:1; echo gone/b.py:2; open src/a.py README\n"
    )
    expect(ada.editor("README")).to_be_visible()
    expect(page.get_by_role("tab", name="a.py")).to_be_visible()
    page.keyboard.press("Control+j")
    gone = shown(ada).get_by_role("listitem").filter(has_text=re.compile("^gone/b")).first
    there = shown(ada).get_by_role("listitem").filter(has_text=re.compile("^src/a")).first
    for row, seen in ((gone, page.get_by_text("There is no file “gone/b.py”")), (there, ada.editor("src/a.py"))):
        page.keyboard.down("Control")
        page.mouse.move(600, 500)
        page.mouse.move(*at(row, 1))
        expect(pane(ada).get_by_text("click to open")).to_be_visible()
        page.mouse.click(*at(row, 2))
        page.keyboard.up("Control")
        expect(seen).to_be_visible()


def test_terminals_open_where_they_are_asked_for(person: PersonFactory) -> None:
    ada, project_id = with_terminal(person)
    page = ada.page
    type_into(ada, "mkdir -p homework/week1 && touch homework/week1/a.py\n")
    ada.files().get_by_role("row", name="homework").click(button="right")
    page.get_by_role("menuitem", name="Open terminal here").click()
    expect(page.get_by_role("tab", selected=True)).to_have_accessible_name(NAME)
    page.wait_for_url(re.compile(r"/edit/homework/terminal\.term"))
    expect(shown(ada)).to_contain_text("homework", timeout=20_000)
    # The second of a folder gets a name of its own.
    ada.files().get_by_role("row", name="homework").click(button="right")
    page.get_by_role("menuitem", name="Open terminal here").click()
    page.wait_for_url(re.compile(r"terminal%20\(2\)\.term"))
    expect(shown(ada)).to_contain_text("homework", timeout=20_000)
    assert written(ada, project_id, "homework/terminal (2).term")[0]["directory"] == "homework"
    # Somebody renames it: the tab goes along, and what runs runs on.
    type_into(ada, "kept=6\n")
    body = {"type": "rename", "path": "homework/terminal (2).term", "to": "homework/sums.term"}
    headers = {"Content-Type": "application/json"}
    ada.request("POST", f"/projects/{project_id}/operations", data=json.dumps(body), headers=headers)
    page.wait_for_url(re.compile(r"/edit/homework/sums\.term"))
    type_into(ada, "echo still-$kept\n")
    expect(shown(ada)).to_contain_text("still-6", timeout=20_000)
    # Somebody deletes it: the page says so.
    body = {"type": "trash", "path": "homework/sums.term"}
    ada.request("POST", f"/projects/{project_id}/operations", data=json.dumps(body), headers=headers)
    expect(page.get_by_role("status").get_by_role("button", name="Try again")).to_be_visible()


def test_a_phone_has_the_keys_that_its_keyboard_lacks(person: PersonFactory) -> None:
    ada = person("Ada Lovelace", **LOOKS["phone"])
    read_aloud(ada)
    project_id = ada.new_project("On the way")
    ada.write(project_id, NAME, "")
    open_terminal(ada, project_id)
    page = ada.page
    bar = page.get_by_role("toolbar", name="Keys")
    for key in bar.get_by_role("button").all():
        box = key.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 44
    type_into(ada, "echo one-42\n")
    expect(shown(ada)).to_contain_text(re.compile(r"one-42.*one-42"))
    bar.get_by_role("button", name="Up", exact=True).click()
    bar.get_by_role("button", name="Left", exact=True).click()
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    expect(shown(ada)).to_contain_text(re.compile("one-402.*one-402"))
    # Ctrl holds for one key: it ends what runs, the next is a letter again.
    page.keyboard.type("sleep 1000\n")
    bar.get_by_role("button", name="Ctrl", exact=True).click()
    page.keyboard.type("c")
    page.keyboard.type("cat\n")
    bar.get_by_role("button", name="|").click()
    page.keyboard.press("Enter")
    expect(shown(ada)).to_contain_text(re.compile(r"\|.*\|"))
    bar.get_by_role("button", name="Interrupt").click()
    # A finger scrolls back.
    page.keyboard.type("seq 300\n")
    expect(shown(ada)).to_contain_text("300")
    box = shown(ada).bounding_box()
    assert box
    client = ada.context.new_cdp_session(page)
    x, y = box["x"] + 100, box["y"] + 60
    client.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 9):
        client.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y + 30 * step}]})
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(shown(ada)).not_to_contain_text("300")


@pytest.mark.parametrize("look", LOOKS)
def test_every_look(person: PersonFactory, look: str) -> None:
    """Photograph terminals in all states, and ask axe about them."""
    ada, _ = with_terminal(person, **LOOKS[look])
    page = ada.page
    SCREENS.mkdir(parents=True, exist_ok=True)

    def check(name: str) -> None:
        page.evaluate("() => document.fonts.ready")
        page.screenshot(path=SCREENS / f"{name}-{look}.png")
        assert axe_problems(page) == [], f"{name} in {look}"
        overflow = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{name} in {look} scrolls sideways by {overflow} px"

    type_into(ada, 'for c in 31 32 33 34 35 36; do printf "\\e[${c}mcolour $c \\e[0m"; done; echo; ls --color /\n')
    expect(shown(ada)).to_contain_text("usr")
    page.mouse.move(
        1, 1
    )  # off the button that it stands on since the project was made, whose tooltip is no part of this
    expect(page.locator("[data-overlay-container]")).to_have_count(0)
    check("terminal")
    page.keyboard.press("Control+Shift+E")
    expect(keys_of(ada, 2)).to_be_focused()
    page.keyboard.press("Control+Shift+O")
    expect(keys_of(ada, 3)).to_be_focused()
    expect(shown(ada, 3)).to_contain_text("$")
    page.keyboard.type("exit 7\n")
    expect(pane(ada, 3).get_by_text("Press any key to start it again")).to_be_visible()
    check("terminal-splits")
    page.keyboard.press("Control+Shift+F")
    page.keyboard.type("exit")
    expect(page.get_by_role("search").get_by_role("status")).to_have_text("2 of 2")
    check("terminal-find")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Shift+L")
    expect(pane(ada, 3).get_by_role("button").first).to_be_focused()
    pane(ada, 3).get_by_role("button", name="More for terminal 3").click()
    page.get_by_role("menuitem", name="Change what it starts with").click()
    page.wait_for_timeout(200)  # the dialog's fade: contrast is measured at rest
    check("terminal-starts-with")
