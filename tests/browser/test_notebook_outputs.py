"""Outputs of cells: each kind is drawn, large ones in part, and the rest when it is asked for."""

import re
import time

from playwright.sync_api import expect

from browser.outputs import RECORDED, data, frame_of, look_at, notebook, outputs_of, run
from browser.people import Person, PersonFactory
from browser.test_page import AXE

HAS_BLUE = """
canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  for (let at = 0; at < data.length; at += 4) if (data[at] < 60 && data[at + 2] > 150) return true;
  return false;
}
"""


def has_size(person: Person, cell_id: str) -> None:
    """A picture was really decoded."""
    image = outputs_of(person, cell_id).get_by_role("img")
    expect(image).to_be_visible()
    expect(image).to_have_js_property("complete", True)
    assert image.evaluate("image => image.naturalWidth") > 100


def test_each_kind_is_drawn(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project = ada.new_project("Outputs")
    ada.write(project, "outputs.ipynb", RECORDED.read_text())
    look_at(ada, project, "outputs.ipynb")

    text = outputs_of(ada, "text")
    expect(text.get_by_text("progress 100%")).to_be_visible()
    expect(text).not_to_contain_text("progress  75%")
    expect(text.locator(".ansi-fg-1")).to_have_text("red")
    expect(text.get_by_role("link", name="https://example.org/x")).to_be_visible()
    expect(text.locator(".stderr")).to_have_text("careful")

    lines = outputs_of(ada, "lines")
    box = lines.get_by_role("group", name="Printed text")
    assert box.evaluate("box => box.scrollHeight > box.clientHeight")
    lines.get_by_role("button", name="Show all").click()
    expect(lines.get_by_role("button", name="Show fewer")).to_be_visible()
    expect(box).to_have_count(0)

    for picture in ("png", "svg", "jpeg"):
        has_size(ada, picture)
    page = frame_of(ada, "pdf").get_by_role("img", name=re.compile("^PDF: .*1.0"))
    expect(page).to_be_visible(timeout=20_000)
    assert page.evaluate(HAS_BLUE)
    expect(outputs_of(ada, "pdf").get_by_role("link", name="Download the PDF")).to_be_visible()

    frame = outputs_of(ada, "frame").get_by_role("table")
    expect(frame.get_by_role("row")).to_have_count(4)
    frame.get_by_role("button", name="score").click()
    expect(frame.get_by_role("row").nth(1)).to_contain_text("Ada")
    frame.get_by_role("button", name="score").click()
    expect(frame.get_by_role("row").nth(1)).to_contain_text("Ben")
    expect(outputs_of(ada, "levels").get_by_role("rowheader")).to_have_count(8)
    expect(frame_of(ada, "styled").locator("td").last).to_have_css("background-color", "rgb(255, 215, 0)")

    expect(outputs_of(ada, "latex").locator(".katex").first).to_be_visible()
    markdown = outputs_of(ada, "markdown")
    expect(markdown.get_by_role("heading", name="A heading")).to_be_visible()
    expect(markdown.locator(".katex")).to_be_visible()
    tree = outputs_of(ada, "json")
    expect(tree.get_by_text("deep")).to_have_count(0)
    tree.get_by_text("3 items").first.click()
    tree.get_by_text("list:").click()
    tree.get_by_text("2:").click()
    expect(tree.get_by_text("deep")).to_be_visible()

    html = frame_of(ada, "html")
    expect(html.get_by_text("styled and scripted")).to_have_css("color", "rgb(0, 128, 128)")
    html.get_by_role("button", name="Press").click()
    expect(html.get_by_role("button", name="2")).to_be_visible()
    expect(frame_of(ada, "script").get_by_text("made by a script")).to_be_visible()

    expect(frame_of(ada, "plotly").locator(".gtitle")).to_have_text("Squares", timeout=20_000)
    for chart in ("altair", "vega"):
        expect(frame_of(ada, chart).locator("svg .mark-rect path")).to_have_count(3, timeout=20_000)
    expect(frame_of(ada, "bokeh").get_by_text("asks for something from cdn.bokeh.org").first).to_be_visible()

    widgets = frame_of(ada, "widgets")
    expect(widgets.get_by_role("slider")).to_be_visible(timeout=20_000)
    expect(outputs_of(ada, "widgets")).to_contain_text("as it was saved")

    error = outputs_of(ada, "error").get_by_role("group", name="Error: ZeroDivisionError: division by zero")
    expect(error.get_by_text("ZeroDivisionError: division by zero")).to_be_visible()
    error.get_by_role("button", name=re.compile("more frames")).click()
    expect(error.get_by_text("fall(8)")).to_be_visible()


def test_assistive_technology_stumbles_over_nothing(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project = ada.new_project("Outputs")
    ada.write(project, "outputs.ipynb", RECORDED.read_text())
    look_at(ada, project, "outputs.ipynb")
    for cell in ("text", "frame", "json", "error"):
        expect(outputs_of(ada, cell)).to_be_visible()
    for scheme in ("light", "dark"):
        ada.page.emulate_media(color_scheme=scheme)
        ada.page.evaluate(AXE())
        found = ada.page.evaluate("() => axe.run('.cell-outputs', { resultTypes: ['violations'] })")
        problems = [(each["id"], [node["target"] for node in each["nodes"]]) for each in found["violations"]]
        assert problems == [], scheme


def test_few_of_many_frames_live_at_once(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project = ada.new_project("Outputs")
    tall = "<div style='height: 700px'>plot {}</div><script>document.body.dataset.made = 'yes'</script>"
    cells = {f"cell-{number}": ("", [data(text__html=tall.format(number))]) for number in range(60)}
    ada.write(project, "many.ipynb", notebook(cells))
    look_at(ada, project, "many.ipynb")
    for number in range(60):
        expect(frame_of(ada, f"cell-{number}").get_by_text(f"plot {number}", exact=True)).to_be_visible(timeout=20_000)
    assert ada.page.locator("iframe").count() <= 26
    expect(frame_of(ada, "cell-0").get_by_text("plot 0", exact=True)).to_be_visible(timeout=20_000)
    assert ada.page.locator("iframe").count() <= 26


def test_outputs_are_hidden_and_cleared(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project = ada.new_project("Outputs")
    ada.write(project, "short.ipynb", notebook({"one": ("1", [data(text__plain="one"), data(text__plain="two")])}))
    look_at(ada, project, "short.ipynb")
    outputs = outputs_of(ada, "one")
    outputs.get_by_role("button", name="Output actions").click()
    ada.page.get_by_role("menuitem", name="Hide output").click()
    expect(outputs).to_have_count(0)
    ada.page.get_by_role("button", name="2 outputs are hidden").click()
    expect(outputs.get_by_text("two")).to_be_visible()
    outputs.get_by_role("button", name="Output actions").click()
    ada.page.get_by_role("menuitem", name="Clear output").click()
    expect(outputs).to_have_count(0)


def test_the_rest_of_a_flood_is_fetched_on_request(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project = ada.new_project("A flood")
    source = "for number in range(250_000): print('line', number)"
    ada.write(project, "flood.ipynb", notebook({"flood": (source, [])}))
    look_at(ada, project, "flood.ipynb")
    run(ada, "flood")
    outputs = outputs_of(ada, "flood")
    expect(outputs.get_by_text("more of output")).to_be_visible(timeout=60_000)
    expect(ada.page.get_by_role("button", name="Kernel Python 3: Idle")).to_be_visible(timeout=60_000)
    show = outputs.get_by_role("button", name="Show it")
    show.click()
    rest = outputs.get_by_role("group", name="More output")
    expect(rest).to_be_visible()
    outputs.get_by_role("button", name="Show more").click()
    expect(outputs.get_by_text(re.compile(r"^1\.9 MB of 1\.9 MB more$"))).to_be_visible()
    expect(outputs.get_by_role("button", name="Show more")).to_have_count(0)
    rest.evaluate("box => box.scrollTo(0, box.scrollHeight)")
    expect(rest.get_by_text("line 249999")).to_be_visible()


def test_large_outputs_do_not_hold_up_the_page(person: PersonFactory) -> None:
    """Fifty cells with a megabyte each: of text, of HTML, of pictures. Only what is in view is made."""
    ada = person("Ada Lovelace")
    project = ada.new_project("Large")
    text = "".join(f"{number} of many lines\n" for number in range(45_000))
    cells = {}
    for index in range(50):
        output = data(text__html=f"<p style='color:teal'>{index}</p><!--{'x' * 1_000_000}-->")
        if index % 2:
            output = {"output_type": "stream", "name": "stdout", "text": text}
        cells[f"cell-{index}"] = (f"{index}", [output])
    ada.write(project, "large.ipynb", notebook(cells))
    began = time.monotonic()
    look_at(ada, project, "large.ipynb")
    expect(frame_of(ada, "cell-0").get_by_text("0", exact=True)).to_be_visible(timeout=20_000)
    assert time.monotonic() - began < 15
    assert ada.page.locator("iframe").count() < 8
    expect(frame_of(ada, "cell-48").get_by_text("48", exact=True)).to_be_visible(timeout=20_000)
