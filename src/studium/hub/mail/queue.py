"""The statements of the queue."""

from pathlib import Path

from studium.hub.database.statements import Statements

SQL = Statements(Path(__file__).with_name("queue.sql"))
