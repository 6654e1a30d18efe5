"""The headers that every answer of ours carries unless it says otherwise."""

from aiohttp import web

_DEFAULTS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cache-Control": "no-store",
}
MEDIA_DESTINATIONS = ("audio", "video")
"""Values of ``Sec-Fetch-Dest``, which no page can forge, of a request whose answer is played and nothing else."""

_STRICT_TRANSPORT = "max-age=31536000"


def add_security_headers(app: web.Application, *, tls: bool = False) -> None:
    """Add the defaults to every answer of ``app`` as it is sent; ``tls`` adds Strict-Transport-Security."""

    async def prepare(_request: web.Request, response: web.StreamResponse) -> None:
        for name, value in _DEFAULTS.items():
            response.headers.setdefault(name, value)
        if tls:
            response.headers.setdefault("Strict-Transport-Security", _STRICT_TRANSPORT)
        response.headers.pop("Server", None)

    app.on_response_prepare.append(prepare)
