"""What may be the name of a version. Pure."""

from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.history import MAX_VERSION_NAME

_LINE_SEPARATORS = "\u2028\u2029"
_DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # would turn the text around it


def clean_name(text: str) -> str:
    """The name without spaces around it. Raises ``invalid_value``."""
    name = text.strip()
    if len(name) > MAX_VERSION_NAME:
        message = f"This name has {len(name)} characters; a version's name has {MAX_VERSION_NAME} at most. Shorten it."
        raise StudiumError(ErrorCode.INVALID_VALUE, message, limit=MAX_VERSION_NAME)
    if not all(map(_may_be_in_a_name, name)):
        message = "A name is one line without control characters. Leave them out."
        raise StudiumError(ErrorCode.INVALID_VALUE, message)
    if not any(character.isprintable() for character in name):
        raise StudiumError(ErrorCode.INVALID_VALUE, "A name needs at least one character. Write what the version is.")
    return name


def _may_be_in_a_name(character: str) -> bool:
    number = ord(character)
    is_control = number < 32 or 127 <= number < 160 or 0xD800 <= number < 0xE000
    return not is_control and character not in _LINE_SEPARATORS and character not in _DIRECTIONS
