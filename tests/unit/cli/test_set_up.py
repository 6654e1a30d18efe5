"""The set-up of a fresh checkout: what is done again and what is passed over."""

import sys
import threading
from pathlib import Path

import pytest
import set_up
from set_up import SetUpFailed, Step


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of its own, with one goal of two steps that count how often they run."""
    monkeypatch.setattr(set_up, "ROOT", tmp_path)
    monkeypatch.setattr(set_up, "STATE", tmp_path / ".make")
    monkeypatch.setattr(set_up, "LOG", tmp_path / ".make" / "set-up.log")
    (tmp_path / "source").write_text("1")
    return tmp_path


def goal(monkeypatch: pytest.MonkeyPatch, checkout: Path, fails: bool = False) -> list[str]:
    """Two steps; the names of those that ran."""
    ran: list[str] = []

    def work(name: str) -> None:
        ran.append(name)
        if fails and name == "second":
            raise SetUpFailed("it broke")
        (checkout / name).write_text("made")

    steps = {
        name: Step(name, name.title(), lambda: [checkout / "source"], checkout / name, lambda name=name: work(name))  # type: ignore[misc]
        for name in ("first", "second")
    }
    monkeypatch.setattr(set_up, "STEPS", steps)
    monkeypatch.setattr(set_up, "GOALS", {"serve": list(steps)})
    return ran


def test_a_second_run_does_nothing_and_says_nothing(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = goal(monkeypatch, checkout)
    set_up.bring_up("serve")
    assert ran == ["first", "second"]
    assert "1/2 First …" in capsys.readouterr().err
    set_up.bring_up("serve")
    assert ran == ["first", "second"]
    assert capsys.readouterr().err == ""


def test_a_changed_input_or_a_lost_product_does_a_step_again(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = goal(monkeypatch, checkout)
    set_up.bring_up("serve")
    (checkout / "second").unlink()
    set_up.bring_up("serve")
    assert ran == ["first", "second", "second"]
    (checkout / "source").write_text("2")
    set_up.bring_up("serve")
    assert ran[3:] == ["first", "second"]


def test_a_failed_step_is_done_again_and_those_before_it_are_not(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goal(monkeypatch, checkout, fails=True)
    with pytest.raises(SetUpFailed, match="it broke"):
        set_up.bring_up("serve")
    ran = goal(monkeypatch, checkout)
    set_up.bring_up("serve")
    assert ran == ["second"]


def test_a_step_aside_runs_while_the_others_do(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first step ends only when the one aside has begun, and the one aside only when the first has ended."""
    begun, ended = threading.Event(), threading.Event()

    def first() -> None:
        assert begun.wait(10)
        (checkout / "first").write_text("made")
        ended.set()

    def aside() -> None:
        begun.set()
        assert ended.wait(10)
        (checkout / "aside").write_text("made")

    steps = {
        "first": Step("first", "First", lambda: ["1"], checkout / "first", first),
        "aside": Step("aside", "Aside", lambda: ["1"], checkout / "aside", aside, beside=True),
    }
    monkeypatch.setattr(set_up, "STEPS", steps)
    monkeypatch.setattr(set_up, "GOALS", {"serve": list(steps)})
    set_up.bring_up("serve")
    assert all(set_up.done(name) for name in steps)


def test_a_failed_step_aside_fails_the_set_up_and_is_done_again(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise SetUpFailed("no network")

    monkeypatch.setattr(
        set_up, "STEPS", {"aside": Step("aside", "Aside", lambda: ["1"], checkout / "aside", fail, beside=True)}
    )
    monkeypatch.setattr(set_up, "GOALS", {"serve": ["aside"]})
    for _ in range(2):
        with pytest.raises(SetUpFailed, match="no network"):
            set_up.bring_up("serve")


def test_a_failing_command_shows_the_end_of_its_output(checkout: Path) -> None:
    (checkout / ".make").mkdir()
    with pytest.raises(SetUpFailed, match=r"no such thing[\s\S]*failed \(the whole output is in") as raised:
        set_up.run(["sh", "-c", "echo no such thing; exit 3"], checkout)
    assert len(str(raised.value).splitlines()) < set_up.LOG_TAIL_LINES + 5


@pytest.mark.parametrize(
    ("version", "fits"),
    [
        ((20, 18, 9), False),
        ((20, 19, 0), True),
        ((21, 7, 0), False),
        ((22, 11, 0), False),
        ((22, 12, 0), True),
        ((), False),
    ],
)
def test_the_versions_of_node_that_build_the_page(version: tuple[int, ...], fits: bool) -> None:
    assert set_up.node_fits(version) is fits


def test_package_managers_get_a_home_even_without_one(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "")
    monkeypatch.setenv("MAKEFLAGS", "-j")
    found = set_up.environment()
    assert Path(found["HOME"]).is_dir()
    assert "MAKEFLAGS" not in found


def test_a_program_that_is_not_here_is_one_sentence(checkout: Path) -> None:
    (checkout / ".make").mkdir()
    with pytest.raises(
        SetUpFailed, match=r"^The program npm-of-nobody is not here\. Install it, then run this again\.$"
    ):
        set_up.run(["npm-of-nobody", "ci"], checkout)


def test_a_python_that_cannot_make_environments_is_said_with_what_it_said(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout / ".make").mkdir()
    python = checkout / "python"
    python.write_text("#!/bin/sh\necho apt install python3.11-venv\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(set_up, "PYTHON", checkout / "absent")
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(SetUpFailed, match=r"apt install python3\.11-venv[\s\S]* failed"):
        set_up.install_python()


def test_node_is_looked_for_again_when_the_system_has_lost_its_npm(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("node", "npm"):
        (checkout / name).write_text("#!/bin/sh\necho v22.12.0\n")
        (checkout / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(checkout))
    assert set_up.system_node()
    before = list(set_up.STEPS["node"].inputs())
    (checkout / "npm").unlink()
    assert not set_up.system_node()
    assert list(set_up.STEPS["node"].inputs()) != before
