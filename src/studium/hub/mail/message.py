"""From words to a message as it travels: headers that cannot be forged by what people are called."""

import datetime
import re
import unicodedata
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import UUID

from studium.protocol.errors import ErrorCode, StudiumError

MAX_SUBJECT_CHARACTERS = 200
MAX_LOCAL_BYTES = 64  # RFC 5321, 4.5.3.1.1
MAX_DOMAIN_CHARACTERS = 253

# Stricter than the standard, which knows quotes, comments and routes: what nobody has for an address is refused.
_ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\x80-\U0010ffff-]+"
_LOCAL = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")


def mail_address(address: str, field: str = "email_address") -> Address:
    """An address as mail servers know it: one Unicode form, the domain in its ASCII form.

    Raises ``invalid_value``: ``field`` is what the error names.
    """
    text = unicodedata.normalize("NFKC", address.strip())
    local, _, domain = text.rpartition("@")
    wrong = StudiumError(
        ErrorCode.INVALID_VALUE,
        f"No mail can be sent to {_shown(address)!r}. Write an address like ada@example.org."
        if field == "email_address"
        else "This is not an e-mail address. Write it like studium@example.org.",
        field=field,
    )
    if len(local.encode(errors="replace")) > MAX_LOCAL_BYTES or not _LOCAL.fullmatch(local):
        raise wrong
    if any(unicodedata.category(character)[0] in "CZ" for character in local):
        raise wrong
    try:
        ascii_domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise wrong from None
    if len(ascii_domain) > MAX_DOMAIN_CHARACTERS or not _DOMAIN.fullmatch(ascii_domain):
        raise wrong
    return Address(username=local, domain=ascii_domain)


def header_text(text: str, limit: int = MAX_SUBJECT_CHARACTERS) -> str:
    """Text for a header: one line, without what cannot be seen, of a length that a list of messages can show."""
    seen = ("" if unicodedata.category(each) in {"Cf", "Cs", "Cn", "Co"} else each for each in text)
    one_line = " ".join("".join(each if each.isprintable() else " " for each in seen).split())
    return one_line if len(one_line) <= limit else one_line[: limit - 1] + "…"


def create_message(
    *,
    mail_id: UUID,
    sender: Address,
    sender_name: str,
    to: Address,
    subject: str,
    text: str,
    html: str | None,
    date: datetime.datetime,
) -> EmailMessage:
    """The message. Its ``Message-ID`` is made from ``mail_id``: a second copy of it is known as one."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = Address(header_text(sender_name), sender.username, sender.domain)
    message["To"] = to
    message["Subject"] = header_text(subject)
    message["Date"] = format_datetime(date.astimezone(datetime.UTC))
    message["Message-ID"] = f"<{mail_id}@{sender.domain}>"
    # Nobody is away from a machine: no answer of a machine to it (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message


def _shown(address: str) -> str:
    return header_text(address, 254)
