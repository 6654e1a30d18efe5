"""The page: ``index.html`` for every URL of the application, and its files under ``/assets`` for ever.

Scripts come from our own origin only and never from a string; what users wrote is shown by the content origin.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from aiohttp import hdrs, web

from studium.protocol.errors import ErrorCode, StudiumError

PAGE_URLS = (
    "/",
    "/sign-in",
    "/sign-up",
    "/join",
    "/set-up",
    "/forgotten-password",
    "/reset-password",
    "/confirm-email",
    "/settings",
    "/administration",
    "/administration/{section}",
    "/keys",
)
_ASSET = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_FOREVER = "public, max-age=31536000, immutable"

_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Studium</title>
<body style="font: 16px/1.5 sans-serif; max-width: 40em; margin: 15vh auto; padding: 0 1em">
<h1 style="font-size: 20px">The page has not been built</h1>
<p>Studium runs, but the files of its page are not there. In the folder of the source, run <code>make build</code>,
then load this page again.</p>
"""


def page_policy(content_origin: str | None) -> str:
    """The Content-Security-Policy of the page. ``content_origin`` like ``http://127.0.0.1:8081``, or None."""
    frames = "'self' blob:" + (f" {content_origin}" if content_origin else "")
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "media-src 'self' blob:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "manifest-src 'self'",
            f"frame-src {frames}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class Page:
    """The built page in ``directory`` (``studium/static``)."""

    def __init__(self, directory: Path, content_origin: str | None = None) -> None:
        self._directory = directory.resolve()
        self._policy = page_policy(content_origin)
        self._cached: tuple[int, bytes] | None = None

    def add_routes(self, app: web.Application, urls: Sequence[str] = PAGE_URLS) -> None:
        """Answer ``urls``, ``/assets``, the few files beside ``index.html``, and all that is nothing: add them last."""
        for url in urls:
            app.router.add_get(url, self.index)
        app.router.add_get("/assets/{name:.+}", self._asset)
        app.router.add_get(r"/{name:[a-z0-9-]+\.(?:svg|ico|png|txt|webmanifest)}", self._beside)
        app.router.add_get("/{path:.*}", self._elsewhere)

    async def index(self, _request: web.Request) -> web.StreamResponse:
        """``index.html``, read again only when it was built anew."""
        headers = {"Content-Security-Policy": self._policy, "Cache-Control": "no-cache"}
        body = self._read_index()
        if body is None:
            return web.Response(text=_NOT_BUILT, status=503, content_type="text/html", headers=headers)
        return web.Response(body=body, content_type="text/html", charset="utf-8", headers=headers)

    async def _elsewhere(self, request: web.Request) -> web.StreamResponse:
        """An address that is none: a person sees the page say so, a program gets the usual answer."""
        if "text/html" not in request.headers.get(hdrs.ACCEPT, "") or request.path.startswith(("/api/", "/assets/")):
            raise web.HTTPNotFound
        response = await self.index(request)
        response.set_status(404 if response.status == 200 else response.status)
        return response

    def _read_index(self) -> bytes | None:
        path = self._directory / "index.html"
        try:
            modified = path.stat().st_mtime_ns
            if self._cached is None or self._cached[0] != modified:
                self._cached = (modified, path.read_bytes())
        except OSError:
            return None
        return self._cached[1]

    async def _asset(self, request: web.Request) -> web.StreamResponse:
        return self._file("assets/" + request.match_info["name"], _FOREVER)

    async def _beside(self, request: web.Request) -> web.StreamResponse:
        return self._file(request.match_info["name"], "public, max-age=3600")

    def _file(self, name: str, cache: str) -> web.StreamResponse:
        path = self._directory / name
        if not _ASSET.fullmatch(name) or ".." in name or not path.is_file():
            raise StudiumError(
                ErrorCode.NOT_FOUND,
                f"The page has no file {name[:200]}. Load the page again: it may have been renewed.",
            )
        # aiohttp answers with NAME.br or NAME.gz where the browser takes it and the build made one.
        return web.FileResponse(path, headers={"Cache-Control": cache, "Cross-Origin-Resource-Policy": "same-origin"})
