"""Errors as answers and as closes."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from studium.http.errors import MAX_REASON_BYTES, close_reason, error_middleware, read_json
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.session import SignIn


@pytest.mark.parametrize("sentence", ["Short.", "x" * 123, "x" * 124, "é" * 100, "日本語" * 50])
def test_a_reason_fits_its_frame(sentence: str) -> None:
    reason = close_reason(sentence)
    assert len(reason) <= MAX_REASON_BYTES
    assert reason.decode().rstrip("…") == sentence[: len(reason.decode().rstrip("…"))]


async def test_answers(caplog: pytest.LogCaptureFixture) -> None:
    async def known(_request: web.Request) -> web.Response:
        raise StudiumError(ErrorCode.RATE_LIMITED, "Wait.", retry_after=7)

    async def unknown(_request: web.Request) -> web.Response:
        raise RuntimeError("internal detail")

    async def body(request: web.Request) -> web.Response:
        return web.Response(text=(await read_json(request, SignIn, 100)).email_address)

    app = web.Application(middlewares=[error_middleware])
    app.router.add_get("/known", known)
    app.router.add_get("/unknown", unknown)
    app.router.add_post("/body", body)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/known")
        assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
        assert await answer.json() == {
            "error": {"code": "rate_limited", "message": "Wait.", "data": {"retry_after": 7}}
        }
        answer = await client.get("/unknown")
        text = await answer.text()
        assert answer.status == 500
        assert "internal detail" not in text
        error_id = (await answer.json())["error"]["data"]["error_id"]
        assert error_id in text
        assert any(error_id in record.getMessage() for record in caplog.records)
        good = b'{"email_address": "a@b", "password": "x"}'
        assert await (await client.post("/body", data=good)).text() == "a@b"

        async def endless() -> object:
            while True:
                yield b" " * 1000

        for data, code in ((b" " * 200, "too_large"), (endless(), "too_large"), (b"\xff", "invalid_request")):
            answer = await client.post("/body", data=data)
            assert (await answer.json())["error"]["code"] == code
