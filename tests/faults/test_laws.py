"""The tools of the fault runs: what is lost, doubled or invented does not pass; frames and pages are found."""

import random
from pathlib import Path

import pytest

from faults.laws import Account, judge, judge_log
from faults.proxy import Frames
from faults.torn import newest_frame, tear
from studium.project.documents.connection import websocket_frame
from studium.project.documents.store import Store

ADA = Account("ada", typed="abcde", erased="b", acknowledged="abc", lines=1)
BEN = Account("ben", typed="xyz", erased="y", acknowledged="x", acknowledged_erased="", is_gone=True)


@pytest.mark.parametrize("text", ["acde\nx", "xzy\naced", "xacde\n"])
def test_what_was_typed_passes(text: str) -> None:
    broken = judge({"one": text, "other": text}, [ADA, BEN])
    assert not broken, str(broken)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("acd\nx", "lost: e"),  # of a client that is there, though it was never acknowledged
        ("acde\n", "lost: x"),  # acknowledged to one that is gone
        ("acde\nxx", "more than once: x"),
        ("acdee\nx", "more than once: e"),
        ("acde\nxz z", "more than once: z"),
        ("acde\nxq", "nobody typed: 'q'"),
        ("abcde\nx", "ada had erased: b"),
        ("acdex", "0 line ends"),
        ("acde\n\nx", "2 line ends"),
    ],
)
def test_what_breaks_a_law_is_told(text: str, says: str) -> None:
    assert says in str(judge({"one": text}, [ADA, BEN]))


def test_the_log_must_hold_what_was_acknowledged_and_no_more() -> None:
    assert not judge_log("acx", [ADA, BEN])
    assert str(judge_log("ax", [ADA, BEN])) == "lost: c"
    gone = Account("gone", typed="xy", erased="y", acknowledged="xy", acknowledged_erased="y")
    assert "gone had erased: y" in str(judge_log("xy", [gone]))


def test_replicas_that_differ_are_told() -> None:
    assert "the file is not ada" in str(judge({"ada": "acde\nx", "the file": "aced\nx"}, [ADA, BEN]))


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000, 100_000])
def test_frames_are_found_wherever_the_stream_is_cut(step: int) -> None:
    masked = bytes([0x82, 0x80 | 3, 1, 2, 3, 4]) + b"abc"
    frames = [b"GET / HTTP/1.1\r\n\r\n", masked, *(websocket_frame(b"x" * size) for size in (0, 125, 126, 70_000))]
    stream = b"".join(frames)
    taker = Frames()
    found = [part for at in range(0, len(stream), step) for part in taker.feed(stream[at : at + step])]
    assert found == frames


async def test_only_the_newest_page_is_torn(tmp_path: Path) -> None:
    store = Store(tmp_path)
    await store.open()
    row = await store.create("a.txt")
    path = tmp_path / "documents.sqlite-wal"
    lengths = []
    for sequence in range(1, 4):
        store.append(row.number, sequence, [(None, [b"<update>" * 20])], lambda _error: None)
        await store.execute()
        lengths.append(newest_frame(path.read_bytes()))
    log = path.read_bytes()
    await store.close()
    start, end = lengths[-1] or (0, 0)
    assert end == len(log)
    assert start > (lengths[-2] or (0, 0))[0]
    path.write_bytes(log + b"\0" * 5000)  # of an earlier turn of the log
    assert newest_frame(path.read_bytes()) == (start, end)
    for seed in range(8):
        path.write_bytes(log)
        assert "of the last page" in tear(path, random.Random(seed))
        assert path.read_bytes()[:start] == log[:start]
        assert path.read_bytes() != log
    assert tear(tmp_path / "absent", random.Random(1)) == "the log was empty"
