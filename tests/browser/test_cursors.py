"""Where one is in a text, and where others are: nothing that others do moves one's own cursor, scroll or undo."""

import re
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.people import Person, PersonFactory, share, wait_until
from browser.test_never_lose import devtools, second_tab
from browser.test_together import same_text, text_of

SCREENS = Path(__file__).parents[2] / "test-results" / "screens"
LONG = "".join(f"line {number}\n" for number in range(1, 301))


def together(person: PersonFactory, text: str, **options: object) -> tuple[Person, Person, str]:
    """Ada and Bob with a file of this text open in both browsers; ``options`` are of Bob's browser."""
    ada, bob = person("Ada Lovelace"), person("Bob Kahn", **options)
    project_id = ada.new_project("Cursors")
    share(ada, bob)
    ada.write(project_id, "main.py", text)
    for somebody in (ada, bob):
        somebody.open_file(project_id, "main.py")
        expect(somebody.editor("main.py")).to_contain_text(text.split("\n", 1)[0])
    return ada, bob, project_id


def go_to(person: Person, line: int, column: int = 1) -> None:
    """Put the cursor there by keys."""
    person.editor("main.py").focus()
    person.page.keyboard.press("Control+Home")
    for _ in range(line - 1):
        person.page.keyboard.press("ArrowDown")
    for _ in range(column - 1):
        person.page.keyboard.press("ArrowRight")
    expect(position(person)).to_have_text(re.compile(rf"^Ln {line}, Col {column}"))


def position(person: Person) -> Locator:
    return person.page.get_by_role("contentinfo").get_by_text(re.compile("^Ln "))


def type_(person: Person, text: str) -> None:
    person.page.keyboard.type(text)


# One's own cursor --------------------------------------------------------------------------------------------------


def test_the_cursor_stays_where_it_is_when_others_type_before_after_and_at_it(person: PersonFactory) -> None:
    ada, bob, _ = together(person, "one two three\nsecond\nthird\n")
    go_to(ada, 2, 4)
    for line, column, text, line_after, column_after in (
        (1, 1, "zero\n", 3, 4),  # lines above
        (3, 1, "xx", 3, 6),  # before it, in its line
        (3, 6, "at", 3, 6),  # at it: what others type comes after
        (3, 10, "yy", 3, 6),  # after it
        (4, 1, "below\n", 3, 6),
    ):
        go_to(bob, line, column)
        type_(bob, text)
        wait_until(lambda: same_text(ada, bob))
        expect(position(ada)).to_have_text(f"Ln {line_after}, Col {column_after}")
    type_(ada, "ADA")
    expect(bob.editor("main.py")).to_contain_text("xxsecADAat")


def test_at_the_end_of_a_line_and_of_the_file_the_cursor_stays_and_typing_goes_on_there(person: PersonFactory) -> None:
    ada, bob, _ = together(person, "first\nlast")
    go_to(ada, 2, 5)
    type_(ada, " a")
    expect(bob.editor("main.py")).to_contain_text("last a")
    go_to(bob, 2, 7)
    type_(bob, " b")
    expect(ada.editor("main.py")).to_contain_text("last a b")
    expect(position(ada)).to_have_text("Ln 2, Col 7")
    type_(ada, "a")
    expect(bob.editor("main.py")).to_contain_text("last aa b")


def test_a_selection_stays_over_its_words_while_others_type_around_and_inside_it(person: PersonFactory) -> None:
    ada, bob, _ = together(person, "alpha beta gamma\n")
    go_to(ada, 1, 7)
    for _ in range(4):
        ada.page.keyboard.press("Shift+ArrowRight")
    for column, text in ((1, ">"), (8, "<"), (19, "!")):
        go_to(bob, 1, column)
        type_(bob, text)
        wait_until(lambda: same_text(ada, bob))
    assert ada.page.evaluate("() => getSelection().toString()") == "beta"
    go_to(bob, 1, 10)
    type_(bob, "-")
    wait_until(lambda: same_text(ada, bob))
    assert ada.page.evaluate("() => getSelection().toString()") == "b-eta"
    ada.page.keyboard.type("B")
    expect(bob.editor("main.py")).to_contain_text(">alpha <B gamma!")


def test_an_input_method_in_the_middle_of_a_word_is_not_disturbed(person: PersonFactory) -> None:
    ada, bob, _ = together(person, "start\n\nend\n")
    go_to(ada, 2)
    session = devtools(ada)

    def compose(text: str) -> None:
        place = {"selectionStart": len(text), "selectionEnd": len(text)}
        session.send("Input.imeSetComposition", {"text": text, **place})

    compose("に")
    for line, shown, composed in ((1, "bob start", "にほ"), (3, "bob end", "にほん")):
        go_to(bob, line)
        type_(bob, "bob ")
        expect(ada.editor("main.py")).to_contain_text(shown)
        compose(composed)
    session.send("Input.insertText", {"text": "日本"})
    expect(bob.editor("main.py")).to_contain_text("日本")
    wait_until(lambda: same_text(ada, bob))
    assert text_of(ada.page).split() == ["bob", "start", "日本", "bob", "end"]
    expect(position(ada)).to_have_text("Ln 2, Col 3")


def first_line(page: Page) -> tuple[str, float]:
    """The first line in view and where its top is, in pixels from the top of the editor."""
    found = page.evaluate(
        """() => {
            const top = document.querySelector(".cm-scroller").getBoundingClientRect().top;
            for (const line of document.querySelectorAll(".cm-line")) {
                const box = line.getBoundingClientRect();
                if (box.bottom > top + 1) return [line.textContent, Math.round(box.top - top)];
            }
            return ["", 0];
        }"""
    )
    return found[0], found[1]


def test_the_same_lines_stay_in_view_when_others_type_above(person: PersonFactory) -> None:
    ada, bob, _ = together(person, LONG)
    ada.editor("main.py").click()
    ada.page.mouse.wheel(0, 2405)
    wait_until(lambda: int(re.sub(r"\D", "", first_line(ada.page)[0]) or 0) > 100)
    before = first_line(ada.page)
    go_to(bob, 1)
    type_(bob, "above\n" * 7)
    expect(ada.page.locator(".cm-lineNumbers").get_by_text("140", exact=True)).to_be_attached()
    go_to(bob, 20)
    bob.page.keyboard.press("Shift+ArrowDown")
    bob.page.keyboard.press("Delete")
    type_(bob, "x")
    expect(ada.page.get_by_role("tab", name=re.compile("main.py"))).to_be_visible()
    wait_until(lambda: "above" in bob.editor("main.py").inner_text())
    number = int(before[0].split()[1])
    expect(ada.page.locator(".cm-lineNumbers").get_by_text(str(number + 6), exact=True)).to_be_attached()
    wait_until(lambda: first_line(ada.page) == before, 5)


# Undo --------------------------------------------------------------------------------------------------------------


def test_undo_and_redo_never_remove_what_another_typed_within(person: PersonFactory) -> None:
    ada, bob, _ = together(person, "\n")
    go_to(ada, 1)
    type_(ada, "abcdef")
    expect(bob.editor("main.py")).to_contain_text("abcdef")
    go_to(bob, 1, 4)
    type_(bob, "BOB")
    expect(ada.editor("main.py")).to_contain_text("abcBOBdef")
    ada.page.keyboard.press("Control+z")
    expect(bob.editor("main.py")).not_to_contain_text("abc")
    expect(bob.editor("main.py")).to_contain_text("BOB")
    ada.page.keyboard.press("Control+Shift+Z")
    expect(bob.editor("main.py")).to_contain_text("abcBOBdef")
    bob.page.keyboard.press("Control+z")
    expect(ada.editor("main.py")).to_contain_text("abcdef")


def test_undo_of_a_deletion_brings_the_text_back_around_what_another_typed(person: PersonFactory) -> None:
    ada, bob, _ = together(person, "keep this sentence\n")
    go_to(bob, 1, 11)
    type_(bob, "BOB ")
    expect(ada.editor("main.py")).to_contain_text("keep this BOB sentence")
    go_to(ada, 1)
    ada.page.keyboard.press("Shift+End")
    ada.page.keyboard.press("Delete")
    expect(bob.editor("main.py")).not_to_contain_text("sentence")
    type_(bob, "still here")
    expect(ada.editor("main.py")).to_contain_text("still here")
    ada.page.keyboard.press("Control+z")
    expect(bob.editor("main.py")).to_contain_text("still here")
    for word in ("keep this", "BOB", "sentence"):
        expect(bob.editor("main.py")).to_contain_text(word)


# Others ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("look", "options"),
    [
        ("light", {}),
        ("dark", {"color_scheme": "dark"}),
        ("phone", {"viewport": {"width": 390, "height": 780}, "has_touch": True}),
    ],
)
def test_a_name_stands_at_a_moving_cursor_fades_and_never_covers_ones_own_line(
    person: PersonFactory, look: str, options: dict[str, object]
) -> None:
    ada, bob, _ = together(person, "".join(f"row {number} of the table\n" for number in range(1, 13)), **options)
    flag = bob.page.locator(".cm-person-caret > span")
    go_to(bob, 5)
    for line in (4, 5, 6, 1, 12):
        go_to(ada, line, 5)
        caret = bob.page.locator(".cm-person-caret")
        wait_until(partial(stands_at, bob, line))
        expect(caret).to_have_count(1)
        own = bob.page.locator(".cm-line").nth(4).bounding_box()
        assert own
        if caret.evaluate("(node) => node.classList.contains('flag-none')"):
            continue
        expect(flag).to_have_text("Ada Lovelace")
        box = flag.bounding_box()
        assert box
        assert box["y"] + box["height"] <= own["y"] + 1 or box["y"] >= own["y"] + own["height"] - 1
    go_to(ada, 8)
    ada.page.keyboard.press("Shift+ArrowDown")
    expect(bob.page.locator(".cm-person-selection").first).to_be_visible()
    expect(flag).to_have_css("opacity", "1")
    SCREENS.mkdir(parents=True, exist_ok=True)
    bob.page.screenshot(path=SCREENS / f"cursor-{look}.png")
    expect(flag).to_have_css("opacity", "0")  # after two seconds
    expect(bob.page.locator(".cm-person-caret")).to_have_count(1)


def test_two_tabs_of_one_person_are_one_person_with_one_cursor(person: PersonFactory) -> None:
    ada, bob, project_id = together(person, LONG)
    tab = second_tab(ada, project_id)
    go_to(ada, 2)
    expect(bob.page.locator(".cm-person-caret")).to_have_count(1)
    go_to(tab, 5)
    wait_until(lambda: caret_line(bob) == 5)
    expect(bob.page.locator(".cm-person-caret")).to_have_count(1)
    faces = bob.page.get_by_role("list", name="People here").get_by_role("button")
    expect(faces).to_have_count(1)
    expect(tab.page.get_by_role("list", name="People here").get_by_role("button")).to_have_count(1)
    expect(tab.page.locator(".cm-person-caret > span", has_text="You, elsewhere")).to_have_count(1)
    tab.page.close()
    expect(faces).to_have_count(1)
    wait_until(lambda: caret_line(bob) == 2)
    ada.page.close()
    expect(faces).to_have_count(0)
    expect(bob.page.locator(".cm-person-caret")).to_have_count(0)


def stands_at(person: Person, line: int) -> bool:
    return caret_line(person) == line


def caret_line(person: Person) -> int:
    """The number of the line at which another's caret stands; 0 where there is none."""
    return int(
        person.page.evaluate(
            """() => {
                const caret = document.querySelector(".cm-person-caret")?.getBoundingClientRect();
                const middle = caret && caret.top + caret.height / 2;
                for (const line of caret ? document.querySelectorAll(".cm-lineNumbers .cm-gutterElement") : []) {
                    const box = line.getBoundingClientRect();
                    if (box.height > 0 && box.top <= middle && middle < box.bottom) return Number(line.textContent);
                }
                return 0;
            }"""
        )
    )


def test_a_click_on_a_face_goes_there_and_following_ends_when_one_types(person: PersonFactory) -> None:
    ada, bob, _ = together(person, LONG)
    go_to(bob, 1)
    move(ada, "Control+End")
    face = bob.page.get_by_role("list", name="People here").get_by_role("button", name=re.compile("Ada Lovelace"))

    def is_there() -> bool:  # once Ada's cursor has come, which nothing tells while it is out of view
        face.click()
        bob.page.wait_for_timeout(100)
        return bob.page.locator(".cm-line", has_text="line 300").is_visible()

    wait_until(is_there)
    bob.page.get_by_role("button", name=re.compile("People")).first.click()
    panel = bob.page.get_by_role("complementary", name="People panel")
    panel.get_by_role("button", name="Follow Ada Lovelace").click()
    for key, line in (("Control+Home", "line 1"), ("Control+End", "line 300")):
        move(ada, key)
        expect(in_view(bob, line)).to_be_visible()
    bob.editor("main.py").focus()
    type_(bob, "x")
    expect(panel.get_by_role("button", name="Follow Ada Lovelace")).to_be_visible()
    here = first_line(bob.page)
    move(ada, "Control+End")
    type_(ada, "ada")
    move(ada, "Control+Home")
    wait_until(lambda: bob.page.locator(".cm-person-caret").count() <= 1)
    assert first_line(bob.page)[0].lstrip("x") == here[0].lstrip("x")


def in_view(person: Person, line: str) -> Locator:
    return person.page.locator(".cm-line").get_by_text(line, exact=True)


def move(person: Person, key: str) -> None:
    person.editor("main.py").focus()
    person.page.keyboard.press(key)
