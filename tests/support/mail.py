"""A mail server for tests: real SMTP on a real socket, with a mailbox to look into, that can also behave badly."""

import asyncio
import base64
import contextlib
import email
import re
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage


@dataclass
class Received:
    """A message that the server took."""

    sender: str
    to: str
    message: EmailMessage
    encrypted: bool
    user: str

    @property
    def text(self) -> str:
        """The plain text."""
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content())

    def link(self, path: str) -> str:
        """The address of ours in it whose path is ``path``, with its token."""
        match = re.search(rf"https?://\S+{re.escape(path)}#\S+", self.text)
        assert match, self.text
        return match.group(0)


@dataclass
class MailServer:
    """Set ``answers`` to have a command answered so (``{"RCPT": "550 5.1.1 no such user"}``), ``silent`` to name one
    that is never answered, ``dropping`` one at which the connection is cut; the text of a message counts as ``TEXT``.

    ``users`` are those who may sign in, and then everybody must. ``held``: the server takes messages and does not say
    so until the event is set.
    """

    starttls: ssl.SSLContext | None = None
    tls: ssl.SSLContext | None = None
    users: dict[str, str] = field(default_factory=dict)
    utf8: bool = False
    answers: dict[str, str] = field(default_factory=dict)
    silent: str = ""
    dropping: str = ""
    held: asyncio.Event | None = None
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    async def start(self) -> "MailServer":
        self._news = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def wait(self, count: int, seconds: float = 60.0) -> list[Received]:
        """All messages, once there are so many."""
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: len(self.received) >= count)
        return self.received

    async def wait_connections(self, count: int) -> None:
        """Return once so many clients have come."""
        async with asyncio.timeout(60), self._news:
            await self._news.wait_for(lambda: self.connections >= count)

    def to(self, address: str) -> list[Received]:
        return [one for one in self.received if one.to == address]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            async with self._news:
                self.connections += 1
                self._news.notify_all()
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                await _Conversation(self, reader, writer).run()
        finally:
            self._tasks.discard(task)
            writer.close()

    async def take(self, received: Received) -> None:
        async with self._news:
            self.received.append(received)
            self._news.notify_all()


class _Conversation:
    def __init__(self, server: MailServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.user = self.sender = self.to = ""
        self.encrypted = server.tls is not None

    async def say(self, command: str, text: str) -> bool:
        """Answer, as the test wants it; False when the connection is over."""
        server = self.server
        if server.dropping == command:
            return False
        if server.silent == command:
            await asyncio.Event().wait()
        self.writer.write((server.answers.get(command, text) + "\r\n").encode())
        await self.writer.drain()
        return True

    async def line(self) -> str:
        return (await self.reader.readuntil(b"\r\n")).decode().rstrip("\r\n")

    async def run(self) -> None:
        if not await self.say("GREETING", "220 mail.test ESMTP"):
            return
        while True:
            line = await self.line()
            verb = line.split(" ", 1)[0].upper()
            if verb == "QUIT":
                await self.say("QUIT", "221 Bye")
                return
            if not await getattr(self, f"on_{verb.lower()}", self.unknown)(line):
                return

    async def unknown(self, line: str) -> bool:
        return await self.say("UNKNOWN", "502 unknown")

    async def on_ehlo(self, line: str) -> bool:
        offers = ["mail.test", "8BITMIME"]
        offers += ["SMTPUTF8"] if self.server.utf8 else []
        offers += ["STARTTLS"] if self.server.starttls and not self.encrypted else []
        offers += ["AUTH PLAIN"] if self.server.users else []
        lines = [f"250{'-' if n < len(offers) - 1 else ' '}{offer}" for n, offer in enumerate(offers)]
        return await self.say("EHLO", "\r\n".join(lines))

    async def on_starttls(self, line: str) -> bool:
        assert self.server.starttls is not None
        if not await self.say("STARTTLS", "220 go on"):
            return False
        await self.writer.start_tls(self.server.starttls)
        self.encrypted = True
        return True

    async def on_auth(self, line: str) -> bool:
        _, user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
        if self.server.users.get(user) != password:
            return await self.say("AUTH", "535 5.7.8 Authentication credentials invalid")
        self.user = user
        return await self.say("AUTH", "235 welcome")

    async def on_mail(self, line: str) -> bool:
        if self.server.users and not self.user:
            return await self.say("MAIL", "530 5.7.0 Authentication required")
        self.sender = line.split("<", 1)[1].split(">", 1)[0]
        return await self.say("MAIL", "250 ok")

    async def on_rcpt(self, line: str) -> bool:
        self.to = line.split("<", 1)[1].split(">", 1)[0]
        return await self.say("RCPT", "250 ok")

    async def on_rset(self, line: str) -> bool:
        return await self.say("RSET", "250 ok")

    async def on_data(self, line: str) -> bool:
        if not await self.say("DATA", "354 go on"):
            return False
        if self.server.answers.get("DATA", "3")[0] != "3":
            return True
        text = await self.reader.readuntil(b"\r\n.\r\n")
        if self.server.dropping == "TEXT":
            return False
        if self.server.answers.get("TEXT", "2")[0] == "2":
            message = email.message_from_bytes(text[:-3].replace(b"\r\n..", b"\r\n."), policy=policy.default)
            assert isinstance(message, EmailMessage)
            await self.server.take(Received(self.sender, self.to, message, self.encrypted, self.user))
        if self.server.held is not None:
            await self.server.held.wait()
        return await self.say("TEXT", f"250 2.0.0 queued as {len(self.server.received)}")


@asynccontextmanager
async def mail_server(server: MailServer | None = None) -> AsyncIterator[MailServer]:
    """A mail server on a free port of the loopback."""
    running = await (server or MailServer()).start()
    try:
        yield running
    finally:
        await running.stop()


@contextmanager
def mail_server_in_thread() -> Iterator["Mailbox"]:
    """A mail server beside a test that does not run in an event loop."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(MailServer().start(), loop).result(10)
    try:
        yield Mailbox(server, loop)
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@dataclass
class Mailbox:
    """What arrived at a mail server that runs in a thread."""

    server: MailServer
    loop: asyncio.AbstractEventLoop

    def wait(self, to: str, count: int = 1) -> list[Received]:
        """The messages to an address, once there are so many."""

        async def wait() -> list[Received]:
            async with asyncio.timeout(60), self.server._news:
                await self.server._news.wait_for(lambda: len(self.server.to(to)) >= count)
            return self.server.to(to)

        return asyncio.run_coroutine_threadsafe(wait(), self.loop).result(25)
