"""Signing and checking who a forwarded request is from (``protocol.session.Identity``).

``BASE64URL(json).HEX(hmac-sha256)`` under the project's secret. The project server trusts this header and nothing else.
"""

import base64
import binascii
import hashlib
import hmac
import time
from uuid import UUID

import msgspec

from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId, ProjectId
from studium.protocol.session import Identity, Role

HEADER = "X-Studium-Identity"
VALID_SECONDS = 60
"""How long a signed identity is good; a socket that was opened with it stays open."""

SKEW_SECONDS = 300
"""An identity that claims to be valid for longer than this was not made by a hub of ours."""

HUB = AccountId(UUID(int=0))
"""In the place of an account: the hub itself asks, on nobody's behalf. What a hub forwards never bears it."""

_MAX_HEADER_CHARACTERS = 4096


def hub_identity(project_id: ProjectId) -> Identity:
    """Who a request of the hub itself is from."""
    return Identity(HUB, "hub", 0, Role.OWNER, project_id, int(time.time()) + VALID_SECONDS)


def sign(identity: Identity, secret: str) -> str:
    """The header's value."""
    payload = base64.urlsafe_b64encode(msgspec.json.encode(identity)).decode()
    return f"{payload}.{_mac(payload, secret)}"


def verify(value: str | None, secret: str, project_id: ProjectId, now: float | None = None) -> Identity:
    """The identity in a header's value; ``now`` is Unix time in seconds, the clock's by default.

    Raises ``StudiumError`` (``not_permitted``) with one sentence for every fault, so that nothing can be probed.
    """
    refused = StudiumError(
        ErrorCode.NOT_PERMITTED,
        "This request does not come through the hub, or came too late. Open the project in Studium again.",
    )
    if not value or len(value) > _MAX_HEADER_CHARACTERS or not value.isascii():
        raise refused
    payload, _, mac = value.rpartition(".")
    if not hmac.compare_digest(mac, _mac(payload, secret)):
        raise refused
    try:
        identity = msgspec.json.decode(base64.urlsafe_b64decode(payload), type=Identity)
    except (msgspec.DecodeError, binascii.Error, ValueError):
        raise refused from None
    left_seconds = identity.expires - (time.time() if now is None else now)
    if identity.project_id != project_id or not 0 < left_seconds <= VALID_SECONDS + SKEW_SECONDS:
        raise refused
    return identity


def _mac(payload: str, secret: str) -> str:
    return hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
