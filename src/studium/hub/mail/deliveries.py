"""What waits in the queue goes out: by any hub, once, again after what can pass, until it is sent or given up.

A hub *claims* a message: in one statement (``FOR UPDATE SKIP LOCKED``) it counts the try and makes the message due
again after a lease that is longer than any try can last. So two hubs never have one message at a time, no lock is held
while a mail server thinks, and what a killed hub had is taken up by another when the lease is over.

A hub that is killed after the mail server took a message and before it could write so leaves it unknown whether it was
sent. It is then sent once more, with the same ``Message-ID``: a message that comes twice is better than a link that
never came. A second hub that ends over it is the last: at most one copy too many, and no message kills every hub.
"""

import asyncio
import datetime
import logging
from collections.abc import Awaitable, Callable

import asyncpg

from studium.http.errors import unforeseen
from studium.hub.database import Database
from studium.hub.database.changes import ChangeStream, RowChange
from studium.hub.mail.message import create_message, mail_address
from studium.hub.mail.queue import SQL
from studium.hub.mail.server import MailServer
from studium.hub.mail.smtp import NotDelivered, deliver
from studium.protocol.errors import StudiumError

DELAYS = tuple(datetime.timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 30, 60))
"""Until the next try, by the number of tries; the last for all that follow."""

SWEEP_SECONDS = 3600.0
RETRY_SECONDS = 2.0
UNFORESEEN_SECONDS = 60.0
CLOSE_SECONDS = 5.0
MARK_SECONDS = 60.0
"""With ``TOTAL_SECONDS`` of one try this is still within the lease."""

MAX_UNFINISHED = 2
UNFINISHED = "Twice a hub ended while it sent this message. It may have arrived; it is not sent again."

_log = logging.getLogger(__name__)


class Deliveries:
    """The task of a hub that sends. ``server`` reads the mail server as it is set now."""

    def __init__(
        self,
        database: Database,
        changes: ChangeStream,
        our_name: str,
        server: Callable[[], Awaitable[MailServer | None]],
    ) -> None:
        self._database = database
        self._changes = changes
        self._our_name = our_name
        self._server = server
        self._told: Callable[[bool], None] = lambda _: None
        self._wake = asyncio.Event()
        self._unseen: set[int] = set()
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self._stops: list[Callable[[], None]] = []
        self._swept_at = float("-inf")
        self._counts = {"sent": 0, "put_off": 0, "failed": 0}

    def on_server(self, told: Callable[[bool], None]) -> None:
        """Call ``told`` with whether there is a mail server, whenever that may have changed."""
        self._told = told

    async def start(self) -> None:
        """Send what waits, and what will."""
        self._stops = [
            self._changes.listen("outgoing_mail", self._changed),
            self._changes.listen("mail_server", self._changed),
            self._changes.on_restored(self._wake.set),
        ]
        self._task = asyncio.create_task(self._run(), name="outgoing mail")

    async def close(self) -> None:
        """End. A message on its way gets ``CLOSE_SECONDS`` to arrive and be marked."""
        for stop in self._stops:
            stop()
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=CLOSE_SECONDS)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def statistics(self) -> dict[str, int]:
        """Messages sent, put off and failed."""
        return dict(self._counts)

    def _changed(self, change: RowChange) -> None:
        if change.table == "outgoing_mail" and (change.new or {}).get("state") != "waiting":
            return  # it is over
        self._unseen.add(change.transaction)
        self._wake.set()

    async def _run(self) -> None:
        while not self._closing:
            self._wake.clear()
            try:
                unseen, self._unseen = self._unseen, set()
                await self._changes.wait_visible(unseen)
                wait = await self._send_due()
            except StudiumError as error:
                _log.debug("The queue of messages cannot be read: %s", error)
                wait = RETRY_SECONDS
            except Exception:  # whatever it is, the messages of everybody else go on
                _log.exception("The queue of messages could not be worked on.")
                wait = UNFORESEEN_SECONDS
            if self._wake.is_set():
                continue
            try:
                async with asyncio.timeout(wait):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _send_due(self) -> float:
        """Send all that is due; seconds until something may be due again, if nothing changes."""
        loop = asyncio.get_running_loop()
        if loop.time() - self._swept_at > SWEEP_SECONDS:
            await self._database.execute(SQL["delete_old"])
            self._swept_at = loop.time()
        await self._database.execute(SQL["give_up"])
        while not self._closing:
            server = await self._server()
            self._told(server is not None)
            if server is None or not await self._send_one(server):
                break
        seconds = await self._database.fetchval(SQL["next"], server is not None)
        return SWEEP_SECONDS if seconds is None else min(max(seconds, 0.0), SWEEP_SECONDS)

    async def _send_one(self, server: MailServer) -> bool:
        row = await self._database.fetchrow(SQL["claim"])
        if row is None:
            return False
        mail_id, tries = row["mail_id"], row["tries"]
        try:
            if row["unfinished"] > MAX_UNFINISHED:
                raise NotDelivered(UNFINISHED, permanent=True)
            await self._hand_over(server, row)
        except NotDelivered as refused:
            if refused.permanent:
                self._counts["failed"] += 1
                _log.warning("The message %s was not sent and is given up: %s", mail_id, refused.reason)
                await self._database.execute(SQL["failed"], mail_id, tries, refused.reason)
            else:
                self._counts["put_off"] += 1
                delay = DELAYS[min(tries, len(DELAYS)) - 1]
                _log.warning("The message %s waits for another try: %s", mail_id, refused.reason)
                await self._database.execute(SQL["try_later"], mail_id, tries, refused.reason, delay)
        else:
            self._counts["sent"] += 1
            _log.info("The message %s was sent.", mail_id)
            await self._mark_sent(mail_id, tries)
        return True

    async def _hand_over(self, server: MailServer, row: asyncpg.Record) -> None:
        try:
            sender, to = mail_address(server.sender_address, "sender_address"), mail_address(row["to_address"])
            message = create_message(
                mail_id=row["mail_id"],
                sender=sender,
                sender_name=server.sender_name,
                to=to,
                subject=row["subject"],
                text=row["body"],
                html=row["html"],
                date=row["created_at"],
            )
        except (StudiumError, ValueError) as error:
            raise NotDelivered(str(error), permanent=True) from None
        try:
            await deliver(server, message, sender.addr_spec, to.addr_spec, self._our_name)
        except NotDelivered:
            raise
        except Exception as error:
            raise NotDelivered(unforeseen(error, f"sending the message {row['mail_id']}").message) from None

    async def _mark_sent(self, mail_id: object, tries: int) -> None:
        """Write that it was sent, also when the database is away for a moment: the lease lasts longer."""
        try:
            async with asyncio.timeout(MARK_SECONDS):
                while True:
                    try:
                        await self._database.execute(SQL["sent"], mail_id, tries)
                    except StudiumError:
                        await asyncio.sleep(RETRY_SECONDS)
                    else:
                        return
        except TimeoutError:
            _log.error("The message %s was sent, but that could not be written: it may be sent again.", mail_id)
