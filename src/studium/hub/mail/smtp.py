"""One message handed to a mail server, and every way in which that can go wrong as a sentence."""

import asyncio
import base64
import contextlib
import ipaddress
import os
import ssl
from collections.abc import Iterator
from email.message import EmailMessage

import aiosmtplib

from studium.hub.mail.message import header_text
from studium.hub.mail.server import MailServer
from studium.protocol.mail import MailSecurity

STEP_SECONDS = 20.0
"""How long the server may take for one answer; a text longer, since it may be searched for what is unwanted."""

MESSAGE_SECONDS = 50.0
TOTAL_SECONDS = 90.0
"""How long one message may take in all: well below the lease of ``queue.sql``, after which another hub takes it."""

QUIT_SECONDS = 2.0
MAX_REASON_CHARACTERS = 500


class NotDelivered(Exception):
    """``reason`` is a sentence for an administrator. ``permanent``: another try of this message would end the same."""

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent


async def deliver(
    server: MailServer,
    message: EmailMessage,
    sender: str,
    recipient: str,
    our_name: str,
    total_seconds: float | None = None,
) -> str:
    """Hand the message over; what the server said when it took it. Raises ``NotDelivered``.

    ``our_name`` is the host by whose name we introduce ourselves; ``total_seconds`` is at most ``TOTAL_SECONDS``.
    """
    seconds = TOTAL_SECONDS if total_seconds is None else total_seconds
    # Reading the authorities takes milliseconds that belong to everybody else.
    context = await asyncio.to_thread(ssl.create_default_context)
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        local_hostname=_greeting_name(our_name),
        timeout=STEP_SECONDS,
        use_tls=server.security is MailSecurity.TLS,
        start_tls=False,
        tls_context=context,
    )
    try:
        try:
            async with asyncio.timeout(seconds):
                await _open(client, server)
                with _explained(server, "taking the message"):
                    _, reply = await client.send_message(
                        message, sender=sender, recipients=[recipient], timeout=MESSAGE_SECONDS
                    )
        except TimeoutError:
            raise NotDelivered(
                f"{_place(server)} did not take the message within {seconds:g} seconds. Look at its log."
            ) from None
        # The message is the server's now, whatever becomes of the farewell.
        with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
            await client.quit(timeout=QUIT_SECONDS)
    finally:
        client.close()
    return _without_secrets(server, reply)


async def _open(client: aiosmtplib.SMTP, server: MailServer) -> None:
    with _explained(server, "greeting"):
        await client.connect()
        await client.ehlo()
    if server.security is MailSecurity.STARTTLS:
        if not client.supports_extension("starttls"):
            raise NotDelivered(f"{_place(server)} does not offer STARTTLS. Choose TLS, or another port.")
        with _explained(server, "STARTTLS"):
            await client.starttls()
            await client.ehlo()
    if server.user:
        if not client.supported_auth_methods:
            raise NotDelivered(f"{_place(server)} offers no way to sign in that is known here. Leave the user empty.")
        with _explained(server, "signing in"):
            await client.login(server.user, server.password)


@contextlib.contextmanager
def _explained(server: MailServer, doing: str) -> Iterator[None]:
    """Turn what the library raises into ``NotDelivered``."""
    place = _place(server)
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise NotDelivered(
            f"The certificate of {place} is not trusted: {error.verify_message}. Give the server a certificate for "
            "this name, or add its authority to those of this machine."
        ) from None
    except ssl.SSLError as error:
        words = (error.reason or str(error)).replace("_", " ").lower()
        raise NotDelivered(
            f"{place} does not speak TLS as asked ({words}). Check the port, and the choice of STARTTLS or TLS."
        ) from None
    except aiosmtplib.SMTPRecipientsRefused as error:
        refused = error.recipients[0]
        raise NotDelivered(
            f"The mail server refuses this address: {_said(server, refused)}.", permanent=refused.code >= 500
        ) from None
    except aiosmtplib.SMTPSenderRefused as error:
        raise NotDelivered(
            f"The mail server refuses the sender {error.sender}: {_said(server, error)}. Change the sender's address."
        ) from None
    except aiosmtplib.SMTPDataError as error:
        raise NotDelivered(
            f"The mail server refuses the message: {_said(server, error)}.", permanent=error.code >= 500
        ) from None
    except aiosmtplib.SMTPAuthenticationError as error:
        raise NotDelivered(
            f"The mail server refuses the user and password: {_said(server, error)}. Check both."
        ) from None
    except aiosmtplib.SMTPNotSupported:
        raise NotDelivered(
            "The mail server takes no addresses with letters outside ASCII before the @. Another address is needed.",
            permanent=True,
        ) from None
    except aiosmtplib.SMTPResponseException as error:
        raise NotDelivered(f"{place} answered to {doing}: {_said(server, error)}.") from None
    except (aiosmtplib.SMTPTimeoutError, TimeoutError):
        raise NotDelivered(
            f"{place} did not answer within {STEP_SECONDS:g} seconds ({doing}). Check the host and the port, and "
            "that no firewall is between."
        ) from None
    except aiosmtplib.SMTPServerDisconnected:
        raise NotDelivered(
            f"{place} closed the connection ({doing}). Check the choice of STARTTLS or TLS, or try again."
        ) from None
    except (aiosmtplib.SMTPException, OSError) as error:
        if isinstance(error.__cause__, ssl.SSLError):
            with _explained(server, doing):
                raise error.__cause__ from None
        words = _without_secrets(server, _cause(error)).rstrip(".")
        raise NotDelivered(f"{place} cannot be reached ({doing}): {words}. Check the host and the port.") from None
    except ValueError as error:
        raise NotDelivered(
            f"This message cannot be sent: {_without_secrets(server, str(error))}.", permanent=True
        ) from None


def _cause(error: BaseException) -> str:
    """What the system says of a connection that could not be made, without what the sentence says already."""
    while error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, OSError) and "Connect call failed" in str(error):  # asyncio's summary for several addresses
        return "the connection was refused"
    return str(error)


def _greeting_name(host: str) -> str:
    """A host for EHLO: addresses stand in brackets (RFC 5321, 4.1.3)."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return f"[{host}]" if address.version == 4 else f"[IPv6:{host}]"


def _place(server: MailServer) -> str:
    return f"{server.host}:{server.port}"


def _said(server: MailServer, error: aiosmtplib.SMTPResponseException) -> str:
    return f"{error.code} {_without_secrets(server, error.message)}".rstrip(". ")


def _without_secrets(server: MailServer, text: str) -> str:
    """What a server said, on one line, of bounded length, and without our password, should it have repeated it."""
    if server.password:
        plain = server.password.encode()
        forms = [plain, base64.b64encode(plain), base64.b64encode(b"\0" + server.user.encode() + b"\0" + plain)]
        for form in forms:
            text = text.replace(form.decode(errors="replace"), "…")
    return header_text(text, MAX_REASON_CHARACTERS)
