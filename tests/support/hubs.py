"""Two real hubs, each a process of its own, on one database and one data folder, behind a proxy."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

from support.balancer import Balancer, balanced
from support.serving import Serving, admin, running

PASSWORD = "four short plain words"


class TwoHubs:
    """``proxy.url`` leads to any of them; ``hubs`` by their address."""

    def __init__(self, folder: Path, dsn: str, proxy: Balancer, stack: ExitStack) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.dsn = dsn
        self.proxy = proxy
        self.hubs: dict[str, Serving] = {}
        self._stack = stack

    async def start(self) -> str:
        """One more hub; its address."""
        arguments = ("hub", "--data", str(self.data), "--database", self.dsn, "--port", "0", "--url", self.proxy.url)
        serving = await asyncio.to_thread(self._stack.enter_context, running(*arguments))
        self.hubs[serving.url] = serving
        self.proxy.targets.append(serving.url)
        return serving.url

    async def end(self, url: str, number: signal.Signals) -> None:
        """End a hub by a signal; the proxy finds out by itself that it is gone."""
        serving = self.hubs.pop(url)
        serving.process.send_signal(number)
        await asyncio.to_thread(serving.process.wait, 60)
        self.proxy.targets.remove(url)

    async def account(self, email_address: str, *more: str) -> str:
        """A new account; its token."""

        def make() -> str:
            password = self.folder / "password"
            password.write_text(PASSWORD)
            chosen = ("--database", self.dsn)
            who = (email_address, "--name", email_address.partition("@")[0].title(), "--password-file", str(password))
            admin(self.data, *chosen, "account", "add", *who, *more)
            return admin(self.data, *chosen, "token", "add", email_address)

        return await asyncio.to_thread(make)


@asynccontextmanager
async def two_hubs(folder: Path, dsn: str) -> AsyncIterator[TwoHubs]:
    """Both are ready on entry."""
    async with balanced() as proxy:
        with ExitStack() as stack:
            both = TwoHubs(folder, dsn, proxy, stack)
            await both.start()
            await both.start()
            yield both
