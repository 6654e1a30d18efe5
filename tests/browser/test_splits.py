"""Files side by side: splits by key, button, menu and drag; a place each, one document; kept for the next time."""

import json
import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from browser.people import Person, PersonFactory, share, wait_for_file, wait_until
from browser.test_page import LOOKS, SCREENS, axe_problems

JSON = {"Content-Type": "application/json"}
TEXT = "".join(f"line {number}\n" for number in range(1, 201))


def splits(page: Page) -> Locator:
    return page.locator(".editor-group")


def panels(page: Page) -> Locator:
    """The documents that are on the screen."""
    return page.locator(".editor-panel:visible")


def panel(page: Page, name: str) -> Locator:
    """The document of a tab, on the screen."""
    return page.get_by_role("tabpanel", name=name)


def tabs(split: Locator) -> list[str]:
    return [name or "" for name in split.get_by_role("tab").evaluate_all("all => all.map(tab => tab.textContent)")]


def command(page: Page, title: str) -> None:
    """By the palette."""
    page.get_by_role("button", name="Search or run a command").click()
    page.keyboard.type(f">{title}")
    page.keyboard.press("Enter")


def widths(page: Page) -> list[int]:
    return [round(box["width"]) for one in splits(page).all() if (box := one.bounding_box())]


def project(somebody: Person) -> str:
    project_id = somebody.new_project("Side by side")
    for name in ("a.txt", "b.txt", "c.txt"):
        somebody.write(project_id, name, TEXT)
        somebody.open_file(project_id, name)
    return project_id


def test_the_same_file_twice_is_one_document_at_two_places(person: PersonFactory) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    project_id = project(ada)
    share(ada, bob)
    bob.open_file(project_id, "c.txt")
    page = ada.page
    page.keyboard.press("Control+Backslash")
    expect(splits(page)).to_have_count(2)
    expect(panels(page)).to_have_count(2)
    left, right = panels(page).nth(0), panels(page).nth(1)
    expect(right).to_have_attribute("data-current", "true")
    right.get_by_text("line 5", exact=True).click()
    page.keyboard.press("Control+End")
    expect(right.get_by_text("line 200", exact=True)).to_be_visible()
    expect(left.get_by_text("line 5", exact=True)).to_be_visible()  # it stays where it was
    page.keyboard.type("typed on the right")
    left.get_by_text("line 3", exact=True).click()
    expect(left).to_have_attribute("data-current", "true")
    page.keyboard.press("Home")
    page.keyboard.type("typed on the left, ")
    expect(bob.page.get_by_text("typed on the left, line 3")).to_be_visible()
    wait_for_file(
        ada.studium.home(project_id) / "c.txt",
        TEXT.replace("line 3\n", "typed on the left, line 3\n", 1) + "typed on the right",
    )
    # The page is at the file of the split that one is in, and what one opens comes there.
    page.keyboard.press("F6")
    expect(right).to_have_attribute("data-current", "true")
    ada.files().get_by_text("a.txt").click()
    expect(page).to_have_url(re.compile("edit/a.txt"))
    assert [tabs(splits(page).nth(0)), tabs(splits(page).nth(1))] == [["a.txt", "b.txt", "c.txt"], ["c.txt", "a.txt"]]
    page.go_back()
    expect(page).to_have_url(re.compile("edit/c.txt"))


def test_a_notebook_beside_another_file_keeps_its_kernel_in_view(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = project(ada)
    book = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}
    ada.write(project_id, "book.ipynb", json.dumps(book))
    page = ada.page
    page.goto(f"{ada.studium.url}/projects/{project_id}/edit/book.ipynb")
    kernel = panel(page, "book.ipynb").get_by_role("toolbar", name="Notebook").locator("[aria-label^='Kernel ']")
    expect(kernel).to_be_visible()
    ada.page.get_by_role("button", name="Split right").click()
    expect(splits(page)).to_have_count(2)
    room, button = panel(page, "book.ipynb").first.bounding_box(), kernel.first.bounding_box()
    assert room is not None
    assert button is not None
    assert button["x"] + button["width"] <= room["x"] + room["width"]


def test_splits_come_back_with_their_sizes(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = project(ada)
    page = ada.page
    page.get_by_role("button", name="Split right").click()
    expect(splits(page)).to_have_count(2)
    divider = page.get_by_role("separator", name="Width of the files beside it")
    divider.focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("F6")
    command(page, "Split down")
    expect(splits(page)).to_have_count(3)
    before = widths(page)
    assert before[0] < before[2] - 100
    page.get_by_role("tab", name="c.txt").first.focus()
    page.reload()
    expect(splits(page)).to_have_count(3)
    assert widths(page) == before
    expect(panels(page)).to_have_count(3)
    # Its last tab closes a split, and the others have its room.
    page.get_by_role("tab", name="c.txt").last.focus()
    page.keyboard.press("Delete")
    expect(splits(page)).to_have_count(2)
    command(page, "Join all splits")
    expect(splits(page)).to_have_count(1)
    expect(panels(page)).to_have_count(1)
    assert page.url.startswith(f"{ada.studium.url}/projects/{project_id}/edit/")


def test_splits_come_back_in_another_browser(person: PersonFactory, browser: Browser) -> None:
    ada = person("Ada Lovelace")
    project_id = project(ada)
    ada.page.keyboard.press("Control+Backslash")
    expect(splits(ada.page)).to_have_count(2)
    question = {"project_marks": {"account_id": "{account_id}", "project_id": project_id, "workspace": None}}

    def kept() -> str:
        answer = ada.request("POST", "/api/query", data=json.dumps({"query": question}), headers=JSON)
        return str(answer.json()["result"]["project_marks"]["workspace"])

    wait_until(lambda: kept().count('"tabs"') == 2)
    context = browser.new_context()
    elsewhere = Person(ada.name, ada.email, context, context.new_page(), ada.studium)
    elsewhere.sign_in()
    elsewhere.open_file(project_id, "a.txt")
    expect(splits(elsewhere.page)).to_have_count(2)
    expect(elsewhere.page.get_by_role("tab", name="a.txt").last).to_have_attribute("aria-selected", "true")
    context.close()


def test_tabs_and_files_are_dragged_into_place(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project(ada)
    page = ada.page
    drag_to(page, page.get_by_role("tab", name="b.txt"), panel(page, "c.txt"), 0.95, 0.5)
    expect(splits(page)).to_have_count(2)
    assert [tabs(one) for one in splits(page).all()] == [["a.txt", "c.txt"], ["b.txt"]]
    drag_to(page, ada.files().get_by_text("a.txt"), panel(page, "b.txt"), 0.5, 0.95)
    expect(splits(page)).to_have_count(3)
    drag_to(page, page.get_by_role("tab", name="b.txt"), panel(page, "c.txt"), 0.5, 0.5)
    expect(splits(page)).to_have_count(2)
    assert sorted(tabs(one) for one in splits(page).all()) == [["a.txt"], ["a.txt", "c.txt", "b.txt"]]
    page.get_by_role("tab", name="c.txt").click(button="right")
    page.get_by_role("menuitem", name="Split down").click()
    expect(splits(page)).to_have_count(3)
    page.keyboard.press("Control+Backslash")
    expect(splits(page)).to_have_count(4)
    page.keyboard.press("Control+Backslash")
    expect(page.get_by_text("The editors' room is split into 4 already. Close one to split again.")).to_be_visible()
    expect(splits(page)).to_have_count(4)


def drag_to(page: Page, what: Locator, target: Locator, x: float, y: float) -> None:
    """By the mouse, as a person would: to a place in the target, in parts of its size."""
    what.hover()
    page.mouse.down()
    box = target.bounding_box()
    assert box
    left, top = box["x"] + box["width"] * x, box["y"] + box["height"] * y
    page.mouse.move(left - 5, top - 5)
    page.mouse.move(left, top, steps=3)
    expect(page.locator(".drop-mark")).to_be_visible()
    page.mouse.up()
    expect(page.locator(".drop-zone")).to_have_count(0)


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_look_of_splits(person: PersonFactory, look: str) -> None:
    ada = person("Ada Lovelace", **LOOKS[look])
    project(ada)
    page = ada.page
    page.keyboard.press("Control+Backslash")
    if look == "phone":  # which shows one, and the tabs of both
        expect(panels(page)).to_have_count(1)
        expect(page.get_by_role("tab")).to_have_count(4)
    else:
        expect(splits(page)).to_have_count(2)
        command(page, "Split down")
        expect(panels(page)).to_have_count(3)
        for one in panels(page).all():
            expect(one.get_by_text("line 5", exact=True)).to_be_visible()
    page.screenshot(path=SCREENS / f"splits-{look}.png")
    assert axe_problems(page) == []
