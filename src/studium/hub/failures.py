"""How a project that does not run is spoken of: in its state, and to traffic."""

import asyncio
import logging

from studium.compute.driver import ProjectFailed
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.tables import ProjectState, ProjectStatus

MAX_LOG_CHARACTERS = 4000

DELETED = ProjectState(
    status=ProjectStatus.STOPPED,
    message="This project was deleted. One of its owners can restore it from the list of projects.",
)
"""Of a project that was deleted, whatever somebody would do to it."""

_log = logging.getLogger(__name__)


def as_failure(error: BaseException) -> ProjectFailed:
    """What is said of an exception that ended a start."""
    if isinstance(error, ProjectFailed):
        return error
    if isinstance(error, asyncio.CancelledError):
        return ProjectFailed("Studium was stopping while the project started. Start it again.")
    if isinstance(error, StudiumError):
        return ProjectFailed(error.message)
    _log.error("A project could not be started", exc_info=error)
    return ProjectFailed("The project could not be started, because Studium itself went wrong. The log says more.")


def failed_state(failed: ProjectFailed, secret: str) -> ProjectState:
    """The state that people see: the last whole lines of the log. Nothing writes the project's secret there; should it
    ever be, it is taken out."""
    log = failed.log.replace(secret, "(secret)").replace("\0", "\ufffd")
    if len(log) > MAX_LOG_CHARACTERS:
        log = log[-MAX_LOG_CHARACTERS:].partition("\n")[2] or log[-MAX_LOG_CHARACTERS:]
    return ProjectState(status=ProjectStatus.FAILED, message=failed.message, log=log or None)


def not_running(state: ProjectState) -> StudiumError:
    """The answer to traffic for a project in this state."""
    if state.status is ProjectStatus.FAILED:
        return StudiumError(
            ErrorCode.PROJECT_NOT_RUNNING,
            state.message or "The project failed to start. Start it again.",
            **({"log": state.log} if state.log else {}),
        )
    if state == DELETED:
        return StudiumError(ErrorCode.PROJECT_NOT_RUNNING, str(state.message))
    why = state.message or "The project was stopped."
    return StudiumError(ErrorCode.PROJECT_NOT_RUNNING, f"{why} Start it to go on.")
