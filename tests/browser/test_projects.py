"""The list of projects: what each person makes of it for themselves, and what all see."""

import re

import pytest
from playwright.sync_api import Locator, expect

from browser.people import Person, PersonFactory, share
from browser.test_page import LOOKS, SCREENS, axe_problems


def titles(person: Person) -> Locator:
    return person.page.get_by_role("list", name="Projects").locator(".project-title")


def act(person: Person, title: str, action: str) -> None:
    person.page.get_by_role("button", name=f"Actions for {title}").click()
    person.page.get_by_role("menuitem", name=action).click()


def choose(person: Person, label: str, choice: str) -> None:
    person.page.get_by_role("button", name=re.compile(label)).click()
    person.page.get_by_role("option", name=choice).click()


def test_a_star_is_first_in_all_my_pages_and_in_nobody_elses(person: PersonFactory) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    bob.go_home()
    for title in ("Week 9", "Week 10"):
        ada.new_project(title)
        share(ada, bob)
    ada.page.goto(f"{ada.studium.url}/")
    second = ada.context.new_page()
    second.goto(f"{ada.studium.url}/")
    expect(titles(ada)).to_have_text(["Week 10", "Week 9", "Tutorial"])
    star = ada.page.get_by_role("button", name="Star Week 9")
    star.focus()
    star.press("Enter")
    expect(titles(ada)).to_have_text(["Week 9", "Week 10", "Tutorial"])
    expect(ada.page.get_by_role("button", name="Remove the star of Week 9")).to_be_focused()
    expect(second.locator(".project-title")).to_have_text(["Week 9", "Week 10", "Tutorial"])
    choose(ada, "Show", "Starred")
    expect(titles(ada)).to_have_text(["Week 9"])
    expect(titles(bob)).to_have_text(["Week 10", "Week 9", "Tutorial"])
    ada.page.get_by_role("button", name="Remove the star of Week 9").click()
    expect(ada.page.get_by_text("No project is starred.")).to_be_visible()


def test_a_hidden_project_is_found_and_shown_again(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    for title in ("Old thesis", "New thesis"):
        ada.new_project(title)
    ada.page.goto(f"{ada.studium.url}/")
    act(ada, "Old thesis", "Hide from my list")
    expect(titles(ada)).to_have_text(["New thesis", "Tutorial"])
    ada.page.reload()
    expect(titles(ada)).to_have_text(["New thesis", "Tutorial"])
    ada.page.get_by_role("searchbox", name="Search projects").fill("old")
    expect(titles(ada)).to_have_text(["Old thesis"])
    ada.page.get_by_role("searchbox", name="Search projects").fill("")
    choose(ada, "Show", "Hidden")
    act(ada, "Old thesis", "Show in my list again")
    expect(ada.page.get_by_text("No project is hidden.")).to_be_visible()
    choose(ada, "Show", "All projects")
    expect(titles(ada)).to_have_text(["New thesis", "Old thesis", "Tutorial"])


def test_a_description_is_seen_by_the_other_and_searched(person: PersonFactory) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    bob.go_home()
    ada.new_project("Algebra")
    share(ada, bob)
    ada.page.goto(f"{ada.studium.url}/")
    act(ada, "Algebra", "Change details")
    box = ada.page.get_by_role("dialog", name="Details of Algebra").get_by_role("textbox", name="Description")
    expect(box).to_be_focused()
    box.fill("x" * 5001)
    box.press("Enter")
    expect(ada.page.get_by_text("The description has 5,001 characters; 5,000 are allowed.")).to_be_visible()
    box.fill("Rings and fields")
    box.press("Enter")
    expect(bob.page.get_by_text("Rings and fields")).to_be_visible()


def test_hundreds_of_projects_come_as_one_scrolls(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    ada.go_home()
    made = [{"projects": {"title": f"Week {number}"}} for number in range(1, 150)]
    for first in (0, 75):
        ada.request("POST", "/api/query", data={"query": made[first : first + 75]})
    expect(ada.page.get_by_text("Week 149", exact=True)).to_be_visible()
    expect(titles(ada)).to_have_count(50)
    star = ada.page.get_by_role("button", name="Star Week 140")
    star.focus()
    for shown in (100, 150):
        titles(ada).last.scroll_into_view_if_needed()
        expect(titles(ada)).to_have_count(shown)
    expect(star).to_be_focused()
    ada.page.get_by_role("searchbox", name="Search projects").fill("week 3")
    expect(titles(ada).last).to_have_text("Week 3")


@pytest.mark.parametrize("look", LOOKS)
def test_the_list_reads_well(person: PersonFactory, look: str) -> None:
    ada = person("Ada Lovelace", **LOOKS[look])
    for title in ("Linear algebra", "Numerical methods for partial differential equations, winter term 2026", "Thesis"):
        ada.new_project(title)
    ada.page.goto(f"{ada.studium.url}/")
    ada.page.get_by_role("button", name="Star Thesis").click()
    act(ada, "Linear algebra", "Change details")
    details = ada.page.get_by_role("dialog", name="Details of Linear algebra")
    details.get_by_role("textbox", name="Description").fill("Exercises, notebooks and the lecture notes")
    details.get_by_role("textbox", name="Tags").fill("course, #winter term, course, a, much longer tag than the others")
    details.get_by_role("radio", name="Colour 10").press(" ")
    expect(details.get_by_role("radio", name="Colour 10")).to_be_checked()
    SCREENS.mkdir(parents=True, exist_ok=True)
    ada.page.screenshot(path=SCREENS / f"project-details-{look}.png")
    assert axe_problems(ada.page) == []
    details.get_by_role("textbox", name="Tags").press("Enter")
    expect(ada.page.get_by_role("dialog")).not_to_be_visible()
    expect(ada.page.get_by_text("Exercises, notebooks")).to_be_visible()
    ada.page.get_by_role("heading", name="Projects").click()  # no tooltip in the picture
    ada.page.screenshot(path=SCREENS / f"projects-{look}.png")
    assert axe_problems(ada.page) == []
    assert ada.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
