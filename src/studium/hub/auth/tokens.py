"""Secrets that open something: 256 random bits, shown once, stored as a hash."""

import hashlib
import secrets

SESSION_PREFIX = "studium_session_"
API_PREFIX = "studium_token_"
LINK_PREFIX = "studium_link_"
MAX_TOKEN_CHARACTERS = 128


def new_token(prefix: str) -> str:
    """A new secret. The prefix lets logs and scanners know one when they see it."""
    return prefix + secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is stored. One round is enough: nobody can guess 256 bits."""
    return hashlib.sha256(token[: MAX_TOKEN_CHARACTERS + 1].encode(errors="replace")).digest()
