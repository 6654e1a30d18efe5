"""``Mail``: is there a mail server, which one, and a message for it in the queue.

``send`` only writes a row, within the caller's transaction: the message goes out if what caused it was committed, and
no request waits for a mail server. ``deliveries.py`` does the rest.
"""

import datetime
import uuid

from studium.hub.auth.names import email_key
from studium.hub.database import Connection, Database
from studium.hub.database.changes import ChangeStream
from studium.hub.mail.deliveries import Deliveries
from studium.hub.mail.letter import Letter
from studium.hub.mail.message import create_message, header_text, mail_address
from studium.hub.mail.queue import SQL
from studium.hub.mail.server import MailServer
from studium.hub.mail.smtp import NotDelivered, deliver
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId
from studium.protocol.mail import MailSecurity

ADDRESS_HOUR, ADDRESS_DAY = 10, 30
"""Messages to one address: nobody's mailbox is filled from here, whoever asks."""

ACCOUNT_DAY = 200
"""Messages that one account causes in a day."""

WAITING = 10_000
"""Messages that wait in all, so that a mail server which is away does not fill the database."""

KEEP_SECONDS = 24 * 3600.0
"""How long a message is tried."""

TEST_SECONDS = 30.0
"""How long an administrator waits for the outcome of a test message."""

MAX_BODY_CHARACTERS = 100_000


class Mail:
    """One for each hub. ``our_name`` is the host name of the page; ``fixed`` comes from the settings of the process
    and leaves the administrator's page nothing to decide."""

    def __init__(
        self, database: Database, changes: ChangeStream, our_name: str, fixed: MailServer | None = None
    ) -> None:
        self._database = database
        self._changes = changes
        self._our_name = our_name
        self.fixed = fixed
        self._configured = fixed is not None
        self._deliveries = Deliveries(database, changes, our_name, self.server)

    async def start(self) -> None:
        """Follow the settings, and send what waits; the stream of changes is open."""
        self._configured = await self.server() is not None
        self._deliveries.on_server(self._note)
        await self._deliveries.start()

    async def close(self) -> None:
        """Send no more. A message that is being handed over at this moment may take a few seconds to its end."""
        await self._deliveries.close()

    def statistics(self) -> dict[str, int]:
        """Messages sent, put off and failed by this hub, and whether there is a mail server (0 or 1)."""
        return {**self._deliveries.statistics(), "configured": int(self._configured)}

    def configured(self) -> bool:
        """Can mail be sent? As this hub last heard; ``send`` takes a message in either case where it does."""
        return self._configured

    def _note(self, configured: bool) -> None:
        self._configured = configured

    async def server(self) -> MailServer | None:
        """The mail server as it is set now, with its password."""
        if self.fixed is not None:
            return self.fixed
        row = await self._database.fetchrow(SQL["server"])
        if row is None:
            return None
        return MailServer(
            host=row["host"],
            port=row["port"],
            security=MailSecurity(row["security"]),
            user=row["user_name"],
            password=row["password"],
            sender_address=row["sender_address"],
            sender_name=row["sender_name"],
        )

    async def set_server(self, server: MailServer | None) -> None:
        """Use this mail server from now on, or none. Raises ``conflict`` when it is fixed."""
        if self.fixed is not None:
            raise StudiumError(
                ErrorCode.CONFLICT,
                "The mail server is set by the setting `mail` of the machine on which Studium runs. Change it there.",
            )
        if server is None:
            await self._database.execute(SQL["remove_server"])
        else:
            async with self._database.transaction() as connection:
                await connection.execute(
                    SQL["set_server"],
                    server.host,
                    server.port,
                    server.security.value,
                    server.user,
                    server.password,
                    server.sender_address,
                    server.sender_name,
                )
                await connection.execute(SQL["try_now"])
        self._configured = server is not None

    async def send(
        self,
        connection: Connection,
        to: str,
        subject: str,
        text: str,
        *,
        html: str | None = None,
        account_id: AccountId | None = None,
        keep_seconds: float = KEEP_SECONDS,
    ) -> uuid.UUID:
        """Put a message into the queue, within the transaction of ``connection``; call it last, as it takes a lock of
        the address. ``account_id`` is who causes it; after ``keep_seconds`` it would be of no use.

        Raises ``unavailable`` (no mail server), ``invalid_value`` (no address that mail reaches) and ``rate_limited``.
        """
        if not self._configured:
            raise not_configured()
        mail_address(to)
        if len(text) > MAX_BODY_CHARACTERS or len(html or "") > MAX_BODY_CHARACTERS:
            raise StudiumError(ErrorCode.TOO_LARGE, f"A message has at most {MAX_BODY_CHARACTERS} characters.")
        key = email_key(to)
        await connection.execute(SQL["lock_address"], key)
        to_address = await connection.fetchrow(SQL["count_address"], key)
        if to_address is None or to_address["an_hour"] >= ADDRESS_HOUR or to_address["a_day"] >= ADDRESS_DAY:
            raise _too_many(f"{to.strip()} has been sent many messages", 3600)
        if account_id is not None and await connection.fetchval(SQL["count_account"], account_id) >= ACCOUNT_DAY:
            raise _too_many("Your account has caused many messages within a day", 24 * 3600)
        if await connection.fetchval(SQL["count_waiting"], WAITING) >= WAITING:
            raise _too_many("Very many messages wait to be sent", 600)
        mail_id: uuid.UUID = await connection.fetchval(
            SQL["add"],
            to.strip(),
            key,
            account_id,
            header_text(subject),
            text,
            html,
            datetime.timedelta(seconds=keep_seconds),
        )
        return mail_id

    async def send_letter(
        self,
        connection: Connection,
        to: str,
        letter: Letter,
        *,
        account_id: AccountId | None = None,
        keep_seconds: float = KEEP_SECONDS,
    ) -> uuid.UUID:
        """``send`` for a ``Letter``."""
        return await self.send(
            connection,
            to,
            letter.subject,
            letter.text,
            html=letter.html,
            account_id=account_id,
            keep_seconds=keep_seconds,
        )

    async def test(self, to: str, letter: Letter) -> str:
        """Hand a message over at once, past the queue; what the server said. Raises ``unavailable`` with why not."""
        server = await self.server()
        if server is None:
            raise not_configured()
        sender, recipient = mail_address(server.sender_address, "sender_address"), mail_address(to)
        message = create_message(
            mail_id=uuid.uuid4(),
            sender=sender,
            sender_name=server.sender_name,
            to=recipient,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            date=datetime.datetime.now(datetime.UTC),
        )
        try:
            reply = await deliver(server, message, sender.addr_spec, recipient.addr_spec, self._our_name, TEST_SECONDS)
        except NotDelivered as refused:
            raise StudiumError(ErrorCode.UNAVAILABLE, refused.reason) from None
        async with self._database.transaction() as connection:  # it works now: so may what waits
            await connection.execute(SQL["try_now"])
        return reply


def not_configured() -> StudiumError:
    """There is no mail server."""
    return StudiumError(
        ErrorCode.UNAVAILABLE,
        "This Studium cannot send mail: no mail server is set up. An administrator does that in Administration.",
        configured=False,
    )


def _too_many(what: str, seconds: int) -> StudiumError:
    when = "tomorrow" if seconds > 3600 else "in an hour" if seconds == 3600 else "in ten minutes"
    return StudiumError(ErrorCode.RATE_LIMITED, f"{what}. Try again {when}.", retry_after=seconds)
