"""The content origin: one static page, ``/frame``, that shows what users wrote.

It runs under a second host name or port, has no cookie and no token, and its policy gives it an opaque origin and no
network. The page posts ``{kind: "html" | "svg" | "image" | "script", bytes: ArrayBuffer, name, type?}``; the frame
takes messages from the configured page origins only, and answers ``{type: "ready"}``, ``{type: "shown"}`` or
``{type: "failed"}``. A ``script`` is run in the frame itself: so the page brings what draws outputs of notebooks, which
an opaque origin could neither fetch from us nor keep in a cache.
"""

import base64
import hashlib
import json
from collections.abc import Sequence

from aiohttp import web

from studium.http.errors import error_middleware
from studium.http.headers import add_security_headers

_SCRIPT = """
"use strict";
const pages = %s;
const tell = (message) => parent.postMessage(message, "*");
let address = null;
function show(element) { document.body.replaceChildren(element); }
addEventListener("message", (event) => {
  if (event.source !== parent || !pages.includes(event.origin)) return;
  const { kind, bytes, name, type } = event.data ?? {};
  if (!(bytes instanceof ArrayBuffer)) return;
  if (address) URL.revokeObjectURL(address);
  address = null;
  if (kind === "html") {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.title = String(name);
    frame.srcdoc = new TextDecoder().decode(bytes);
    frame.onload = () => tell({ type: "shown" });
    show(frame);
  } else if (kind === "svg" || kind === "image") {
    const image = document.createElement("img");
    image.alt = String(name);
    const media = kind === "svg" ? "image/svg+xml" : /^image\\/[a-z0-9.+-]+$/.test(type) ? type : "";
    address = URL.createObjectURL(new Blob([bytes], { type: media }));
    image.onload = () => tell({ type: "shown" });
    image.onerror = () => tell({ type: "failed", message: name + " cannot be shown as an image." });
    image.src = address;
    show(image);
  } else if (kind === "script") {
    const script = document.createElement("script");
    const source = URL.createObjectURL(new Blob([bytes], { type: "text/javascript" }));
    script.onload = () => { URL.revokeObjectURL(source); tell({ type: "shown", name }); };
    script.onerror = () => tell({ type: "failed", name, message: name + " cannot be run." });
    script.async = false;
    script.src = source;
    document.head.append(script);
  }
});
tell({ type: "ready" });
"""

_STYLE = (
    "html,body{margin:0;height:100%}iframe{border:0;width:100%;height:100%;display:block;background:#fff}"
    "img{display:block;max-width:100%;max-height:100%;margin:auto}"
)

# Shown HTML inherits this policy: its own inline scripts and styles run, and nothing reaches the network. A browser
# that does not know ``webrtc`` yet lets a script ask a STUN server, by which it could tell what is in the document.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob: data:; style-src 'unsafe-inline' blob: data:; "
    "img-src data: blob:; font-src data:; media-src data: blob:; frame-src 'self' blob: data:; connect-src 'none'; "
    "form-action 'none'; base-uri 'none'; object-src 'none'; webrtc 'block'; sandbox allow-scripts"
)


class Frame:
    """The answer to ``/frame``; ``page_origins`` may embed it and post to it."""

    def __init__(self, page_origins: Sequence[str]) -> None:
        script = _SCRIPT % json.dumps(sorted(page_origins)).replace("<", "\\u003c")
        self._body = (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Preview</title><style>{_STYLE}</style>'
            f"<body><script>{script}</script></body></html>"
        ).encode()
        ancestors = " ".join(sorted(page_origins)) or "'none'"
        digest = base64.urlsafe_b64encode(hashlib.sha256(self._body).digest()[:12]).decode()
        self._headers = {
            "Content-Security-Policy": f"{_POLICY}; frame-ancestors {ancestors}",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-cache",
            "ETag": f'"{digest}"',
        }

    async def answer(self, _request: web.Request) -> web.Response:
        """The static page."""
        return web.Response(body=self._body, content_type="text/html", charset="utf-8", headers=self._headers)


def create_content_app(page_origins: Sequence[str]) -> web.Application:
    """The application of the content origin: ``/frame`` and nothing else."""

    app = web.Application(middlewares=[error_middleware])
    add_security_headers(app)
    app.router.add_get("/frame", Frame(page_origins).answer)
    return app
