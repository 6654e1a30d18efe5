"""The mail server that takes our messages: where it is, how it is spoken to, and in whose name we write."""

import ipaddress
import unicodedata
from dataclasses import dataclass, field
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

from studium.hub.mail.message import mail_address
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.mail import MailSecurity

MAX_TEXT_CHARACTERS = 500
SCHEMES = {
    "smtp": (MailSecurity.STARTTLS, 587),
    "smtps": (MailSecurity.TLS, 465),
    "smtp+plain": (MailSecurity.NONE, 25),
}
"""The schemes of an address, with the port that each has when none is given."""


@dataclass(frozen=True)
class MailServer:
    """Where messages go. ``check`` it before use."""

    host: str
    port: int
    security: MailSecurity
    sender_address: str
    sender_name: str = ""
    user: str = ""
    password: str = field(default="", repr=False)

    def check(self) -> "MailServer":
        """Itself. Raises ``invalid_value``, whose ``field`` names what is wrong."""
        if not self.host or any(character.isspace() or character in "/@" for character in self.host):
            raise _invalid("host", "Write the name of the mail server, such as mail.example.org.")
        if not 1 <= self.port <= 65535:
            raise _invalid("port", "The port is a number from 1 to 65535; mail servers mostly use 587.")
        for name in ("host", "user", "password", "sender_name"):
            text: str = getattr(self, name)
            if len(text) > MAX_TEXT_CHARACTERS:
                raise _invalid(name, f"This is longer than {MAX_TEXT_CHARACTERS} characters. Write a shorter one.")
            if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
                raise _invalid(name, "This holds characters that cannot be seen, such as a line break. Type it anew.")
        if self.user and self.security is MailSecurity.NONE and not self._is_loopback():
            raise _invalid(
                "security",
                "Without STARTTLS or TLS anybody on the way could read the password. Choose one of them, or leave the "
                "user empty.",
            )
        mail_address(self.sender_address, "sender_address")
        return self

    def same_place(self, other: "MailServer") -> bool:
        """Would the password of ``other`` go to the same server, as the same user, as well protected?"""
        return (self.host, self.port, self.security, self.user) == (other.host, other.port, other.security, other.user)

    def _is_loopback(self) -> bool:
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse_mail_server(address: str, sender: str) -> MailServer:
    """From ``smtp://user:password@host:port`` and ``Name <address>``. Raises ``invalid_value``, without a secret."""
    scheme, _, rest = address.partition("://")
    if scheme not in SCHEMES:
        raise _invalid("mail", f"A mail server begins with one of {', '.join(f'{s}://' for s in SCHEMES)}.")
    security, port = SCHEMES[scheme]
    try:
        parts = urlsplit(f"//{rest}")
        port = parts.port or port
    except ValueError:
        raise _unreadable() from None
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise _unreadable()
    name, sender_address = parseaddr(sender)
    return MailServer(
        host=parts.hostname or "",
        port=port,
        security=security,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        sender_address=sender_address,
        sender_name=name,
    ).check()


def _unreadable() -> StudiumError:
    return _invalid(
        "mail",
        "This address of a mail server cannot be read. In a user or password, write @ : / ? # and % as %40 %3A %2F %3F "
        "%23 and %25.",
    )


def _invalid(field: str, sentence: str) -> StudiumError:
    return StudiumError(ErrorCode.INVALID_VALUE, sentence, field=field)
