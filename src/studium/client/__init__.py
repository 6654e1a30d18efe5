"""Studium from a script, a notebook or a laptop: tables, live feeds, commands and files of projects.

``async with Client(url, token) as studium:``, or ``with Client.connect_sync(url, token) as studium:`` where nothing is
asynchronous. It needs aiohttp, msgspec and the protocol's types, and nothing else of Studium.
"""

from studium.client.client import Client
from studium.client.feed import Feed, FeedEvent
from studium.client.sync import SyncClient, SyncFeed
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.files import RunAnswer

__all__ = ["Client", "ErrorCode", "Feed", "FeedEvent", "RunAnswer", "StudiumError", "SyncClient", "SyncFeed"]
