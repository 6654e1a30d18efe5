"""What is logged, and what never is."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from aiohttp.http_exceptions import BadHttpMessage

from studium.http.logs import configure_logging, redact
from studium.hub.auth.tokens import API_PREFIX, new_token


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer {secret}",
        "{{'Authorization': 'Bearer {secret}'}}",
        "Cookie: studium_session={secret}; other=1",
        'password="{secret}"',
        '{{"password": "{secret}"}}',
        "token={secret}&x=1",
        "GET /set-up#{secret}",
        "X-Studium-Identity: {secret}",
    ],
)
def test_secrets_do_not_reach_the_log(text: str) -> None:
    secret = "q7Hs0dKe93lAbcdEFghIJklMNopQRstUVwxYZ012345"
    assert secret not in redact(text.format(secret=secret))
    token = new_token(API_PREFIX)
    assert token not in redact(f"somebody sent {token} here")


def test_ordinary_text_is_left_alone() -> None:
    text = "Project 3a3aa4ce-84d2-5329-92ff-159c27096975 ended: it took more than 4 GB."
    assert redact(text) == text


def test_one_line_a_record_however_long_or_broken() -> None:
    for as_json in (True, False):
        stream = io.StringIO()
        configure_logging(stream=stream, json_lines=as_json)
        logging.getLogger("x").warning("a\nb %s", "y" * 100_000, extra={"project": "p"})
        lines = stream.getvalue().splitlines()
        assert len(lines) == 1
        assert len(lines[0]) < 10_000
        if as_json:
            entry = json.loads(lines[0])
            assert (entry["level"], entry["project"]) == ("warning", "p")


def test_a_browser_that_leaves_is_not_an_error() -> None:
    stream = io.StringIO()
    configure_logging(stream=stream, json_lines=False)
    log = logging.getLogger("aiohttp.server")
    for error in (ConnectionResetError("gone"), BadHttpMessage("no HTTP"), RuntimeError("a fault of ours")):
        log.error("Error handling request", exc_info=error)
    assert stream.getvalue().count("Error handling request") == 1
    assert "a fault of ours" in stream.getvalue()
