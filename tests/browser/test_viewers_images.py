"""Images: zoomed by keys and wheel, moved, compared; and what only looks like one."""

import re
import struct
import zlib
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from browser.people import Person, PersonFactory
from browser.test_page import LOOKS
from browser.viewers import look_at, put, visit
from support.pictures import chunk, png


def transparent_png(width: int, height: int) -> bytes:
    """Red and more and more transparent to the right."""
    row = b"\0" + b"".join(bytes((200, 30, 30, 255 * x // width)) for x in range(width))
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(row * height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")


@pytest.fixture
def ada(person: PersonFactory) -> Person:
    ada = person("Ada Lovelace")
    ada.new_project("Pictures")
    return ada


def zoom(person: Person) -> Locator:
    return person.page.get_by_role("status", name="Zoom")


def drawn_width(picture: Locator) -> float:
    box = picture.bounding_box()
    assert box is not None
    return box["width"]


def test_an_image_is_fitted_zoomed_and_moved(ada: Person) -> None:
    put(ada, "plot.png", png(4000, 1000))
    visit(ada, "plot.png")
    picture = ada.page.get_by_role("img", name="plot.png")
    expect(picture).to_be_visible(timeout=20_000)
    expect(ada.page.get_by_text(re.compile(r"4,000 × 1,000 · .* · PNG"))).to_be_visible()
    stage = ada.page.get_by_role("group", name="Image plot.png")
    expect(zoom(ada)).to_have_text(re.compile(r"^2\d %"))
    assert drawn_width(picture) <= 992
    stage.focus()
    ada.page.keyboard.press("1")
    expect(zoom(ada)).to_have_text("100 %")
    assert drawn_width(picture) == 4000
    ada.page.keyboard.press("+")
    expect(zoom(ada)).to_have_text("125 %")
    ada.page.keyboard.press("-")
    ada.page.keyboard.press("-")
    expect(zoom(ada)).to_have_text("80 %")
    box = stage.bounding_box()
    assert box is not None
    ada.page.mouse.move(box["x"] + 700, box["y"] + 300)
    ada.page.mouse.down()
    ada.page.mouse.move(box["x"] + 500, box["y"] + 300, steps=4)
    ada.page.mouse.up()
    assert stage.evaluate("(element) => element.scrollLeft") >= 190
    ada.page.keyboard.down("Control")
    ada.page.mouse.wheel(0, -300)
    ada.page.keyboard.up("Control")
    expect(zoom(ada)).to_have_text(re.compile(r"^21\d %|^22\d %"))
    ada.page.keyboard.press("0")
    expect(zoom(ada)).to_have_text(re.compile(r"^2\d %"))


def test_a_plot_that_is_written_anew_is_shown_anew(ada: Person) -> None:
    put(ada, "plot.png", png(100, 50))
    visit(ada, "plot.png")
    expect(ada.page.get_by_text(re.compile("100 × 50"))).to_be_visible(timeout=20_000)
    put(ada, "plot.png", png(200, 60))
    expect(ada.page.get_by_text(re.compile("200 × 60"))).to_be_visible()


def test_two_images_are_compared(ada: Person) -> None:
    put(ada, "a.png", png(300, 200))
    put(ada, "b.png", png(300, 200, (209, 84, 52)))
    visit(ada, "a.png")
    expect(ada.page.get_by_role("img", name="a.png")).to_be_visible(timeout=20_000)
    ada.page.get_by_role("button", name="Compare").click()
    expect(ada.page.get_by_role("img", name="b.png")).to_be_visible()
    ada.page.get_by_role("button", name=re.compile("How")).click()
    ada.page.get_by_role("option", name="Swipe").click()
    slider = ada.page.get_by_role("slider")
    slider.focus()
    ada.page.keyboard.press("Home")
    expect(slider).to_have_value("0")
    ada.page.get_by_role("button", name=re.compile("How")).click()
    ada.page.get_by_role("option", name="Difference").click()
    expect(slider).not_to_be_visible()
    expect(ada.page.locator(".image-difference")).to_have_css("mix-blend-mode", "difference")
    ada.page.get_by_role("button", name="End comparing").click()
    expect(ada.page.get_by_role("img", name="b.png")).not_to_be_visible()


def test_what_is_no_image_says_what_it_is(ada: Person) -> None:
    put(ada, "page.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='parent.document.title=1'/>")
    put(ada, "empty.jpg", b"")
    put(ada, "cut.png", png(300, 300)[:20])
    put(ada, "paper.png", b"%PDF-1.7 something")
    for name, words in {
        "page.png": "is not an image that a browser can show",
        "empty.jpg": "it is an empty file",
        "cut.png": "is damaged, or too large",
        "paper.png": "it is a PDF",
    }.items():
        visit(ada, name)
        expect(ada.page.get_by_text(re.compile(words))).to_be_visible(timeout=20_000)
        expect(ada.page.get_by_role("link", name="Download")).to_be_visible()


@pytest.mark.parametrize("look", LOOKS)
def test_images_look_well(person: PersonFactory, look: str) -> None:
    options: dict[str, Any] = LOOKS[look]
    ada = person("Ada Lovelace", **options)
    ada.new_project("Pictures")
    put(ada, "a.png", transparent_png(300, 200))
    put(ada, "b.png", png(300, 200))
    visit(ada, "a.png")
    expect(ada.page.get_by_role("img", name="a.png")).to_be_visible(timeout=20_000)
    look_at(ada, "image", look)
    ada.page.get_by_role("button", name="Compare").click()
    expect(ada.page.get_by_role("img", name="b.png")).to_be_visible()
    look_at(ada, "image-compare", look)
