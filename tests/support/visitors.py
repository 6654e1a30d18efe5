"""People and scripts that visit a real ``studium serve`` with a token: tables, files, documents."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec
from yarl import URL

from clients.ydoc import Client
from studium.protocol.errors import ErrorAnswer, ErrorBody, close_code, http_status
from support.serving import admin

PASSWORD = "correct horse battery"


@dataclass
class Visitor:
    """Somebody with an account and a token."""

    url: str
    email: str
    account_id: str
    session: aiohttp.ClientSession
    clients: list[Client] = field(default_factory=list)

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """A request to an address as it is written here, dots and percent signs included; its status and its JSON."""
        address = URL(self.url + path, encoded=True)
        if isinstance(data := options.get("data"), bytes):
            options["data"] = io.BytesIO(data)
        async with self.session.request(method, address, **options) as answer:
            body = await answer.read()
            return answer.status, json.loads(body) if "json" in answer.content_type else body

    async def error(self, method: str, path: str, **options: Any) -> ErrorBody:
        """The error of a request that must fail, with the status that its code stands for."""
        status, body = await self.call(method, path, **options)
        assert status >= 400, body
        error = msgspec.convert(body, ErrorAnswer).error
        assert status == http_status(error.code), error
        return error

    async def query(self, query: Any, *options: dict[str, Any]) -> Any:
        """What a query answers."""
        status, body = await self.call("POST", "/api/query", json={"query": query, "options": list(options)})
        assert status == 200, body
        return body["result"]

    async def refused(self, query: Any, *options: dict[str, Any]) -> ErrorBody:
        """The error of a query that must fail."""
        return await self.error("POST", "/api/query", json={"query": query, "options": list(options)})

    async def new_project(self, title: str = "Linear algebra") -> str:
        """Make a project and wait until it runs."""
        made = await self.query({"projects": {"title": title}})
        project_id = str(made["projects"]["project_id"])
        state = await self.act(project_id, "start", "running")
        assert state["status"] == "running", state
        return project_id

    async def act(self, project_id: str, action: str, until: str) -> Any:
        """Wish for ``action`` and follow the row until the project is ``until``, or has failed; its state."""
        async with asyncio.timeout(30), self.session.ws_connect(f"{self.url}/api/tables") as tables:
            row = {"projects": [{"project_id": project_id, "state": None}]}
            await tables.send_json({"id": 1, "query": row, "changes": True})
            await tables.receive_json()
            wish = {"projects": {"project_id": project_id, "action_request": {"action": action}}}
            await tables.send_json({"id": 2, "query": wish})
            while True:
                message = await tables.receive_json()
                if message["id"] == 1 and message["new"]["state"]["status"] in (until, "failed"):
                    return message["new"]["state"]

    async def share(self, project_id: str, other: "Visitor", role: str) -> None:
        """Add somebody, or change their role."""
        row = {"project_id": project_id, "account_id": other.account_id, "role": role}
        await self.query({"collaborators": row})

    async def run(self, project_id: str, command: str) -> str:
        """What a shell command in the project printed."""
        status, body = await self.call("POST", f"/projects/{project_id}/run", json={"command": command})
        assert status == 200, body
        assert body["exit_code"] == 0, body
        return str(body["stdout"])

    def client(self, project_id: str, path: str) -> Client:
        """A document client that is not connected yet."""
        made = Client(self.session, f"{self.url}/projects/{project_id}/documents/{quote(path)}")
        self.clients.append(made)
        return made

    async def open(self, project_id: str, path: str) -> Client:
        """A connected document client."""
        client = await self.client(project_id, path).connect()
        assert client.synced, client.controls
        return client


def assert_closed(client: Client) -> ErrorBody:
    """The error with which a document was refused; its close code fits."""
    error = next(control.error for control in client.controls if hasattr(control, "error"))
    assert client.close_code == close_code(error.code)
    return msgspec.convert(msgspec.to_builtins(error), ErrorBody)


def add_account(data: Path, email: str, *flags: str) -> str:
    """A new account; its token."""
    password = data.parent / "visitors-password"
    password.write_text(PASSWORD)
    admin(data, "account", "add", email, "--name", "Ada Lovelace", "--password-file", str(password), *flags)
    return admin(data, "token", "add", email)


@asynccontextmanager
async def visitor(url: str, email: str, token: str) -> AsyncIterator[Visitor]:
    """Somebody who visits with a token."""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        async with session.get(f"{url}/api/session") as answer:
            account = (await answer.json())["account"]
        made = Visitor(url, email, account["account_id"], session)
        yield made
        for client in made.clients:
            await client.disconnect()
