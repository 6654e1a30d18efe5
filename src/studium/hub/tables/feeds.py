"""All feeds of a hub: finds those that a change touches, and reads them again.

A change finds its feeds through indexes, in time that depends on the feeds it touches and not on how many there are:

- a feed that names its project is found by that project;
- a feed over all projects of an account is found by the account, and the accounts of a project by ``Memberships``;
- a feed over an account's own rows is found by that account;
- a feed that sees everything (an administrator's) by its table alone.

Being added to a project, or removed, touches all rows of that project in all feeds of that account.

``FeedReader`` then reads what was touched. When the connection to the database was lost, all feeds are read whole.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

from studium.hub.database import ChangeStream, RowChange
from studium.hub.tables.feed import Feed, Touch
from studium.hub.tables.memberships import Memberships
from studium.hub.tables.reader import RETRY_SECONDS, FeedReader
from studium.hub.tables.rights import STATEMENTS
from studium.hub.tables.schema import Scope, Table
from studium.hub.tables.select import Plan
from studium.hub.tables.tables import Tables
from studium.protocol.errors import ErrorCode, StudiumError

if TYPE_CHECKING:
    from studium.hub.tables.connection import FeedConnection

logger = logging.getLogger(__name__)

FEEDS_OF_CONNECTION = 200
FEEDS_OF_ACCOUNT = 1000
FEEDS_OF_HUB = 200_000
CONNECTIONS_OF_ACCOUNT = 100
KEPT_SECONDS = 60.0  # how long feeds of a lost connection wait to be resumed

_Place = tuple[str, str, Any]


class Feeds:
    """Open it after the stream of changes; connections add their feeds to it."""

    def __init__(self, tables: Tables, stream: ChangeStream) -> None:
        self.tables = tables
        self._stream = stream
        self._memberships = Memberships(tables.database)
        self._by_relation: dict[str, list[Table]] = defaultdict(list)
        for table in tables.schema.values():
            self._by_relation[table.relation].append(table)
        self._index: dict[_Place, set[Feed]] = defaultdict(set)
        self._of_account: dict[UUID | None, set[Feed]] = defaultdict(set)
        self._kept: dict[tuple[UUID | None, int], Feed] = {}
        self._connections: dict[UUID | None, set[FeedConnection]] = defaultdict(set)
        self._reader = FeedReader(tables.database.dsn, stream, self._fail)
        self._rereader: asyncio.Task[None] | None = None
        self._timers: set[asyncio.TimerHandle] = set()
        self._reread = asyncio.Event()
        self._caught_up = asyncio.Event()  # no loss of the stream waits to be made good
        self._caught_up.set()
        self._ends: list[Any] = []
        self._count = 0

    async def open(self) -> "Feeds":
        """Start to follow the stream."""
        await self._reader.open()
        for relation in {*self._by_relation, "collaborators"}:
            self._ends.append(self._stream.listen(relation, self._changed))
        self._ends.append(self._stream.listen("collaborators", self._member_left))
        self._ends.append(self._stream.listen("accounts", self._account_changed))
        self._ends.append(self._stream.listen("sessions", self._session_changed))
        self._ends.append(self._stream.listen("api_tokens", self._session_changed))
        self._ends.append(self._stream.on_restored(self._restored))
        self._rereader = asyncio.create_task(self._read_all_again(), name="feeds after a loss")
        return self

    async def close(self) -> None:
        """Close all connections and forget all feeds."""
        for end in self._ends:
            end()
        self._ends.clear()
        for connections in list(self._connections.values()):
            for connection in list(connections):
                connection.close(ErrorCode.UNAVAILABLE, "Studium is stopping.")
        if self._rereader is not None:
            self._rereader.cancel()
            await asyncio.gather(self._rereader, return_exceptions=True)
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        await self._reader.close()

    def close_account(self, account_id: UUID, code: ErrorCode = ErrorCode.NOT_SIGNED_IN) -> None:
        """Close all connections of an account, whose rights have changed or ended, and forget its feeds."""
        for connection in list(self._connections.get(account_id, ())):
            connection.close(code, "Your session has ended or your rights have changed.")
        for feed in list(self._of_account.get(account_id, ())):
            self.remove(feed)

    def close_session(self, session_id: UUID, account_id: UUID | None = None) -> None:
        """Close the connections that one session or API token opened; with its account they are found faster."""
        accounts = [account_id] if account_id is not None else list(self._connections)
        for account in accounts:
            for connection in list(self._connections.get(account, ())):
                if connection.requester.session_id == session_id:
                    connection.close(ErrorCode.NOT_SIGNED_IN, "Your session has ended.")
        for feed in [feed for feed in self._kept.values() if feed.requester.session_id == session_id]:
            self.remove(feed)

    def statistics(self) -> dict[str, int]:
        """Feeds, connections, feeds waiting to be resumed or to be read, reads and events since the start."""
        return {
            "feeds": self._count,
            "connections": sum(map(len, self._connections.values())),
            "kept": len(self._kept),
            **self._reader.statistics(),
            **{f"watched_{name}": value for name, value in self._memberships.statistics().items()},
        }

    async def wait_idle(self) -> None:
        """Return when every feed has been read again since what was heard last touched it, or since the stream was
        lost."""
        await self._caught_up.wait()
        await self._reader.wait_idle()

    # --- connections and their feeds -----------------------------------------------------------------------------

    def connected(self, connection: "FeedConnection") -> None:
        """Know a new connection. Raises ``rate_limited`` when its account has too many."""
        account_id = connection.requester.account_id
        if len(self._connections[account_id]) >= CONNECTIONS_OF_ACCOUNT:
            raise StudiumError(
                ErrorCode.RATE_LIMITED,
                f"You have {CONNECTIONS_OF_ACCOUNT} connections open, which is the most. Close some pages.",
            )
        self._connections[account_id].add(connection)

    def disconnected(self, connection: "FeedConnection", *, keep: bool) -> None:
        """Forget a connection; with ``keep`` its feeds wait a while to be resumed."""
        account_id = connection.requester.account_id
        connections = self._connections.get(account_id)
        if connections is not None:
            connections.discard(connection)
            if not connections:
                del self._connections[account_id]
        for feed in list(connection.feeds.values()):
            feed.connection = None
            if not keep or not feed.open or account_id is None:
                self.remove(feed)
                continue
            before = self._kept.get((account_id, feed.feed_id))
            if before is not None:
                self.remove(before)
            self._kept[account_id, feed.feed_id] = feed
            self._later(KEPT_SECONDS, self._forget, feed)
        connection.feeds.clear()

    async def add(self, feed_id: int, plan: Plan, connection: "FeedConnection") -> tuple[Feed, Any]:
        """A new feed and its snapshot. Raises ``too_many_feeds``, and as queries do."""
        account_id = plan.requester.account_id
        self._check_limits(connection, account_id)
        feed = Feed(feed_id, plan, connection)
        connection.feeds[feed_id] = feed
        for place in self._places(plan):
            self._index[place].add(feed)
        self._of_account[account_id].add(feed)
        self._count += 1
        try:
            if account_id is not None:
                await self._memberships.watch(account_id)
            async with self.tables.database.connection() as database:
                result = await feed.snapshot(database)
        except BaseException:
            self.remove(feed)
            raise
        feed.open = True
        return feed, result

    def opened(self, feed: Feed) -> None:
        """The snapshot is on its way: events may follow."""
        if feed.touched and not feed.closed:
            self._reader.enqueue(feed)

    def take(self, account_id: UUID | None, feed_id: int, connection: "FeedConnection") -> Feed | None:
        """The feed that this account had under that id, from a connection that is lost, or not yet known to be."""
        feed = self._kept.pop((account_id, feed_id), None)
        if feed is None and account_id is not None:
            for other in self._connections.get(account_id, ()):
                if other is not connection and feed_id in other.feeds and other.feeds[feed_id].open:
                    feed = other.feeds.pop(feed_id)
                    break
        return feed

    def remove(self, feed: Feed) -> None:
        """End a feed."""
        if feed.closed:
            return
        feed.closed = True
        account_id = feed.requester.account_id
        self._count -= 1
        for place in self._places(feed.plan):
            self._index[place].discard(feed)
            if not self._index[place]:
                del self._index[place]
        self._of_account[account_id].discard(feed)
        if not self._of_account[account_id]:
            del self._of_account[account_id]
            if account_id is not None:
                self._memberships.unwatch(account_id)
        if self._kept.get((account_id, feed.feed_id)) is feed:
            del self._kept[account_id, feed.feed_id]
        if feed.connection is not None and feed.connection.feeds.get(feed.feed_id) is feed:
            del feed.connection.feeds[feed.feed_id]
        feed.connection = None

    def _check_limits(self, connection: "FeedConnection", account_id: UUID | None) -> None:
        for count, most, whose in (
            (len(connection.feeds), FEEDS_OF_CONNECTION, "This connection has"),
            (len(self._of_account.get(account_id, ())), FEEDS_OF_ACCOUNT, "Your account has"),
            (self._count, FEEDS_OF_HUB, "This server has"),
        ):
            if count >= most:
                raise StudiumError(
                    ErrorCode.TOO_MANY_FEEDS, f"{whose} {count} feeds open, which is the most. Cancel some.", most=most
                )

    def _places(self, plan: Plan) -> Iterator[_Place]:
        relation = plan.table.relation
        if plan.project_id is not None:
            yield ("project", relation, plan.project_id)
        elif plan.everything:
            yield ("all", relation, None)
        elif plan.table.scope is Scope.PROJECT:
            yield ("member", relation, plan.requester.account_id)
        else:
            yield ("account", relation, plan.requester.account_id)

    def _forget(self, feed: Feed) -> None:
        if self._kept.get((feed.requester.account_id, feed.feed_id)) is feed:
            self.remove(feed)

    # --- from a change to the feeds that it touches ---------------------------------------------------------------

    def _changed(self, change: RowChange) -> None:
        if change.table == "collaborators" and change.action == "insert":
            self._member_came(change)
        differing: set[str] | None = None
        if change.old is not None and change.new is not None:
            differing = {column for column in change.new if change.changed(column)}
        rows = [row for row in (change.old, change.new) if row is not None]
        for table in self._by_relation.get(change.table, ()):
            keys = {tuple(row[column] for column in table.key) for row in rows}
            touch = Touch(keys=keys, transactions={change.transaction})
            for feed in self._candidates(change.table, rows):
                if feed.plan.table is not table:
                    continue
                if differing is None or not feed.plan.columns.isdisjoint(differing):
                    self._touch(feed, touch)

    def _candidates(self, relation: str, rows: list[dict[str, Any]]) -> Iterable[Feed]:
        found: set[Feed] = set(self._index.get(("all", relation, None), ()))
        for row in rows:
            project_id, account_id = row.get("project_id"), row.get("account_id")
            if project_id is not None:
                found |= self._index.get(("project", relation, project_id), set())
                for member in self._memberships.accounts_in(project_id):
                    found |= self._index.get(("member", relation, member), set())
            if account_id is not None:
                found |= self._index.get(("account", relation, account_id), set())
        return found

    def _member_came(self, change: RowChange) -> None:
        assert change.new is not None
        self._memberships.add(change.new["project_id"], change.new["account_id"])
        self._touch_membership(change, change.new)

    def _member_left(self, change: RowChange) -> None:
        """Heard after ``_changed``, so that who left still hears of it."""
        if change.action == "delete":
            assert change.old is not None
            self._touch_membership(change, change.old)
            self._memberships.remove(change.old["project_id"], change.old["account_id"])

    def _touch_membership(self, change: RowChange, row: dict[str, Any]) -> None:
        touch = Touch(scopes={row["project_id"]}, transactions={change.transaction})
        for feed in self._of_account.get(row["account_id"], ()):
            if feed.plan.table.scope is Scope.PROJECT and feed.plan.project_id in (None, row["project_id"]):
                self._touch(feed, touch)

    def _account_changed(self, change: RowChange) -> None:
        row = change.new or change.old
        assert row is not None
        if change.action == "delete" or (
            change.action == "update" and (change.changed("administrator") or change.changed("disabled"))
        ):
            self.close_account(row["account_id"])

    def _session_changed(self, change: RowChange) -> None:
        if change.action == "delete" and change.old is not None:
            session_id = change.old.get("session_id") or change.old.get("token_id")
            if session_id is not None:
                self.close_session(session_id, change.old.get("account_id"))

    def _touch(self, feed: Feed, touch: Touch) -> None:
        feed.touch(touch)
        if feed.open:
            self._reader.enqueue(feed)

    # --- after failures and losses ---------------------------------------------------------------------------------

    def _fail(self, feed: Feed, error: StudiumError) -> None:
        if feed.connection is not None:
            feed.connection.send_error(feed.feed_id, error)
        self.remove(feed)

    def _restored(self) -> None:
        self._caught_up.clear()
        self._reread.set()

    async def _read_all_again(self) -> None:
        """After a loss: first know who is where, then read all feeds, so that no change falls between the two.
        Then end what belongs to sessions that ended meanwhile."""
        while True:
            await self._reread.wait()
            self._reread.clear()
            try:
                await self._memberships.read_again()
                for feeds in list(self._of_account.values()):
                    for feed in feeds:
                        self._touch(feed, Touch(whole=True))
                if not self._reread.is_set():
                    self._caught_up.set()
                await self._close_ended()
            except StudiumError as error:
                logger.debug("What was missed could not be read yet: %s", error.message)
                await asyncio.sleep(RETRY_SECONDS)
                self._reread.set()

    async def _close_ended(self) -> None:
        """Close connections whose session ended, or whose account lost its rights, while nobody told us."""
        for connection in [each for mine in self._connections.values() for each in mine]:
            requester = connection.requester
            if requester.session_id is None:
                continue
            administrator = await self.tables.database.fetchval(
                STATEMENTS["administrator_by_grant"], requester.account_id, requester.session_id
            )
            if administrator is None:
                connection.close(ErrorCode.NOT_SIGNED_IN, "Your session has ended.")
            elif administrator != requester.administrator:
                connection.close(ErrorCode.NOT_SIGNED_IN, "Your rights have changed.")

    def _later(self, seconds: float, act: Any, feed: Feed) -> None:
        def run() -> None:
            self._timers.discard(timer)
            act(feed)

        timer = asyncio.get_running_loop().call_later(seconds, run)
        self._timers.add(timer)
