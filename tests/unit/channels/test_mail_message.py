"""Mails read from the forms of Inbound Parse: real captured ones, both modes, encodings, machines, threads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from channels.mail.form import MailForm, read_form
from channels.mail.message import InboundMail, read_mail
from channels.mail.reply import fresh_text
from closer.kit.errors import CloserError

DATA = Path(__file__).parents[2] / "data"
TYPE = "multipart/form-data; boundary=xYzZY"


def sample(name: str) -> InboundMail:
    body = (DATA / "sendgrid" / name).read_bytes()
    if name.endswith(".txt"):
        body = body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return read_mail(read_form(body, TYPE))


def mail(headers: str = "", **fields: str) -> InboundMail:
    plain = {
        "from": "Anna <anna@example.org>",
        "to": "help@shop.example",
        "text": "hello",
        "subject": "Hi",
    }
    return read_mail(MailForm({**plain, **fields, "headers": headers}))


def test_parsed_mode() -> None:
    read = sample("default_data.txt")
    assert (read.sender, read.subject) == ("test@example.com", "Testing non-raw")
    assert (read.text, read.automatic) == ("Hello Twilio SendGrid!", None)


def test_raw_mode() -> None:
    read = sample("raw_data.txt")
    assert (read.sender, read.text) == ("test@example.com", "Hello Twilio SendGrid!")


def test_raw_mode_with_an_attachment() -> None:
    [file] = sample("raw_data_with_attachments.txt").files
    assert (file.name, file.content_type) == ("SendGrid.jpg", "image/jpeg")
    assert file.content.startswith(b"\xff\xd8\xff")
    assert len(file.content) > 10_000


def test_each_field_has_its_own_encoding() -> None:
    read = sample("charsets_captured_2020.bin")
    assert read.subject == "Como usted pidió"
    assert read.sender_name == "Opérateur de test"
    assert read.text == "Test the ESP’s inbound charset handling…"


@pytest.mark.parametrize("charset", ["no-such-charset", "utf-8", "ascii", "hex", "undefined", ""])
def test_a_wrong_encoding_loses_nothing(charset: str) -> None:
    text = "Größe 44, bitte".encode("cp1252")
    body = (
        b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n'
        + text
        + b'\r\n--b\r\nContent-Disposition: form-data; name="from"\r\n\r\na@b.example'
        + b'\r\n--b\r\nContent-Disposition: form-data; name="charsets"\r\n\r\n'
        + json.dumps({"text": charset}).encode()
        + b"\r\n--b--\r\n"
    )
    assert read_mail(read_form(body, "multipart/form-data; boundary=b")).text == "Größe 44, bitte"


def test_files_of_parsed_mode_are_kept_byte_by_byte() -> None:
    content = bytes(range(256)) + b"\r\n\n\r\x00"
    body = (
        b'--b\r\nContent-Disposition: form-data; name="attachment1"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
        + content
        + b"\r\n--b--\r\n"
    )
    [file] = read_form(body, "multipart/form-data; boundary=b").files
    assert (file.name, file.content_type, file.content) == ("a.png", "image/png", content)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", TYPE),
        (b"a=b", "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b'--xYzZY\r\nContent-Disposition: form-data; name="text"\r\n\r\nhalf a ma', TYPE),
        (b"--xYzZY--", "multipart/form-data"),
        (b"--xYzZY\r\n\r\nnameless\r\n--xYzZY--", TYPE),
        (b"--xYzZY--", "multipart/form-data; boundary=\r\nX: y"),
        (b'--xYzZY\r\nContent-Disposition: form-data; name="colour"\r\n\r\nred\r\n--xYzZY--', TYPE),
    ],
)
def test_what_is_no_mail_is_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(CloserError):
        read_mail(read_form(body, content_type))


@pytest.mark.parametrize(
    "sender", ["", "nobody", "Anna <>", "<script>@x", "a@b", "a b@example.org>"]
)
def test_a_sender_is_an_address(sender: str) -> None:
    with pytest.raises(CloserError):
        mail(**{"from": sender})


@pytest.mark.parametrize(
    ("headers", "fields", "reason"),
    [
        ("Auto-Submitted: auto-replied\n", {}, "auto-submitted"),
        ("Auto-Submitted: auto-generated; x=y\n", {}, "auto-submitted"),
        ("Precedence: bulk\n", {}, "bulk"),
        ("List-Id: <riders.example.org>\n", {}, "list"),
        ("X-Autoreply: yes\n", {}, "auto-reply"),
        ("Content-Type: multipart/report; report-type=delivery-status; boundary=x\n", {}, "bounce"),
        ("", {"envelope": '{"to":["help@shop.example"],"from":""}'}, "bounce"),
        ("", {"from": "Mail Delivery System <MAILER-DAEMON@mx.example.org>"}, "machine"),
        ("", {"from": "no-reply@bank.example"}, "machine"),
        ("", {"subject": "Automatic reply: Your order"}, "absent"),
        ("", {"subject": "Out of office: Re: Your order"}, "absent"),
        ("", {"subject": "Undeliverable: Your order"}, "absent"),
        ("", {"subject": "Abwesenheitsnotiz"}, "absent"),
        ("Auto-Submitted: no\n", {}, None),
        ("", {"subject": "My office chair is out of stock"}, None),
        ("", {"from": "bouncer@club.example"}, None),
    ],
)
def test_machines_are_told_from_people(
    headers: str, fields: dict[str, str], reason: str | None
) -> None:
    assert mail(headers, **fields).automatic == reason


def test_a_thread_is_known_by_its_ids() -> None:
    read = mail("Message-ID: <b@x>\nIn-Reply-To: <a@x>\nReferences: <o@x>\n <a@x>\n")
    assert (read.message_id, read.references) == ("<b@x>", ("<o@x>", "<a@x>"))


def test_a_mail_without_id_has_one_by_its_content() -> None:
    assert mail().message_id == mail().message_id != mail(text="other").message_id
    assert len(mail(f"Message-ID: <{'x' * 240}@y>\n").message_id) < 160


def test_of_html_alone_the_fresh_words_are_read() -> None:
    html = (
        "<html><head><style>p{}</style></head><body><p>Please cancel <b>12345</b>.</p><p>Anna</p>"
        '<div class="gmail_quote"><div class="gmail_attr">On Mon, Shop wrote:</div><blockquote>Your order 99999</blockquote></div>'
    )
    read = mail(text=" \n", html=html)
    assert "Please cancel 12345." in read.text
    assert "99999" not in read.text


@pytest.mark.parametrize(
    "quoted",
    [
        '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Shop</div><div>Your order 99999</div>',
        '<blockquote type="cite"><div>On 23 Nov 2026, Shop wrote:</div>Your order 99999</blockquote>',
        '<div class="yahoo_quoted">On Monday Shop wrote: Your order 99999</div>',
        '<div class="moz-cite-prefix">On 23/11 Shop wrote:</div><blockquote type="cite">Your order 99999</blockquote>',
        '<div class="protonmail_quote">Shop wrote <blockquote>Your order 99999</blockquote></div>',
    ],
)
def test_each_program_marks_its_quotation(quoted: str) -> None:
    read = mail(text="", html=f"<div>Please cancel it.</div>{quoted}")
    assert read.text == "Please cancel it."


def test_captured_replies_of_many_programs() -> None:
    expected: dict[str, str] = json.loads((DATA / "email_replies/expected.json").read_text("utf-8"))
    right = [
        name
        for name, words in expected.items()
        if fresh_text((DATA / "email_replies" / name).read_text("utf-8")) == words.strip()
    ]
    assert len(right) == len(expected)
