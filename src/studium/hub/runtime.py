"""Who runs which project, as rows of the database: claims with an epoch, endpoints, states.

A hub claims a project before it starts it, and each claim has a higher epoch; what a hub writes names the epoch of its
claim and does nothing once another has claimed. Of two hubs that want the same project, the row's lock lets one first.
"""

import secrets
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from uuid import UUID

import msgspec

from studium.compute.driver import Endpoint
from studium.hub.database import Database
from studium.hub.database.statements import Statements
from studium.hub.failures import DELETED
from studium.hub.presence import is_alive
from studium.hub.tables.project_log import log
from studium.hub.tables.site_limits import read_limits
from studium.protocol.activity import LogEvent
from studium.protocol.ids import AccountId, HubId, ProjectId
from studium.protocol.tables import ProjectAction, ProjectState, ProjectStatus

SQL = Statements(Path(__file__).with_name("runtime.sql"))

_LOGGED = {
    ProjectStatus.RUNNING: LogEvent.PROJECT_STARTED,
    ProjectStatus.STOPPED: LogEvent.PROJECT_STOPPED,
    ProjectStatus.FAILED: LogEvent.PROJECT_FAILED,
}


class Cause(Enum):
    """Why a hub claims a project."""

    TRAFFIC = "traffic"  # which does not start what a person stopped, nor what failed or lay idle just now
    REQUEST = "request"  # a collaborator's wish to start it
    TAKE_OVER = "take over"  # to go on with it, or to stop it


@dataclass(frozen=True)
class Running:
    """A project that answers. ``epoch`` names this run of it."""

    hub_id: HubId
    epoch: int
    endpoint: Endpoint
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Claim:
    """This hub's right to start and stop a project. ``running`` is set when it was found running."""

    epoch: int
    uid_number: int
    created_by: AccountId | None
    secret: str = field(repr=False)
    running: Endpoint | None = None
    copied_from: ProjectId | None = None


@dataclass(frozen=True)
class Held:
    """The project must not be started: a person stopped or deleted it, it failed or was found idle a moment ago, or too
    many others run."""

    state: ProjectState
    epoch: int


def write_endpoint(endpoint: Endpoint) -> str:
    """An endpoint as text: ``unix:PATH`` or ``tcp:HOST:PORT``."""
    return f"unix:{endpoint.socket_path}" if endpoint.socket_path is not None else f"tcp:{endpoint.address}"


def read_endpoint(text: str) -> Endpoint:
    """The endpoint in such a text."""
    kind, _, rest = text.partition(":")
    return Endpoint(socket_path=Path(rest)) if kind == "unix" else Endpoint(address=rest)


class Runtime:
    """The rows ``project_runtime`` and ``projects.state``, for one hub."""

    def __init__(self, database: Database, hub_id: HubId) -> None:
        self._database = database
        self.hub_id = hub_id

    async def find(self, project_id: ProjectId) -> Running | None:
        """Where a project answers, whichever hub runs it."""
        row = await self._database.fetchrow(SQL["find"], project_id)
        if row is None:
            return None
        return Running(HubId(row["hub_id"]), row["epoch"], read_endpoint(row["endpoint"]), row["secret"])

    async def claim(
        self, project_id: ProjectId, local: dict[ProjectId, Endpoint], cause: Cause, *, holds: bool
    ) -> Claim | Running | Held | None:
        """Claim a project that no living hub has. ``local`` are the projects that this hub's driver finds running: one
        of a dead hub is taken over as it is. ``holds``: this hub has a claim that it has not given up. The answer is
        ``Running`` when it answers already, None when another hub is at it or there is no such project, ``Held`` when
        ``cause`` is not enough to start it."""
        async with self._database.transaction() as connection:
            await connection.execute(SQL["create"], project_id)
            row = await connection.fetchrow(SQL["lock"], project_id)
            if row is None:
                return None
            holder = row["hub_id"]
            held = holds if holder == self.hub_id else holder is not None and await is_alive(connection, holder)
            if holder is not None and held:
                if row["endpoint"] is None:
                    return None
                return Running(HubId(holder), row["epoch"], read_endpoint(row["endpoint"]), row["secret"])
            found = local.get(project_id) if row["secret"] else None
            if found is None and cause is Cause.TRAFFIC and row["held"]:
                return Held(msgspec.convert(row["state"], ProjectState, strict=False), row["epoch"])
            if found is None and cause is not Cause.TAKE_OVER and row["deleted"]:
                return Held(DELETED, row["epoch"])
            if found is None and cause is not Cause.TAKE_OVER and row["created_by"] is not None:
                running = await connection.fetchval(SQL["running_of"], row["created_by"])
                # Each is a few processes, whoever opens it.
                if running >= (await read_limits(connection))["running_projects"]:
                    return Held(too_many_running(running), row["epoch"])
            secret = row["secret"] if found is not None else secrets.token_urlsafe(32)
            endpoint = write_endpoint(found) if found is not None else None
            epoch = await connection.fetchval(SQL["claim"], project_id, self.hub_id, endpoint, secret)
            return Claim(epoch, row["uid_number"], row["created_by"], secret, found, row["copied_from"])

    async def take_request(self, project_id: ProjectId) -> ProjectAction | None:
        """A collaborator's wish, if it is for this hub to act on and no other was quicker."""
        async with self._database.transaction() as connection:
            await connection.execute(SQL["create"], project_id)
            row = await connection.fetchrow(SQL["lock"], project_id)
            if row is None or row["action_request"] is None:
                return None
            holder = row["hub_id"]
            if holder not in (None, self.hub_id) and await is_alive(connection, holder):
                return None
            if not await connection.fetchval(SQL["take_request"], project_id, row["action_request"]):
                return None
            try:
                action = ProjectAction(row["action_request"].get("action"))
            except (ValueError, AttributeError):
                return None
            await connection.execute(SQL["keep_stopped"], project_id, action is ProjectAction.STOP)
            return action

    async def publish(self, project_id: ProjectId, epoch: int, endpoint: Endpoint) -> bool:
        """The project answers; false when another hub has claimed it meanwhile."""
        return bool(await self._database.fetchval(SQL["publish"], project_id, epoch, write_endpoint(endpoint)))

    async def withdraw(self, project_id: ProjectId, epoch: int) -> None:
        """The project is about to end: no more traffic goes there."""
        await self._database.execute(SQL["withdraw"], project_id, epoch)

    async def release(self, project_id: ProjectId, epoch: int) -> None:
        """Nobody runs it any more."""
        await self._database.execute(SQL["release"], project_id, epoch)

    async def set_state(self, project_id: ProjectId, epoch: int, state: ProjectState) -> None:
        """What people see; a start, a stop and a failure go into the project's log."""
        async with self._database.transaction() as connection:
            before = await connection.fetchval(SQL["set_state"], project_id, epoch, msgspec.to_builtins(state))
            event = _LOGGED.get(state.status)
            if before is not None and event is not None and before != state.status:
                detail = {} if state.message is None else {"message": state.message}
                await log(connection, project_id, None, event, **detail)

    async def requested(self) -> list[ProjectId]:
        """Projects with a wish that nobody has taken."""
        return [ProjectId(row["project_id"]) for row in await self._database.fetch(SQL["requested"])]

    async def held_by_dead(self) -> list[ProjectId]:
        """Projects whose hub no longer lives."""
        rows = await self._database.fetch(SQL["held"])
        alive: dict[UUID, bool] = {self.hub_id: True}
        async with self._database.transaction() as connection:
            for hub_id in {row["hub_id"] for row in rows} - {self.hub_id}:
                alive[hub_id] = await is_alive(connection, hub_id)
        return [ProjectId(row["project_id"]) for row in rows if not alive[row["hub_id"]]]

    async def epoch(self, project_id: ProjectId) -> tuple[int, bool]:
        """The newest epoch, and whether a living hub holds the project."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(
                "SELECT hub_id, epoch FROM project_runtime WHERE project_id = $1", project_id
            )
            if row is None or row["hub_id"] is None:
                return (row["epoch"] if row is not None else 0), False
            return row["epoch"], row["hub_id"] == self.hub_id or await is_alive(connection, row["hub_id"])


def too_many_running(running: int) -> ProjectState:
    """The state of a project that was not started because of others."""
    return ProjectState(
        status=ProjectStatus.FAILED,
        message=f"{running} projects that this project's maker made are running, which is the most. "
        "Stop one of them, then start this one.",
    )
