"""One message over real SMTP: what arrives, and what an administrator is told when the other side misbehaves."""

import asyncio
import datetime
import ssl
import uuid
from email.message import EmailMessage
from pathlib import Path

import pytest
import trustme

from studium.hub.mail import Letter, MailServer, smtp
from studium.hub.mail.message import create_message, mail_address
from studium.hub.mail.smtp import NotDelivered, deliver
from studium.protocol.mail import MailSecurity
from support import mail

PASSWORD = "horse battery staple"
LETTER = Letter("Grüße", ("A paragraph with <b>marks</b> & ümlauts.",), "https://studium.example.org/x#y", "Open it")


def settings(server: mail.MailServer, security: MailSecurity = MailSecurity.NONE, **fields: str) -> MailServer:
    return MailServer("localhost", server.port, security, "studium@example.org", **fields).check()


def message(to: str = "ada@example.org", subject: str = LETTER.subject, sender_name: str = "Studium") -> EmailMessage:
    return create_message(
        mail_id=uuid.uuid4(),
        sender=mail_address("studium@example.org"),
        sender_name=sender_name,
        to=mail_address(to),
        subject=subject,
        text=LETTER.text,
        html=LETTER.html,
        date=datetime.datetime.now(datetime.UTC),
    )


async def send(server: MailServer, to: str = "ada@example.org") -> str:
    address = mail_address(to).addr_spec
    return await deliver(server, message(to), server.sender_address, address, "studium.example.org")


async def refusal(server: MailServer, to: str = "ada@example.org") -> NotDelivered:
    with pytest.raises(NotDelivered) as refused:
        await send(server, to)
    return refused.value


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def certified(authority: trustme.CA) -> ssl.SSLContext:
    """A server's side of TLS, whose certificate is for localhost, by an authority that nobody knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine knows the authority."""
    authority.cert_pem.write_to_path(str(tmp_path / "authorities.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authorities.pem"))


async def test_a_message_arrives_as_it_was_meant() -> None:
    async with mail.mail_server() as server:
        assert await send(settings(server)) == "2.0.0 queued as 1"
        (received,) = server.received
    got = received.message
    assert (received.sender, received.to) == ("studium@example.org", "ada@example.org")
    assert (got["Subject"], got["From"], got["To"]) == ("Grüße", "Studium <studium@example.org>", "ada@example.org")
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["Date"].datetime is not None
    assert got["Message-ID"].endswith("@example.org>")
    assert received.text.splitlines() == LETTER.text.splitlines()
    assert "https://studium.example.org/x#y" in received.text
    html = got.get_body(("html",))
    assert html is not None
    assert "&lt;b&gt;marks&lt;/b&gt; &amp; ümlauts" in html.get_content()


async def test_starttls_and_tls_with_a_certificate_that_is_trusted(certified: ssl.SSLContext, trusted: None) -> None:
    users = {"studium": PASSWORD}
    async with mail.mail_server(mail.MailServer(starttls=certified, users=users)) as server:
        await send(settings(server, MailSecurity.STARTTLS, user="studium", password=PASSWORD))
        assert (server.received[0].encrypted, server.received[0].user) == (True, "studium")
    async with mail.mail_server(mail.MailServer(tls=certified, users=users)) as server:
        await send(settings(server, MailSecurity.TLS, user="studium", password=PASSWORD))
        assert (server.received[0].encrypted, server.received[0].user) == (True, "studium")


async def test_a_certificate_that_is_not_trusted_gets_no_password(certified: ssl.SSLContext) -> None:
    for server_settings, security in (
        (mail.MailServer(starttls=certified), MailSecurity.STARTTLS),
        (mail.MailServer(tls=certified), MailSecurity.TLS),
    ):
        async with mail.mail_server(server_settings) as server:
            refused = await refusal(settings(server, security, user="studium", password=PASSWORD))
            assert "certificate" in refused.reason
            assert "not trusted" in refused.reason
            assert (refused.permanent, server.received) == (False, [])


async def test_a_server_that_was_stripped_of_starttls_gets_nothing() -> None:
    async with mail.mail_server(mail.MailServer(users={"studium": PASSWORD})) as server:
        refused = await refusal(settings(server, MailSecurity.STARTTLS, user="studium", password=PASSWORD))
        assert "does not offer STARTTLS" in refused.reason
        refused = await refusal(settings(server, MailSecurity.TLS))
        assert "TLS" in refused.reason
        assert server.received == []


REFUSALS = [
    ({"RCPT": "550 5.1.1 no such user"}, "550 5.1.1 no such user", True),
    ({"RCPT": "450 4.2.0 greylisted, come back"}, "450 4.2.0 greylisted", False),
    ({"MAIL": "553 5.1.8 sender unknown"}, "Change the sender's address", False),
    ({"TEXT": "554 5.7.1 looks like spam"}, "554 5.7.1 looks like spam", True),
    ({"TEXT": "452 4.3.1 disk full"}, "452 4.3.1 disk full", False),
    ({"DATA": "421 4.7.0 too many messages"}, "421", False),
    ({"GREETING": "554 5.3.2 go away"}, "554 5.3.2 go away", False),
    ({"AUTH": f"535 5.7.8 {PASSWORD} is wrong"}, "535 5.7.8 … is wrong", False),
]


@pytest.mark.parametrize(("answers", "words", "permanent"), REFUSALS)
async def test_what_the_server_says_reaches_the_administrator(
    answers: dict[str, str], words: str, permanent: bool
) -> None:
    users = {"studium": "another"} if "AUTH" in answers else {}
    async with mail.mail_server(mail.MailServer(answers=answers, users=users)) as server:
        own = settings(server, user="studium", password=PASSWORD) if users else settings(server)
        refused = await refusal(own)
    assert words in refused.reason
    assert PASSWORD not in refused.reason
    assert refused.permanent is permanent


@pytest.mark.parametrize("command", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "TEXT"])
async def test_a_server_that_hangs_or_drops_the_line(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "STEP_SECONDS", 0.3)
    monkeypatch.setattr(smtp, "MESSAGE_SECONDS", 0.3)
    async with mail.mail_server(mail.MailServer(silent=command)) as server:
        refused = await refusal(settings(server))
        assert "did not answer within" in refused.reason
        assert not refused.permanent
    async with mail.mail_server(mail.MailServer(dropping=command)) as server:
        refused = await refusal(settings(server))
        assert str(server.port) in refused.reason
        assert not refused.permanent


@pytest.mark.parametrize("command", ["GREETING", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "TEXT"])
@pytest.mark.parametrize(
    "garbage",
    [
        "hello",
        "",
        "2",
        "250",
        "-1 no",
        "999 \u202etxet",
        "250-\r\n250-again\r\nHTTP/1.1 200 OK",
        "250 " + "x" * 100_000,
    ],
    ids=["words", "nothing", "short", "bare", "negative", "unknown", "lines", "long"],
)
async def test_a_server_that_speaks_no_smtp(command: str, garbage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever comes, the message is taken or there is one sentence of bounded length."""
    monkeypatch.setattr(smtp, "STEP_SECONDS", 0.3)
    monkeypatch.setattr(smtp, "MESSAGE_SECONDS", 0.3)
    async with mail.mail_server(mail.MailServer(answers={command: garbage}, users={"studium": PASSWORD})) as server:
        try:
            said = await send(settings(server, user="studium", password=PASSWORD))
        except NotDelivered as refused:
            said = refused.reason
    assert said.isprintable()
    assert len(said) < 1000
    assert PASSWORD not in said


async def test_the_time_for_a_whole_message_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "TOTAL_SECONDS", 0.3)
    async with mail.mail_server(mail.MailServer(silent="RCPT")) as server:
        assert "did not take the message within" in (await refusal(settings(server))).reason


async def test_a_silent_farewell_does_not_unsend_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "QUIT_SECONDS", 0.2)
    for bad in (mail.MailServer(silent="QUIT"), mail.MailServer(dropping="QUIT")):
        async with mail.mail_server(bad) as server:
            assert await send(settings(server)) == "2.0.0 queued as 1"


async def test_nobody_there() -> None:
    async with mail.mail_server() as server:
        gone = settings(server)
    assert f"localhost:{gone.port} cannot be reached (greeting)" in (await refusal(gone)).reason
    assert "refused" in (await refusal(gone)).reason


async def test_addresses_of_the_world() -> None:
    async with mail.mail_server(mail.MailServer(utf8=True)) as server:
        await send(settings(server), "ada@bücher.example")
        await send(settings(server), "адá@example.org")
        assert [one.to for one in server.received] == ["ada@xn--bcher-kva.example", "адá@example.org"]
        assert "адá@example.org" in str(server.received[1].message["To"])
    async with mail.mail_server() as server:
        refused = await refusal(settings(server), "адá@example.org")
        assert "outside ASCII" in refused.reason
        assert refused.permanent


async def test_many_at_once_do_not_mix() -> None:
    async with mail.mail_server() as server:
        await asyncio.gather(*(send(settings(server), f"p{n}@example.org") for n in range(20)))
        assert sorted(one.to for one in server.received) == sorted(str(one.message["To"]) for one in server.received)
