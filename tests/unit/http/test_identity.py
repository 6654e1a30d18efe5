"""Identities that a hub signs and a project server believes."""

import base64
import time
from uuid import UUID

import msgspec
import pytest

from studium.http.identity import SKEW_SECONDS, VALID_SECONDS, sign, verify
from studium.protocol.errors import StudiumError
from studium.protocol.ids import AccountId, ProjectId
from studium.protocol.session import Identity, Role

PROJECT = ProjectId(UUID(int=1))
ADA = Identity(AccountId(UUID(int=2)), "Ada Lövelace", 3, Role.VIEWER, PROJECT, 1060)


def test_what_was_signed_is_read_back() -> None:
    assert verify(sign(ADA, "secret"), "secret", PROJECT, now=1000) == ADA


@pytest.mark.parametrize("now", [1060, 5000, 1060 - VALID_SECONDS - SKEW_SECONDS - 1])
def test_too_late_or_valid_for_too_long_is_refused(now: float) -> None:
    with pytest.raises(StudiumError):
        verify(sign(ADA, "secret"), "secret", PROJECT, now=now)


def test_another_secret_project_or_role_is_refused() -> None:
    signed = sign(ADA, "secret")
    payload, _, mac = signed.partition(".")
    owner = base64.urlsafe_b64encode(msgspec.json.encode(msgspec.structs.replace(ADA, role=Role.OWNER))).decode()
    for value, secret, project in (
        (signed, "other", PROJECT),
        (signed, "secret", ProjectId(UUID(int=9))),
        (f"{owner}.{mac}", "secret", PROJECT),
        (f"{payload}.", "secret", PROJECT),
        (f"{payload}.é", "secret", PROJECT),
        (mac, "secret", PROJECT),
        ("", "secret", PROJECT),
        (None, "secret", PROJECT),
        ("x" * 100_000, "secret", PROJECT),
    ):
        with pytest.raises(StudiumError) as refused:
            verify(value, secret, project, now=1000)
        assert refused.value.code == "not_permitted"


def test_a_validly_signed_nonsense_is_refused() -> None:
    import hashlib
    import hmac

    for payload in ("!!!", base64.urlsafe_b64encode(b"{}").decode()):
        mac = hmac.new(b"secret", payload.encode(), hashlib.sha256).hexdigest()
        with pytest.raises(StudiumError):
            verify(f"{payload}.{mac}", "secret", PROJECT, now=time.time())
