"""A stock y-websocket client from npm joins, edits, shows its cursor, loses the connection and comes back."""

import aiohttp

from clients.document_server import DocumentServer
from clients.stock import StockClient
from clients.ydoc import Client


async def test_a_stock_client_works_unchanged(server: DocumentServer, session: aiohttp.ClientSession) -> None:
    (server.home / "a.txt").write_text("héllo 😀\n")
    ada = await Client(session, server.url("a.txt")).connect()
    stock = await StockClient.start(server.url("").rstrip("/"), "a.txt")
    await stock.until_text("héllo 😀\n")

    # Positions of JavaScript count UTF-16 units, those of Python's library bytes; the texts must be the same.
    stock.do("insert", 8, "👩‍💻!")
    await ada.until_text("héllo 😀👩‍💻!\n")
    await ada.insert(len("héllo ".encode()), "ß")
    await stock.until_text("héllo ß😀👩‍💻!\n")

    stock.do("show", {"user": {"name": "Forged"}, "cursor": {"anchor": 1}})
    stock.do("ask")
    client_id = (await stock.until(lambda message: "clientId" in message))["clientId"]
    await ada.until(lambda: client_id in ada.presence and (ada.presence[client_id].state or {}).get("cursor"))
    state = ada.presence[client_id].state
    assert state is not None
    assert state["user"]["name"] == "Ada"
    await ada.show(1, {"cursor": {"anchor": 5}})
    await stock.until(lambda message: any("anchor" in str(state) for state in message.get("people", [])[1:]))

    stock.do("disconnect")
    await stock.until(lambda message: message.get("status") == "disconnected")
    await ada.until(lambda: ada.presence[client_id].state is None)
    stock.do("insert", 0, "offline ")
    await ada.append("online")
    seen = len(stock.messages)
    stock.do("connect")
    both = "offline héllo ß😀👩‍💻!\nonline"
    await stock.until_text(both, seen)
    await ada.until_text(both)
    await stock.end()


async def test_a_stock_client_survives_a_restart_of_the_server(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    stock = await StockClient.start(server.url("").rstrip("/"), "a.txt")
    stock.do("insert", 0, "typed once")
    await stock.until_text("typed once")
    ada = await Client(session, server.url("a.txt")).connect()
    await ada.until_text("typed once")
    await server.stop()
    stock.do("insert", 0, "and in between ")
    again = await DocumentServer(server.home, server.home.parent / "state").start(server.port)
    try:
        await ada.connect()
        await ada.until_text("and in between typed once")
        await ada.append("!")
        await stock.until_text("and in between typed once!")
    finally:
        await stock.end()
        await again.stop()
