"""Headers that what people are called, or wrote as their address, cannot forge."""

import datetime
import uuid
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studium.hub.mail.letter import Letter
from studium.hub.mail.message import MAX_SUBJECT_CHARACTERS, create_message, header_text, mail_address
from studium.protocol.errors import StudiumError

AT = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
SENDER = mail_address("studium@example.org")
HEADERS = {
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "auto-submitted",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
}


def made(subject: str, sender_name: str = "Studium", to: str = "ada@example.org", text: str = "Hello.\n") -> bytes:
    message = create_message(
        mail_id=uuid.UUID(int=7),
        sender=SENDER,
        sender_name=sender_name,
        to=mail_address(to),
        subject=subject,
        text=text,
        html=None,
        date=AT,
    )
    return message.as_bytes(policy=policy.SMTP)


@given(st.text(max_size=300), st.text(max_size=100))
def test_no_name_and_no_subject_adds_a_header(subject: str, name: str) -> None:
    read = message_from_bytes(made(subject, name), policy=policy.default)
    assert {header.lower() for header in read} <= HEADERS
    assert read["To"] == "ada@example.org"
    assert read["From"].addresses[0].addr_spec == "studium@example.org"
    assert read["Auto-Submitted"] == "auto-generated"


def test_line_breaks_become_spaces() -> None:
    forged = "Hello\r\nBcc: eve@example.org\r\n\r\nAnother body"
    read = message_from_bytes(made(forged, 'Eve" <eve@example.org>\nX: y'), policy=policy.default)
    assert read["Bcc"] is None
    assert read["Subject"] == "Hello Bcc: eve@example.org Another body"
    assert [one.addr_spec for one in read["From"].addresses] == ["studium@example.org"]


def test_the_same_message_has_the_same_id() -> None:
    read = message_from_bytes(made("Hello"), policy=policy.default)
    assert read["Message-ID"] == f"<{uuid.UUID(int=7)}@example.org>"
    assert read["Date"].datetime == AT


def test_headers_are_short_and_can_be_seen() -> None:
    assert header_text("a\u202eb\x00c\u200bd") == "ab cd"
    assert len(header_text("x" * 10_000)) == MAX_SUBJECT_CHARACTERS


@pytest.mark.parametrize(
    ("address", "sent_to"),
    [
        ("ada@example.org", "ada@example.org"),
        (" Ada@Example.org ", "Ada@example.org"),
        ("ada+x@bücher.example", "ada+x@xn--bcher-kva.example"),
        ("адá@example.org", "адá@example.org"),
        ("ａda@ｅxample.org", "ada@example.org"),
        ("o'neil@example.org", "o'neil@example.org"),
    ],
)
def test_addresses_that_mail_reaches(address: str, sent_to: str) -> None:
    assert mail_address(address).addr_spec == sent_to


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@example.org\r\nBcc: eve@example.org",
        "ada@example.org\n",
        "ada@exam ple.org",
        "ada,eve@example.org",
        "ada@example.org,eve",
        "ada@example.org>",
        "<ada@example.org>",
        "ada@example.org> SIZE=1",
        "ada(x)@example.org",
        "é <x>@example.org",
        "é,x@example.org",
        "ada@" + "x" * 64 + ".org",
        "x" * 65 + "@example.org",
        "ada@.org",
        "ada\x00@example.org",
        "ada\u200b@example.org",
    ],
)
def test_addresses_that_are_none(address: str) -> None:
    if address == "ada@example.org\n":
        assert mail_address(address).addr_spec == "ada@example.org"  # white space around it is no part of it
        return
    with pytest.raises(StudiumError) as wrong:
        mail_address(address)
    assert wrong.value.code == "invalid_value"
    assert "\n" not in wrong.value.message


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_an_error_with_a_sentence(address: str) -> None:
    try:
        made_of = mail_address(address).addr_spec
    except StudiumError:
        return
    assert made_of.isprintable()
    assert not set(made_of) & set(' <>,;:\r\n"()')
    assert to_alone(address)


def to_alone(address: str) -> bool:
    """Nobody else gets it."""
    parsed = message_from_bytes(made("Hello", to=address), policy=policy.SMTPUTF8)
    return len(parsed["To"].addresses) == 1


def test_what_people_are_called_is_no_markup_in_a_letter() -> None:
    letter = Letter("<i>", ("<script>alert(1)</script>",), 'https://x/"><img>', "<b>Go</b>")
    assert "<script>" not in letter.html
    assert "<img>" not in letter.html
    assert "<b>Go" not in letter.html
    assert "<script>alert(1)</script>" in letter.text
