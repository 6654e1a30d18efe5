"""The tables plane: a declarative schema, queries that are data, and feeds that never miss."""

from studium.hub.tables.connection import FeedConnection
from studium.hub.tables.feeds import Feeds
from studium.hub.tables.requester import NOBODY, Requester
from studium.hub.tables.tables import Tables

__all__ = ["NOBODY", "FeedConnection", "Feeds", "Requester", "Tables"]
