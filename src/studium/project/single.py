"""``studium open DIR``: one project server over a plain directory, with the page, for one person on this machine.

There is no hub, so what the hub guards is guarded here. The printed link carries a token in its fragment, which
browsers do not send; the page changes it for a cookie. A request must name us in ``Host`` (a name of another site that
was made to lead to 127.0.0.1 does not), and whatever can act must come from our page. Commands run as the person,
without rings: they could do as much in the terminal where they typed ``studium open``.
"""

import asyncio
import getpass
import hashlib
import hmac
import ipaddress
import os
import pwd
import secrets
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from aiohttp import web
from aiohttp.typedefs import Handler

import studium
from studium.compute.project_python import ProjectPython, layer_lines
from studium.http.errors import error_middleware, json_response, read_json
from studium.http.frame import create_content_app
from studium.http.headers import add_security_headers
from studium.http.metrics import Metrics
from studium.http.origin import check_origin
from studium.http.page import Page
from studium.http.server import Server, bind_content, bind_tcp
from studium.project.app import ProjectServer, ProjectSettings
from studium.project.files.upload import MAX_UPLOAD_BYTES
from studium.project.folder_lock import FolderLock
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId, ProjectId
from studium.protocol.session import Account, Identity, Mode, OpenLink, Role, SessionInfo, SignUpPolicy, Site

_NEVER = 2**53
"""An identity of this process needs no end: the cookie is what is checked."""


class SingleServer:
    """A folder that is open. Made, ``start``ed and ``stop``ped in one loop; making it takes the ports and the lock.

    ``port`` 0 takes any free one; ``content_port`` -1 the one after ``port``, or any free one. Raises ``StudiumError``
    when there is no such folder, when it is open already, or when a port is taken. ``python`` is the interpreter of the
    environment that notebooks compute with.
    """

    def __init__(
        self,
        directory: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        content_port: int = 0,
        static: Path | None = None,
        state_root: Path | None = None,
        max_upload_bytes: int = MAX_UPLOAD_BYTES,
        python: Path | None = None,
    ) -> None:
        _check_loopback(host)
        self.directory = _real_directory(directory)
        self.project_id = ProjectId(uuid5(NAMESPACE_URL, self.directory.as_uri()))
        self._static = Path(studium.__file__).parent / "static" if static is None else static
        self._max_upload_bytes = max_upload_bytes
        self._python = ProjectPython(python, _data_root() / "studium" / "python") if python is not None else None
        self._token = secrets.token_urlsafe(32)
        self._cookie = secrets.token_urlsafe(32)
        self._account = _account()
        self._lock = FolderLock(self.directory, state_root)
        try:
            self._sockets = bind_tcp(host, port)
            self.port = int(self._sockets[0].getsockname()[1])
            try:
                self._content_sockets = bind_content(host, content_port, port, self.port)
            except BaseException:
                for listener in self._sockets:
                    listener.close()
                raise
        except BaseException:
            self._lock.release()
            raise
        self.content_port = int(self._content_sockets[0].getsockname()[1])
        address = f"[{host}]" if ":" in host else host
        names = {address, "127.0.0.1", "localhost", "[::1]"}
        self._hosts = frozenset(f"{name}:{self.port}" for name in names) | (names if self.port == 80 else set())
        self._origins = frozenset(f"http://{name}" for name in self._hosts)
        self.url = f"http://{address}:{self.port}"
        self.content_url = f"http://{address}:{self.content_port}"
        self._cookie_name = f"studium_single_{self.port}"  # cookies know no ports: two servers must not meet
        self._servers: list[Server] = []

    @property
    def link(self) -> str:
        """The address that lets a person in, for the terminal and the browser only: it holds the token."""
        return f"{self.url}/link#{self._token}"

    async def start(self) -> None:
        """Answer on both ports."""
        settings = ProjectSettings(
            project_id=self.project_id,
            home=self.directory,
            state=self._lock.state,
            inner_ring=await asyncio.to_thread(_prefix, self._python),
            environment=_command_environment(self._python),
            max_upload_bytes=self._max_upload_bytes,
            reports=False,
            python=self._python,
        )
        metrics = Metrics()
        project = ProjectServer(settings, self._identify, metrics)
        app = web.Application(middlewares=[metrics.middleware, error_middleware, self._guard, project.identify])
        add_security_headers(app)
        project.add_routes(app)
        app.router.add_get("/api/session", self._session)
        app.router.add_delete("/api/session", self._leave)
        app.router.add_post("/api/link", self._enter)
        page = Page(self._static, self.content_url)
        here = f"/projects/{self.project_id}"
        page.add_routes(app, ("/", "/link", "/settings", here, here + r"/edit/{path:[\s\S]*}"))
        content = create_content_app(sorted(self._origins))
        self._servers = [Server(app, self._sockets), Server(content, self._content_sockets)]
        for server in self._servers:
            await server.start()
        self._lock.tell(self.url)

    async def stop(self) -> None:
        """Save everything, then end."""
        for server in self._servers:
            await server.stop()
        if not self._servers:
            for listener in (*self._sockets, *self._content_sockets):
                listener.close()
        self._servers = []
        self._lock.release()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse what another site makes a browser send, before anything else looks at it."""
        hosts = request.headers.getall("Host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            message = f"This Studium answers as {self.url} only. Open it by that address."
            raise StudiumError(ErrorCode.WRONG_ORIGIN, message)
        check_origin(request, self._origins)
        return await handler(request)

    def _is_person(self, request: web.Request) -> bool:
        if _equal(request.cookies.get(self._cookie_name, ""), self._cookie):
            return True
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        return kind.lower() == "bearer" and _equal(token.strip(), self._token)

    def _identify(self, request: web.Request) -> Identity:
        if not self._is_person(request):
            message = "This browser has not opened the link yet. Open the link that “studium open” printed."
            raise StudiumError(ErrorCode.NOT_SIGNED_IN, message)
        account = self._account
        name = f"{account.first_name} {account.last_name}".strip()
        return Identity(account.account_id, name, account.colour, Role.OWNER, self.project_id, _NEVER)

    def _session_info(self, *, known: bool) -> SessionInfo:
        site = Site(
            name=self.directory.name if known else "Studium",
            sign_up=SignUpPolicy.CLOSED,
            needs_set_up=False,
            version=studium.__version__,
            content_origin=self.content_url,
        )
        if not known:
            return SessionInfo(Mode.SINGLE, site)
        return SessionInfo(Mode.SINGLE, site, self._account, self.project_id)

    async def _session(self, request: web.Request) -> web.StreamResponse:
        return json_response(self._session_info(known=self._is_person(request)))

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        body = await read_json(request, OpenLink)
        if not _equal(body.token, self._token):
            message = "This link is not, or no longer, valid. Open the link that “studium open” printed last."
            raise StudiumError(ErrorCode.WRONG_CREDENTIALS, message)
        response = json_response(self._session_info(known=True))
        response.set_cookie(self._cookie_name, self._cookie, httponly=True, samesite="Lax", path="/")
        return response

    async def _leave(self, _request: web.Request) -> web.StreamResponse:
        response = json_response(self._session_info(known=False))
        response.del_cookie(self._cookie_name, path="/", httponly=True, samesite="Lax")
        return response


def _equal(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), wanted.encode())


def _check_loopback(host: str) -> None:
    try:
        is_loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise StudiumError(
            ErrorCode.INVALID_VALUE,
            f"A folder is opened for this machine only, and {host} is not an address of it alone. Leave out --host and "
            "forward the port with ssh -L, or run “studium serve” for several people.",
            host=host,
        )


def _real_directory(directory: Path) -> Path:
    try:
        real = directory.expanduser().resolve(strict=True)
    except (OSError, RuntimeError):
        raise StudiumError(ErrorCode.NOT_FOUND, f"There is no folder {directory}. Make it, or name another.") from None
    if not real.is_dir():
        raise StudiumError(ErrorCode.INVALID_PATH, f"{directory} is a file. Name the folder that it is in.")
    if not os.access(real, os.R_OK | os.X_OK):
        message = f"The folder {directory} may not be read. Change its permissions, or name another."
        raise StudiumError(ErrorCode.NOT_PERMITTED, message)
    return real


def _account() -> Account:
    """The person by the name that the system knows."""
    try:
        login = getpass.getuser()
        name = pwd.getpwnam(login).pw_gecos.split(",")[0].strip() or login
    except (KeyError, OSError):
        login = name = str(os.getuid())
    first, _, last = name.partition(" ")
    colour = hashlib.sha256(login.encode()).digest()[0] % 12
    return Account(
        AccountId(uuid5(NAMESPACE_URL, f"studium:{login}")), first, last, "", administrator=True, colour=colour
    )


def _command_environment(python: ProjectPython | None) -> dict[str, str]:
    """The person's own environment: commands find the tools that their terminal finds. Our settings stay out of it."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("STUDIUM_")}
    if python is not None:
        folders = [*map(str, python.folders()), own.get("PATH", os.defpath)]
        own |= {**python.variables(), "PATH": os.pathsep.join(folders)}
    return {**own, "TERM": "dumb"}


def _prefix(python: ProjectPython | None) -> tuple[str, ...]:
    """Stands where the inner ring's prefix does in a project: makes the layer of packages, and runs the command."""
    if python is None:
        return ()
    return ("/bin/sh", "-c", "\n".join([*layer_lines(python, python.key()), 'exec "$@"']), "sh")


def _data_root() -> Path:
    given = os.environ.get("XDG_DATA_HOME", "")
    return Path(given) if given.startswith("/") else Path.home() / ".local" / "share"
