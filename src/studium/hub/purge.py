"""The end of deleted projects, once the days are over in which they could be restored.

Files go first, then the row: a hub that is killed in between leaves a row that the next sweep finds again.
"""

import logging
from pathlib import Path

from studium.compute.driver import Driver
from studium.hub.database import Database
from studium.hub.database.statements import Statements
from studium.protocol.ids import ProjectId

_SQL = Statements(Path(__file__).with_name("purge.sql"))
_log = logging.getLogger(__name__)


async def purge_deleted(database: Database, driver: Driver) -> int:
    """Remove what is due; return how many. One that cannot be removed does not hold up the others."""
    removed = 0
    for row in await database.fetch(_SQL["due"]):
        project_id = ProjectId(row["project_id"])
        try:
            await driver.remove(project_id)
        except OSError as error:
            _log.warning("The files of the deleted project %s cannot be removed: %s", project_id, error)
            continue
        await database.execute(_SQL["forget"], project_id)
        removed += 1
    return removed
