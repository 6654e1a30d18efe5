"""Which headers cross, and which paths are forwarded."""

from uuid import UUID

import pytest
from multidict import CIMultiDict

from studium.hub.forward import headers_to_project
from studium.hub.proxy import split_path
from studium.protocol.errors import StudiumError

ID = "3a3aa4ce-84d2-5329-92ff-159c27096975"


def test_headers_that_must_not_cross_do_not() -> None:
    sent = CIMultiDict(
        [
            ("Connection", "keep-alive, X-Mine"),
            ("x-mine", "1"),
            ("TE", "trailers"),
            ("Transfer-Encoding", "chunked"),
            ("Cookie", "a=1"),
            ("COOKIE", "b=2"),
            ("Authorization", "Bearer x"),
            ("X-Studium-Identity", "forged"),
            ("x-studium-anything", "forged"),
            ("X-Forwarded-For", "1.2.3.4"),
            ("Sec-Fetch-Site", "same-origin"),
            ("Origin", "http://x"),
            ("Host", "x"),
            ("If-None-Match", "*"),
            ("Content-Type", "text/plain"),
        ]
    )
    assert dict(headers_to_project(sent, "signed")) == {
        "If-None-Match": "*",
        "Content-Type": "text/plain",
        "X-Studium-Identity": "signed",
    }


def test_a_project_is_told_that_an_answer_will_be_played_and_no_other_use() -> None:
    for destination in ("audio", "video"):
        passed = headers_to_project(CIMultiDict([("Sec-Fetch-Dest", destination)]), "signed")
        assert passed["Sec-Fetch-Dest"] == destination
    for destination in ("document", "iframe", "empty", "image"):
        assert "Sec-Fetch-Dest" not in headers_to_project(CIMultiDict([("Sec-Fetch-Dest", destination)]), "signed")


@pytest.mark.parametrize(
    "rest", ["files/a", "files/", "files", "documents/a%2Fb%00?x=../y", "run", "files/...", "files/.a"]
)
def test_forwarded(rest: str) -> None:
    assert split_path(f"/projects/{ID}/{rest}") == (UUID(ID), rest.partition("?")[0].split("/")[0])


@pytest.mark.parametrize(
    "path",
    [
        "/",
        f"/projects/{ID}",
        f"/projects/{ID}/",
        f"/projects/{ID}/edit/files/a",
        f"/projects/{ID}/filesystem/a",
        f"/projects/{ID}/%66iles/a",
        f"/projects/{ID.upper()}/files/a",
        f"/projects/{{{ID}}}/files/a",
        "/projects/x/files/a",
        f"//projects/{ID}/files/a",
        f"http://evil.example/projects/{ID}/files/a",
        f"/Projects/{ID}/files/a",
        f"/projects/../projects/{ID}/files/a",
    ],
)
def test_left_to_the_page(path: str) -> None:
    assert split_path(path) is None


@pytest.mark.parametrize("rest", ["files/..", "files/a/../b", "files/%2e%2E", "files/.", "documents/%2e/a"])
def test_refused(rest: str) -> None:
    with pytest.raises(StudiumError):
        split_path(f"/projects/{ID}/{rest}")
