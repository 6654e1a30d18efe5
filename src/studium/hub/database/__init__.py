"""PostgreSQL: the embedded server, connections, migrations, and the log of changes."""

from studium.hub.database.changes import ChangeStream, RowChange
from studium.hub.database.connection import Connection
from studium.hub.database.database import Database
from studium.hub.database.postgres import EmbeddedPostgres
from studium.hub.database.statements import Statements

__all__ = ["ChangeStream", "Connection", "Database", "EmbeddedPostgres", "RowChange", "Statements"]
