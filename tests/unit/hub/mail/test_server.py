"""Mail servers as they are given, and what is refused."""

import pytest

from studium.hub.mail.server import MailServer, parse_mail_server
from studium.protocol.errors import StudiumError
from studium.protocol.mail import MailSecurity

SENDER = "Studium <studium@example.org>"


def test_addresses_of_servers() -> None:
    server = parse_mail_server("smtp://studium%40example.org:p%3Aw@mail.example.org", SENDER)
    assert (server.host, server.port, server.security) == ("mail.example.org", 587, MailSecurity.STARTTLS)
    assert (server.user, server.password) == ("studium@example.org", "p:w")
    assert (server.sender_address, server.sender_name) == ("studium@example.org", "Studium")
    odd = "smtp://u:%40%3A%2F%3F%23%25@mail.example.org"
    assert parse_mail_server(odd, SENDER).password == "@:/?#%"
    assert parse_mail_server("smtps://mail.example.org", SENDER).port == 465
    plain = parse_mail_server("smtp+plain://localhost:2525", "studium@example.org")
    assert (plain.port, plain.security, plain.user) == (2525, MailSecurity.NONE, "")


@pytest.mark.parametrize(
    ("address", "sender"),
    [
        ("imap://mail.example.org", SENDER),
        ("smtp://", SENDER),
        ("smtp://mail.example.org:99999", SENDER),
        ("smtp://studium:hid#den@mail.example.org", SENDER),
        ("smtp://studium:hidden/@mail.example.org", SENDER),
        ("smtp://mail.example.org", ""),
        ("smtp://mail.example.org", "nobody"),
        ("smtp+plain://studium:hidden@mail.example.org", SENDER),
    ],
)
def test_what_is_wrong_is_said_without_the_password(address: str, sender: str) -> None:
    with pytest.raises(StudiumError) as wrong:
        parse_mail_server(address, sender)
    assert "hidden" not in wrong.value.message


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("host", ""),
        ("host", "mail example.org"),
        ("host", "mail.example.org\r\nX"),
        ("port", 0),
        ("port", 65536),
        ("user", "a\nb"),
        ("password", "x" * 501),
        ("sender_name", "a\r\nBcc: b"),
        ("sender_address", "a@b@c"),
    ],
)
def test_each_field_is_named(field: str, value: object) -> None:
    fields = {"host": "mail.example.org", "port": 587, "security": MailSecurity.TLS, "sender_address": "a@example.org"}
    with pytest.raises(StudiumError) as wrong:
        MailServer(**{**fields, field: value}).check()  # type: ignore[arg-type]
    assert wrong.value.data["field"] == field


def test_a_password_is_in_no_repr() -> None:
    assert "hidden" not in repr(parse_mail_server("smtp://u:hidden@mail.example.org", SENDER))
