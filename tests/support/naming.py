"""Naming versions over HTTP, for tests."""

from typing import Any

import msgspec

from studium.protocol.errors import ErrorAnswer, ErrorBody
from studium.protocol.history import NamedVersions, NamingAct
from studium.protocol.session import Role
from support.project import RunningProject


async def do(project: RunningProject, act: NamingAct, role: Role = Role.OWNER) -> NamedVersions | ErrorBody:
    """Post an act."""
    url, headers = project.url("named-versions"), project.headers(role)
    async with project.client.post(url, data=msgspec.json.encode(act), headers=headers) as answer:
        body = await answer.read()
        if answer.status >= 400:
            return msgspec.json.decode(body, type=ErrorAnswer).error
        return msgspec.json.decode(body, type=NamedVersions)


async def done(project: RunningProject, act: NamingAct) -> NamedVersions:
    """Post an act that must be done."""
    answer = await do(project, act)
    assert isinstance(answer, NamedVersions), answer
    return answer


async def named(project: RunningProject, path: str, **query: Any) -> NamedVersions:
    """The named versions of a document."""
    async with project.client.get(project.url(f"history/{path}"), params={"versions": "named", **query}) as answer:
        assert answer.status == 200, await answer.text()
        return msgspec.json.decode(await answer.read(), type=NamedVersions)


def names(told: NamedVersions) -> list[tuple[int, str]]:
    """Versions and their names, as they are listed."""
    return [(each.version, each.name) for each in told.named_versions]
