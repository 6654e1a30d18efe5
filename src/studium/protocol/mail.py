"""Mail as the administrator sets it, and what people do with their address and a forgotten password."""

from enum import StrEnum

import msgspec


class MailSecurity(StrEnum):
    """How the connection to the mail server is protected: after STARTTLS, by TLS from its first byte, or not at all."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class MailState(StrEnum):
    """Of a message: it waits for a (further) try, the mail server has taken it, or it was given up."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class MailSettings(msgspec.Struct, frozen=True):
    """The answer of ``GET`` and ``PUT /api/mail`` (administrators). ``fixed``: the settings file or the environment of
    the server says so, and the page cannot change it. The password is never told, only whether there is one."""

    configured: bool
    fixed: bool
    host: str = ""
    port: int = 587
    security: MailSecurity = MailSecurity.STARTTLS
    user: str = ""
    has_password: bool = False
    sender_address: str = ""
    sender_name: str = ""


class SetMail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``PUT /api/mail`` (administrators). A ``password`` of null keeps the one that is there, for the same server and
    user alone. ``DELETE /api/mail`` removes it all."""

    host: str
    port: int
    security: MailSecurity
    sender_address: str
    user: str = ""
    password: str | None = None
    sender_name: str = ""


class MailTested(msgspec.Struct, frozen=True):
    """The answer of ``POST /api/mail/test``: the mail server took a message for the administrator, and said this."""

    to: str
    reply: str


class AskPasswordReset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /api/password-resets``: send a link to this address if it has an account. The answer does not say."""

    email_address: str


class ResetPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /api/password-resets/use``: a new password by the token of a link. The answer is ``SessionInfo``."""

    token: str
    password: str


class NewPasswordLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /api/password-links`` (administrators): a link by which this account gets a new password."""

    email_address: str


class PasswordLink(msgspec.Struct, frozen=True):
    """The answer: ``link`` is shown once and works once. Its token is in the fragment, which browsers do not send."""

    link: str
    expires_at: str


class ChangeEmail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /api/email``: another address for one's account."""

    email_address: str
    current_password: str


class EmailChange(msgspec.Struct, frozen=True):
    """The answer. ``pending``: a link was sent to the new address, and opening it makes the change."""

    email_address: str
    pending: bool


class ConfirmEmail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /api/email/confirm``: use the token of a link that was sent to an address."""

    token: str


class EmailConfirmed(msgspec.Struct, frozen=True):
    """The answer: the address that is confirmed. ``changed``: from now on one signs in with it."""

    email_address: str
    changed: bool
