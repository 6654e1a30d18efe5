"""Tables: CSV of any size, Parquet, and what only looks like one."""

import base64
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from browser.people import Person, PersonFactory
from browser.test_page import LOOKS
from browser.viewers import look_at, put, visit
from support.tables import PARQUET

ROWS = 3_000_000


@pytest.fixture
def ada(person: PersonFactory) -> Person:
    ada = person("Ada Lovelace", permissions=["clipboard-read", "clipboard-write"])
    ada.new_project("Tables")
    return ada


def grid(person: Person) -> Locator:
    return person.page.get_by_role("grid", name=re.compile("^Table "))


def test_a_large_table_opens_at_once_and_is_counted(ada: Person) -> None:
    program = 'BEGIN { print "id,name,value"; for (n = 1; n <= ROWS; n++) printf "%d,\\"row, %d\\",0.5\\n", n, n }'
    ada.run(ada.project_id(), f"awk '{program.replace('ROWS', str(ROWS))}' > big.csv")
    visit(ada, "big.csv")
    expect(grid(ada).get_by_role("columnheader", name="name")).to_be_visible(timeout=20_000)
    expect(grid(ada).get_by_role("gridcell", name="row, 1", exact=True)).to_be_visible()
    expect(ada.page.get_by_text("3,000,000 rows × 3", exact=True)).to_be_visible(timeout=60_000)
    field = ada.page.get_by_role("textbox", name="Go to row")
    field.fill("2,345,678")
    field.press("Enter")
    expect(grid(ada).get_by_role("gridcell", name="row, 2345678", exact=True)).to_be_visible()
    expect(ada.page.get_by_text(re.compile("Row 2,345,678, id"))).to_be_visible()
    ada.page.keyboard.press("Control+End")
    expect(grid(ada).get_by_role("gridcell", name=f"row, {ROWS}", exact=True)).to_be_visible()
    ada.page.keyboard.press("ArrowUp")
    expect(ada.page.get_by_text(re.compile("Row 2,999,999"))).to_be_visible()


def test_cells_are_chosen_and_copied(ada: Person) -> None:
    ada.write(ada.project_id(), "a.csv", 'name,note\nada,"two\nlines"\nbob,"say ""x"""\n')
    visit(ada, "a.csv")
    grid(ada).get_by_role("gridcell", name="ada").click()
    ada.page.keyboard.press("Shift+ArrowRight")
    ada.page.keyboard.press("Shift+ArrowDown")
    expect(ada.page.get_by_text(re.compile(r"Row 2, note \(4 cells\)"))).to_be_visible()
    ada.page.keyboard.press("Control+c")
    copied = ada.page.evaluate("() => navigator.clipboard.readText()")
    assert copied == 'ada\t"two\nlines"\nbob\t"say ""x"""'
    before = grid(ada).get_by_role("columnheader", name="note").bounding_box()
    ada.page.keyboard.press("Alt+ArrowRight")
    expect(grid(ada)).to_be_focused()
    after = grid(ada).get_by_role("columnheader", name="note").bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] > before["width"]


def test_the_dialect_is_chosen_where_the_guess_is_wrong_and_the_text_can_be_edited(ada: Person) -> None:
    ada.write(ada.project_id(), "a.csv", "1;2\n3;4\n")
    visit(ada, "a.csv")
    expect(ada.page.get_by_text("2 rows × 2")).to_be_visible(timeout=20_000)
    ada.page.get_by_role("checkbox", name="First row is a header").check()
    expect(ada.page.get_by_text("1 row × 2")).to_be_visible()
    ada.page.get_by_role("button", name=re.compile("Delimiter")).click()
    ada.page.get_by_role("option", name="Comma").click()
    expect(ada.page.get_by_text("1 row × 1")).to_be_visible()
    ada.page.get_by_role("button", name="Edit as text").click()
    expect(ada.editor("a.csv")).to_contain_text("1;2")


def test_a_table_that_grows_shows_what_is_new(ada: Person) -> None:
    project_id = ada.project_id()
    ada.write(project_id, "log.csv", "time,value\n1,a\n")
    visit(ada, "log.csv")
    expect(ada.page.get_by_text("1 row × 2")).to_be_visible(timeout=20_000)
    ada.run(project_id, "echo 2,b >> log.csv")
    expect(grid(ada).get_by_role("gridcell", name="b")).to_be_visible()
    expect(ada.page.get_by_text("2 rows × 2")).to_be_visible()


def test_odd_tables_say_what_they_are(ada: Person) -> None:
    put(ada, "latin.csv", "name,town\nJosé,Málaga\n".encode("latin-1"))
    visit(ada, "latin.csv")
    expect(ada.page.get_by_text(re.compile("Some bytes are not UTF-8"))).to_be_visible(timeout=20_000)
    put(ada, "empty.csv", b"")
    visit(ada, "empty.csv")
    expect(ada.page.get_by_text("This file is empty.")).to_be_visible()
    put(ada, "binary.csv", b"\0\1\2" * 100)
    visit(ada, "binary.csv")
    expect(ada.page.get_by_text(re.compile("binary.csv is not a text file"))).to_be_visible()
    ada.page.get_by_role("button", name="Show the bytes").click()
    expect(ada.page.get_by_role("grid", name=re.compile("Bytes of"))).to_be_visible()


def test_parquet_is_a_table(ada: Person) -> None:
    put(ada, "a.parquet", base64.b64decode(PARQUET))
    visit(ada, "a.parquet")
    expect(ada.page.get_by_text("1,000 rows × 4 · Parquet, 2 row groups")).to_be_visible(timeout=20_000)
    expect(grid(ada).get_by_role("gridcell", name="name 0", exact=True)).to_be_visible()
    expect(grid(ada).get_by_role("gridcell", name="2024-01-01", exact=True)).to_be_visible()
    ada.page.get_by_role("textbox", name="Go to row").fill("1000")
    ada.page.keyboard.press("Enter")
    expect(grid(ada).get_by_role("gridcell", name="name 999", exact=True)).to_be_visible()
    put(ada, "cut.parquet", base64.b64decode(PARQUET)[:-40])
    visit(ada, "cut.parquet")
    expect(ada.page.get_by_text(re.compile("does not end as a Parquet file does"))).to_be_visible()
    put(ada, "wrong.parquet", b"PAR1" + b"\xff" * 200 + b"PAR1")
    visit(ada, "wrong.parquet")
    expect(ada.page.get_by_text(re.compile("This Parquet file cannot be read"))).to_be_visible()


@pytest.mark.parametrize("look", LOOKS)
def test_tables_read_well(person: PersonFactory, look: str) -> None:
    options: dict[str, Any] = LOOKS[look]
    ada = person("Ada Lovelace", **options)
    ada.new_project("Tables")
    lines = [
        f"{n},Person number {n},{n * 1.25:.2f},2024-03-{n % 28 + 1:02d},some longer words about it" for n in range(500)
    ]
    ada.write(ada.project_id(), "people.csv", "id,name,amount,day,remark\n" + "\n".join(lines) + "\n")
    visit(ada, "people.csv")
    expect(grid(ada).get_by_role("gridcell", name="Person number 3")).to_be_visible(timeout=20_000)
    look_at(ada, "table", look)
