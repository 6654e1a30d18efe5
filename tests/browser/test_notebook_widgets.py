"""Widgets of a running kernel: two people move one slider, and what it is at survives a reload."""

from playwright.sync_api import expect

from browser.outputs import frame_of, look_at, notebook, outputs_of, run
from browser.people import PersonFactory, make_viewer, share

SLIDER = """
import ipywidgets
slider = ipywidgets.IntSlider(description="number", max=10, value=3)
name = ipywidgets.Text(description="name")
ipywidgets.VBox([slider, name])
"""
INTERACT = """
@ipywidgets.interact(n=(1, 9))
def square(n=4):
    print("the square is", n * n)
    return f"of {n}"
"""
COUNTER = '''
import anywidget, traitlets

class Counter(anywidget.AnyWidget):
    _esm = """
    export default {
      render({ model, el }) {
        const button = document.createElement("button");
        const show = () => { button.textContent = `count is ${model.get("count")}`; };
        button.onclick = () => { model.set("count", model.get("count") + 1); model.save_changes(); };
        model.on("change:count", show);
        show();
        el.append(button);
      },
    };
    """
    _css = "button { color: rgb(0, 128, 128) }"
    count = traitlets.Int(0).tag(sync=True)

Counter()
'''


def test_two_people_move_one_slider(person: PersonFactory) -> None:
    ada, ben = person("Ada Lovelace"), person("Ben Kahn")
    project = ada.new_project("Widgets")
    share(ada, ben)
    cells = {"slider": SLIDER, "interact": INTERACT, "counter": COUNTER, "value": "print(slider.value, name.value)"}
    ada.write(project, "widgets.ipynb", notebook({name: (source, []) for name, source in cells.items()}))
    for each in (ada, ben):
        look_at(each, project, "widgets.ipynb")
    for cell in ("slider", "interact", "counter"):
        run(ada, cell)

    slider = frame_of(ada, "slider").get_by_role("slider")
    expect(slider).to_have_attribute("aria-valuenow", "3.0", timeout=30_000)
    slider.focus()
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    readout = frame_of(ben, "slider").locator(".widget-readout")
    expect(readout).to_have_text("5")
    his = frame_of(ben, "slider").get_by_role("slider")
    his.focus()
    his.press("ArrowLeft")
    expect(frame_of(ada, "slider").locator(".widget-readout")).to_have_text("4")
    frame_of(ben, "slider").get_by_role("textbox", name="name").fill("both")
    expect(frame_of(ada, "slider").get_by_role("textbox", name="name")).to_have_value("both")

    # What a widget computes is there for everybody, once.
    knob = frame_of(ada, "interact").get_by_role("slider")
    knob.focus()
    knob.press("ArrowRight")
    for each in (ada, ben):
        expect(frame_of(each, "interact").locator(".output-widget")).to_contain_text("the square is 25")
        expect(frame_of(each, "interact").locator(".output-widget")).to_contain_text("of 5")
        expect(frame_of(each, "interact").get_by_text("the square is")).to_have_count(1)

    frame_of(ben, "counter").get_by_role("button", name="count is 0").click()
    expect(frame_of(ada, "counter").get_by_role("button", name="count is 1")).to_be_visible()
    expect(frame_of(ada, "counter").get_by_role("button")).to_have_css("color", "rgb(0, 128, 128)")

    run(ada, "value")
    expect(outputs_of(ben, "value").get_by_text("4 both")).to_be_visible()
    for each in (ada, ben):
        each.page.reload()
        expect(frame_of(each, "slider").locator(".widget-readout")).to_have_text("4", timeout=20_000)
        expect(frame_of(each, "slider").get_by_role("textbox", name="name")).to_have_value("both")
        expect(frame_of(each, "counter").get_by_role("button", name="count is 1")).to_be_visible()
        expect(frame_of(each, "interact").locator(".output-widget")).to_contain_text("the square is 25")


def test_a_viewer_sees_a_widget_move_and_moves_none(person: PersonFactory) -> None:
    ada, vera = person("Ada Lovelace"), person("Vera Rubin")
    project = ada.new_project("Widgets")
    make_viewer(ada, vera, project)
    ada.write(project, "widgets.ipynb", notebook({"slider": (SLIDER, [])}))
    for each in (ada, vera):
        look_at(each, project, "widgets.ipynb")
    run(ada, "slider")
    slider = frame_of(vera, "slider").get_by_role("slider")
    expect(slider).to_have_attribute("aria-valuenow", "3.0", timeout=30_000)
    slider.focus()
    slider.press("ArrowRight")
    expect(outputs_of(vera, "slider")).to_contain_text("You are a viewer")
    expect(frame_of(vera, "slider").locator(".widget-readout")).to_have_text("3")
    hers = frame_of(ada, "slider").get_by_role("slider")
    hers.focus()
    hers.press("ArrowLeft")
    for each in (ada, vera):
        expect(frame_of(each, "slider").locator(".widget-readout")).to_have_text("2")


def test_a_new_kernel_has_no_old_widgets(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project = ada.new_project("Widgets")
    ada.write(project, "widgets.ipynb", notebook({"slider": (SLIDER, [])}))
    look_at(ada, project, "widgets.ipynb")
    run(ada, "slider")
    expect(frame_of(ada, "slider").get_by_role("slider")).to_be_visible(timeout=30_000)
    ada.page.get_by_role("button", name="Restart the kernel", exact=True).first.click()
    ada.page.get_by_role("dialog").get_by_role("button", name="Restart").click()
    expect(outputs_of(ada, "slider")).to_contain_text("Run the cell", timeout=30_000)
    expect(outputs_of(ada, "slider").locator("iframe")).to_have_count(0)
    run(ada, "slider")
    expect(frame_of(ada, "slider").get_by_role("slider")).to_be_visible(timeout=30_000)
