"""How others see a person: picture, colour and name, live; and what a person likes, live in all their pages."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from browser.people import Person, PersonFactory, share
from browser.test_account import elsewhere, settings
from browser.test_page import LOOKS, SCREENS, axe_problems
from support.pictures import png


def choose_picture(page: Page, path: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="picture").first.click()
    chooser.value.set_files(path)


def picture(place: Locator) -> Locator:
    """The picture in an avatar within a place, once it is loaded."""
    return place.locator(".avatar img")


def shown_size(page: Page, image: Locator) -> tuple[int, str]:
    """Its natural side in pixels, and the type that the server says."""
    expect(image).to_be_visible()
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=image.element_handle())
    side = image.evaluate("image => image.naturalWidth")
    kind = image.evaluate("image => fetch(image.src).then(answer => answer.headers.get('Content-Type'))")
    return int(side), str(kind)


def test_a_new_picture_and_colour_are_seen_at_once_by_others_and_in_every_page(
    person: PersonFactory, browser: Browser, tmp_path: Path
) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    project_id = ada.new_project("Portraits")
    share(ada, bob)
    ada.write(project_id, "main.py", "print(1)\n")
    bob.open_file(project_id, "main.py")
    writing = ada.context.new_page()
    both = Person(ada.name, ada.email, ada.context, writing, ada.studium)
    both.open_file(project_id, "main.py")
    face = bob.page.get_by_role("list", name="People here").get_by_role("listitem")
    expect(face).to_have_count(1)
    expect(picture(face)).to_have_count(0)

    page = settings(ada)
    image = tmp_path / "ada.png"
    image.write_bytes(png(400, 300, (200, 30, 30)))
    choose_picture(page, image)
    mine = picture(page.get_by_role("main"))
    assert shown_size(page, mine) == (128, "image/webp")
    assert shown_size(page, picture(page.get_by_role("button", name="Account of Ada"))) == (128, "image/webp")
    assert shown_size(bob.page, picture(face))[0] == 128
    assert shown_size(bob.page, picture(bob.page.get_by_role("tab", name="main.py")))[0] == 128
    assert shown_size(writing, picture(writing.get_by_role("button", name="Account of Ada")))[0] == 128
    bob.page.get_by_role("button", name="Share").click()
    row = bob.page.get_by_role("dialog").get_by_role("listitem").filter(has_text="Ada Lovelace")
    assert shown_size(bob.page, picture(row))[0] == 128
    bob.page.keyboard.press("Escape")

    page.get_by_role("radio", name="Colour 8").check(force=True)
    coloured = face.locator(".avatar[style*='--person-7']")
    expect(coloured).to_be_visible()
    both.editor("main.py").click()
    expect(bob.page.locator(".cm-person-caret[style*='--person-7']")).to_be_attached()
    expect(writing.get_by_role("button", name="Account of Ada").locator(".avatar[style*='--person-7']")).to_be_visible()

    page.get_by_label("Name", exact=True).fill("Augusta King")
    page.get_by_role("button", name="Change name").click()
    expect(bob.page.get_by_role("button", name="Augusta King, in main.py")).to_be_visible()
    expect(writing.get_by_role("button", name="Account of Augusta King")).to_be_visible()

    page.get_by_role("button", name="Remove picture").click()
    expect(mine).to_have_count(0)
    expect(picture(face)).to_have_count(0)
    both.editor("main.py").click()
    writing.keyboard.type("# still here\n")
    expect(bob.editor("main.py")).to_contain_text("# still here")


def test_what_is_no_picture_is_refused_with_a_sentence(person: PersonFactory, tmp_path: Path) -> None:
    page = settings(person("Ada Lovelace"))
    text = tmp_path / "text.png"
    text.write_text("no picture")
    choose_picture(page, text)
    expect(page.get_by_text("This file cannot be read as a picture. Choose a PNG, JPEG or WebP file.")).to_be_visible()
    expect(page.get_by_role("button", name="Choose picture")).to_be_visible()


def choose(page: Page, label: str, choice: str) -> None:
    page.get_by_role("button", name=re.compile(f" {label}$")).click()  # what is chosen comes first
    page.get_by_role("option", name=choice, exact=True).click()


def test_a_setting_that_changes_in_one_page_changes_in_every_page(person: PersonFactory, browser: Browser) -> None:
    ada = person("Ada Lovelace", color_scheme="light")
    project_id = ada.new_project("Settings")
    ada.write(project_id, "main.py", "print(1)\n" + "x" * 2000 + "\n")
    ada.open_file(project_id, "main.py")
    other = elsewhere(ada, browser)
    page = settings(other)
    tab = ada.context.new_page()
    tab.goto(f"{ada.studium.url}/settings")
    text = ada.page.locator(".cm-content")

    choose(page, "Theme", "Dark")
    for shown in (ada.page, tab, page):
        expect(shown.locator("html")).to_have_attribute("data-theme", "dark")
    choose(page, "Font size", "20 px")
    expect(text).to_have_css("font-size", "20px")
    expect(tab.get_by_role("button", name="Font size")).to_contain_text("20 px")
    expect(text).to_have_css("white-space", "break-spaces")
    page.get_by_text("Wrap long lines").click()
    expect(text).to_have_css("white-space", "pre")
    choose(tab, "Keys", "Vim")  # and back
    expect(page.get_by_role("button", name="Keys")).to_contain_text("Vim")
    expect(page.get_by_role("switch", name="Wrap long lines")).not_to_be_checked()
    choose(tab, "Theme", "High contrast")
    expect(page.locator("html")).to_have_attribute("data-theme", "high-contrast")
    expect(page.get_by_role("button", name="Font size")).to_contain_text("20 px")
    other.context.close()


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_the_profile_reads_well(person: PersonFactory, tmp_path: Path, look: str) -> None:
    page = settings(person("Ada Lovelace", **LOOKS[look]))
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"profile-{look}.png")
    assert axe_problems(page) == []
    image = tmp_path / "ada.png"
    image.write_bytes(png(400, 300, (200, 30, 30)))
    choose_picture(page, image)
    shown_size(page, picture(page.get_by_role("main")))
    page.get_by_role("radio", checked=True).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.screenshot(path=SCREENS / f"profile-picture-{look}.png")
    assert axe_problems(page) == []
