"""Which requests of a browser may act."""

import pytest
from aiohttp.test_utils import make_mocked_request

from studium.http.origin import check_origin
from studium.protocol.errors import StudiumError

OURS = frozenset({"http://127.0.0.1:8080", "http://localhost:8080"})
COOKIE = {"Cookie": "studium_session=x"}
SOCKET = {"Upgrade": "WebSocket", "Connection": "Upgrade"}


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {**COOKIE, "Origin": "https://evil.example"}),  # reads nothing that the other page could see
        ("GET", {}),
        ("POST", {}),  # a script
        ("POST", {"Origin": "http://127.0.0.1:8080"}),
        ("POST", {**COOKIE, "Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-origin"}),
        ("GET", {**SOCKET, **COOKIE, "Origin": "http://127.0.0.1:8080"}),
        ("GET", SOCKET),
    ],
)
def test_may(method: str, headers: dict[str, str]) -> None:
    check_origin(make_mocked_request(method, "/", headers=headers), OURS)


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", {"Origin": "https://evil.example"}),
        ("POST", COOKIE),
        ("DELETE", {**COOKIE, "Origin": "null"}),
        ("PUT", {**COOKIE, "Origin": "http://127.0.0.1:80800"}),
        ("PUT", {**COOKIE, "Origin": "http://127.0.0.1:8080.evil.example"}),
        ("PUT", {**COOKIE, "Origin": "https://127.0.0.1:8080"}),
        ("PUT", {**COOKIE, "Origin": "http://LOCALHOST:8080"}),
        ("PUT", {**COOKIE, "Origin": ""}),
        ("POST", {"Sec-Fetch-Site": "cross-site"}),
        ("POST", {**COOKIE, "Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-site"}),
        ("POST", {**COOKIE, "Origin": "http://localhost:8080", "Sec-Fetch-Site": "none"}),
        ("GET", {**SOCKET, **COOKIE}),
        ("GET", {**SOCKET, "Origin": "https://evil.example"}),
        ("GET", {**SOCKET, **COOKIE, "Origin": "http://127.0.0.1:8080", "Sec-Fetch-Site": "cross-site"}),
        ("BREW", {**COOKIE}),
    ],
)
def test_may_not(method: str, headers: dict[str, str]) -> None:
    with pytest.raises(StudiumError) as refused:
        check_origin(make_mocked_request(method, "/", headers=headers), OURS)
    assert refused.value.code == "wrong_origin"
