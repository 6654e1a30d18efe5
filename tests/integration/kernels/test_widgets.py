"""Widgets: one state, shared by everybody, kept for who comes later, and gone with the kernel."""

import asyncio
from typing import Any

from clients.kernels import KernelPage
from studium.protocol.kernels import KernelState, RestartKernel
from support.kernels import Desk, at_notebook
from support.project import RunningProject

SLIDER = (
    "import ipywidgets as w\nslider = w.IntSlider(value=3, description='n')\nout = w.Output()\n"
    "def changed(change):\n    with out:\n        print('now', change.new)\n    print('printed', change.new)\n"
    "slider.observe(changed, 'value')\ndisplay(slider, out)"
)


def models(page: KernelPage) -> dict[str, dict[str, Any]]:
    """The state of every model that a page knows, by its id, as a browser would keep it."""
    found: dict[str, dict[str, Any]] = {}
    for frame, _ in page.comms:
        comm_id, data = frame.content.get("comm_id"), frame.content.get("data", {})
        if frame.kind == "comm_open":
            found[str(comm_id)] = dict(data["state"])
        elif frame.kind == "comm_close":
            found.pop(str(comm_id), None)
        elif comm_id in found and data.get("method") in ("update", "echo_update"):
            found[str(comm_id)].update(data["state"])
    return found


def find(page: KernelPage, name: str) -> tuple[str, dict[str, Any]] | None:
    """The model of this name."""
    for comm_id, state in models(page).items():
        if state.get("_model_name") == name:
            return comm_id, state
    return None


def value(page: KernelPage, name: str, key: str) -> Any:
    """What a model of this name says, if there is one."""
    found = find(page, name)
    return found[1].get(key) if found is not None else None


async def slide(page: KernelPage, to: int, message_id: str = "") -> None:
    """Move the slider."""
    found = find(page, "IntSliderModel")
    assert found is not None
    data = {"method": "update", "state": {"value": to}, "buffer_paths": []}
    await page.send_comm("comm_msg", {"comm_id": found[0], "data": data}, message_id=message_id)


async def test_two_people_move_one_slider(project: RunningProject) -> None:
    async with at_notebook(project, SLIDER, "slider.value") as desk:
        other = await Desk(project, "n.ipynb").sit_down()
        await desk.run("c0")
        view = desk.outputs("c0")[0]["data"]["application/vnd.jupyter.widget-view+json"]
        for page in (desk.page, other.page):
            await page.until(lambda page=page: value(page, "IntSliderModel", "value") == 3)
        assert view["model_id"] in models(desk.page)
        await slide(desk.page, 7, "message-of-mine")
        await other.page.until(lambda: value(other.page, "IntSliderModel", "value") == 7)
        await desk.page.until(
            lambda: any(f.kind == "idle" and f.parent == "message-of-mine" for f, _ in desk.page.comms)
        )
        assert not any(frame.kind == "idle" for frame, _ in other.page.comms)
        await desk.until_text("c0", "printed 7")  # what a callback prints belongs to the widget's cell
        await slide(other.page, 9)
        await desk.page.until(lambda: value(desk.page, "IntSliderModel", "value") == 9)
        for page in (desk.page, other.page):  # what the output widget captured
            await page.until(lambda page=page: "now 9" in str(value(page, "OutputModel", "outputs")))
        assert "now 9" not in desk.text("c0")
        await desk.run("c1")
        assert desk.text("c1") == "9"
        await other.leave()


async def test_the_state_survives_a_reload_and_ends_with_the_kernel(project: RunningProject) -> None:
    async with at_notebook(project, SLIDER) as desk:
        await desk.run("c0")
        await desk.page.until(lambda: find(desk.page, "IntSliderModel") is not None)
        await slide(desk.page, 42)
        await desk.until_text("c0", "printed 42")
        await desk.page.disconnect()
        late = KernelPage(project.client, desk.page.url, desk.page.headers)
        await late.connect()
        await late.until(lambda: value(late, "IntSliderModel", "value") == 42)
        await late.until(lambda: "now 42" in str(value(late, "OutputModel", "outputs")))
        assert value(late, "IntSliderModel", "description") == "n"
        await late.send(RestartKernel())
        await late.until_state(KernelState.RESTARTING)
        await late.until_state(KernelState.IDLE)
        await late.until(lambda: models(late) == {})
        await late.disconnect()


async def test_buffers_travel_both_ways(project: RunningProject) -> None:
    code = (
        "import ipywidgets as w, traitlets as t\nfrom ipywidgets import register\n"
        "class Echo(w.Widget):\n    data = t.Any(b'').tag(sync=True)\n"
        "echo = Echo(data=bytes(range(256)) * 1000)\n"
        "echo.observe(lambda change: print(len(change.new), bytes(change.new[:3])), 'data')"
    )
    async with at_notebook(project, code) as desk:
        await desk.run("c0")
        await desk.page.until(lambda: any(buffers for _, buffers in desk.page.comms))
        frame, (sent,) = next((frame, buffers) for frame, buffers in desk.page.comms if buffers)
        assert sent == bytes(range(256)) * 1000
        data = {"method": "update", "state": {}, "buffer_paths": [["data"]]}
        await desk.page.send_comm("comm_msg", {"comm_id": frame.content["comm_id"], "data": data}, b"abc" * 1000)
        await desk.until_text("c0", "3000 b'abc'")
        late = KernelPage(project.client, desk.page.url, desk.page.headers)
        await late.connect()
        await late.until(lambda: any(buffers == [b"abc" * 1000] for _, buffers in late.comms))
        await late.disconnect()


async def test_with_no_kernel_a_message_is_refused(project: RunningProject) -> None:
    async with at_notebook(project, "1") as desk:
        await desk.page.send_comm("comm_msg", {"comm_id": "x", "data": {}})
        await desk.page.until(lambda: bool(desk.page.failures))
        assert "No kernel runs" in desk.page.failures[0].error.message


async def test_a_slider_moved_while_a_cell_runs_waits_for_it(project: RunningProject) -> None:
    async with at_notebook(project, SLIDER, "import time; time.sleep(0.5)", "slider.value") as desk:
        await desk.run("c0")
        await desk.page.until(lambda: find(desk.page, "IntSliderModel") is not None)
        goal = await desk.start("c1")
        await desk.until_running("c1")
        for to in range(20):
            await slide(desk.page, to)
        await desk.over(goal)
        await desk.until_text("c0", "printed 19")
        await asyncio.sleep(0)
        await desk.run("c2")
        assert desk.text("c2") == "19"
