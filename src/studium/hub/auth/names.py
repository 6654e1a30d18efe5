"""The one form of an e-mail address, and names as people have them."""

import unicodedata

from studium.protocol.errors import ErrorCode, StudiumError

MAX_EMAIL_CHARACTERS = 254
MAX_NAME_CHARACTERS = 200


def email_key(address: str) -> str:
    """The canonical form that is unique: NFKC, case folded. ``Ada@Example.org`` and ``ada@example.org`` are one.

    Raises ``invalid_value`` for what cannot be an address.
    """
    if len(address) > MAX_EMAIL_CHARACTERS:
        raise StudiumError(
            ErrorCode.INVALID_VALUE,
            f"The e-mail address is longer than {MAX_EMAIL_CHARACTERS} characters. Check it.",
            field="email_address",
        )
    key = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", address.strip()).casefold())
    local, at, domain = key.rpartition("@")
    if not (at and local and domain) or "@" in local or any(_unseen(character) for character in key):
        raise StudiumError(
            ErrorCode.INVALID_VALUE,
            "This is not an e-mail address. Write it like ada@example.org.",
            field="email_address",
        )
    return key


def split_name(name: str) -> tuple[str, str]:
    """First name and last name: what stands before and after the first white space. Raises ``invalid_value``."""
    if len(name) > MAX_NAME_CHARACTERS:
        raise StudiumError(
            ErrorCode.INVALID_VALUE,
            f"The name has {len(name)} characters; {MAX_NAME_CHARACTERS} are allowed. Choose a shorter one.",
            field="name",
        )
    words = unicodedata.normalize("NFC", name).split()
    if not words:
        raise StudiumError(ErrorCode.INVALID_VALUE, "The name is empty. Write how others should see you.", field="name")
    if any(unicodedata.category(character) in {"Cc", "Cs", "Co", "Cn"} for word in words for character in word):
        raise StudiumError(
            ErrorCode.INVALID_VALUE, "The name holds characters that cannot be shown. Type it anew.", field="name"
        )
    return words[0], " ".join(words[1:])


def _unseen(character: str) -> bool:
    """White space, control and format characters: what an eye does not see in an address."""
    return unicodedata.category(character)[0] in "CZ"
