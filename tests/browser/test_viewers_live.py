"""Texts with a preview beside them: live, in step, with links into the project, and nothing that runs in the page."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from browser.people import Person, PersonFactory
from browser.test_page import LOOKS
from browser.viewers import command, look_at, put, visit
from support.pictures import png

PAPER = """# A paper

Some **strong** words, $x^2 + y^2$ and a [link](other.md), [home](#the-end) and [web](https://example.org).

- [x] done
- [ ] to do

| a | b |
|---|---|
| 1 | 2 |

```python
def area(r): return 3.14 * r**2
```

![plot](plot.png)

<script>globalThis.owned = 1</script><img src=x onerror="globalThis.owned = 1">
"""


@pytest.fixture
def ada(person: PersonFactory) -> Person:
    ada = person("Ada Lovelace")
    ada.new_project("Papers")
    return ada


def preview(person: Person, name: str) -> Locator:
    return person.page.get_by_role("region", name=f"Preview of {name}")


def test_markdown_is_drawn_as_one_types(ada: Person) -> None:
    project_id = ada.project_id()
    ada.write(project_id, "paper.md", PAPER)
    ada.write(project_id, "other.md", "# Another paper\n")
    put(ada, "plot.png", png(40, 30))
    visit(ada, "paper.md")
    expect(ada.editor("paper.md")).to_contain_text("A paper", timeout=20_000)
    ada.page.keyboard.press("Alt+Shift+v")
    shown = preview(ada, "paper.md")
    expect(shown.get_by_role("heading", name="A paper")).to_be_visible()
    expect(shown.locator("strong")).to_have_text("strong")
    expect(shown.locator(".katex").first).to_be_attached()
    expect(shown.get_by_role("checkbox", name="Done")).to_be_checked()
    expect(shown.get_by_role("cell", name="2")).to_be_visible()
    expect(shown.locator("pre code span").first).to_be_attached()
    expect(shown.get_by_role("img", name="plot")).to_be_visible()
    ada.page.wait_for_function("() => document.querySelector('.live-markdown img').naturalWidth === 40")
    assert ada.page.evaluate("() => globalThis.owned === undefined")
    ada.editor("paper.md").click()
    ada.page.keyboard.press("Control+Home")
    ada.page.keyboard.press("End")
    ada.page.keyboard.type(" of mine")
    expect(shown.get_by_role("heading", name="A paper of mine")).to_be_visible()
    shown.get_by_role("link", name="link").click()
    expect(ada.editor("other.md")).to_contain_text("Another paper")
    expect(preview(ada, "other.md").get_by_role("heading", name="Another paper")).to_be_visible()
    ada.page.get_by_role("tabpanel", name="other.md").get_by_role("button", name="Hide preview").click()
    expect(preview(ada, "other.md")).not_to_be_visible()


def test_source_and_preview_scroll_in_step(ada: Person) -> None:
    text = "\n\n".join(f"## Part {number}\n\n" + "words " * 60 for number in range(1, 61))
    ada.write(ada.project_id(), "long.md", text)
    visit(ada, "long.md")
    ada.page.get_by_role("button", name="Show preview").click()
    shown = preview(ada, "long.md")
    expect(shown.get_by_role("heading", name="Part 60")).to_be_attached(timeout=20_000)
    ada.editor("long.md").click()
    ada.page.keyboard.press("Control+End")
    expect(shown.get_by_role("heading", name="Part 60")).to_be_in_viewport()
    shown.hover()
    ada.page.mouse.wheel(0, -100_000)
    expect(shown.get_by_role("heading", name="Part 1", exact=True)).to_be_in_viewport()
    expect(ada.page.locator(".cm-line").filter(has_text=re.compile("^## Part 1$"))).to_be_in_viewport()


def test_html_runs_in_the_content_frame_alone(ada: Person) -> None:
    page = """<h1>Hello</h1><script>
      document.querySelector('h1').textContent = 'Scripts run here';
      try { parent.parent.document.title = 'owned' } catch {}
    </script>"""
    ada.write(ada.project_id(), "page.html", page)
    visit(ada, "page.html")
    ada.page.get_by_role("button", name="Show preview").click()
    inner = ada.page.frame_locator("iframe[title='Preview of page.html']").frame_locator("iframe")
    expect(inner.get_by_role("heading", name="Scripts run here")).to_be_visible(timeout=20_000)
    assert "owned" not in ada.page.title()
    ada.editor("page.html").click()
    ada.page.keyboard.press("Control+End")
    ada.page.keyboard.type("<p>More words")
    expect(inner.get_by_text("More words")).to_be_visible()


def test_a_drawing_is_drawn_in_the_content_frame(ada: Person) -> None:
    ada.write(ada.project_id(), "a.svg", '<svg xmlns="http://www.w3.org/2000/svg"><circle cx="9" cy="9" r="9"/></svg>')
    visit(ada, "a.svg")
    ada.page.get_by_role("button", name="Show preview").click()
    frame = ada.page.frame_locator("iframe[title='Preview of a.svg']")
    expect(frame.get_by_role("img", name="a.svg")).to_be_visible(timeout=20_000)
    expect(ada.page.locator("svg circle[r='9']")).to_have_count(0)


@pytest.mark.parametrize("look", LOOKS)
def test_a_preview_reads_well(person: PersonFactory, look: str) -> None:
    options: dict[str, Any] = LOOKS[look]
    ada = person("Ada Lovelace", **options)
    ada.new_project("Papers")
    ada.write(ada.project_id(), "paper.md", PAPER.partition("<script>")[0])
    visit(ada, "paper.md")
    ada.page.get_by_role("button", name="Show preview").click()
    expect(preview(ada, "paper.md").get_by_role("heading", name="A paper")).to_be_visible(timeout=20_000)
    expect(preview(ada, "paper.md").locator("pre code span").first).to_be_attached()
    look_at(ada, "preview", look)


def test_json_is_a_tree_beside_its_text_and_alone(ada: Person) -> None:
    project_id = ada.project_id()
    ada.write(project_id, "data.json", '{"people": [{"name": "Ada"}, {"name": "Grace"}], "count": 2}')
    visit(ada, "data.json")
    ada.page.get_by_role("button", name="Show preview").click()
    tree = ada.page.get_by_role("treegrid", name="Tree of data.json")
    expect(tree.get_by_role("row").filter(has_text="people:")).to_contain_text("[2 items]", timeout=20_000)
    ada.page.get_by_role("textbox", name="Find").fill("grace")
    ada.page.get_by_role("textbox", name="Find").press("Enter")
    expect(tree.get_by_text('"Grace"')).to_be_visible()
    expect(ada.page.get_by_role("status", name="Found")).to_have_text("1 of 1")
    expect(ada.page.get_by_text("people[1].name", exact=True)).to_be_visible()
    ada.editor("data.json").click()
    ada.page.keyboard.press("Control+End")
    ada.page.keyboard.type("]")
    expect(ada.page.get_by_text(re.compile("data.json is not JSON"))).to_be_visible()
    ada.page.keyboard.press("Backspace")
    expect(tree).to_be_visible()
    ada.run(
        project_id, "for n in $(seq 1 5000); do echo '{\"n\": '$n'}'; done > runs.jsonl; echo nonsense >> runs.jsonl"
    )
    visit(ada, "runs.jsonl")
    expect(ada.editor("runs.jsonl")).to_be_visible(timeout=20_000)
    command(ada, "Open with")
    ada.page.get_by_role("dialog", name="Open with").get_by_role("button", name="Tree").click()
    lines = ada.page.get_by_role("treegrid", name="Tree of runs.jsonl")
    expect(lines.get_by_text("[5,001 items]")).to_be_visible()
    ada.page.keyboard.press("End")
    expect(lines.get_by_text(re.compile("Not JSON"))).to_be_visible()
    ada.page.keyboard.press("ArrowUp")
    ada.page.keyboard.press("ArrowRight")
    expect(lines.get_by_role("row", name="n: 5000")).to_be_visible()


def test_restructured_text_is_drawn_in_the_content_frame(ada: Person) -> None:
    ada.write(ada.project_id(), "notes.rst", "Notes\n=====\n\nSome *words*.\n\n.. raw:: html\n\n   <b>raw</b>\n")
    visit(ada, "notes.rst")
    ada.page.get_by_role("button", name="Show preview").click()
    inner = ada.page.frame_locator("iframe[title='Preview of notes.rst']").frame_locator("iframe")
    expect(inner.get_by_role("heading", name="Notes")).to_be_visible(timeout=30_000)
    expect(inner.locator("b")).to_have_count(0)
    ada.editor("notes.rst").click()
    ada.page.keyboard.press("Control+Home")
    ada.page.keyboard.press("Control+End")
    ada.page.keyboard.type("\n\nMore **of it**.")
    expect(inner.locator("strong")).to_have_text("of it", timeout=30_000)
