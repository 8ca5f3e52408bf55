"""What a mail says: sender, subject, fresh words, attachments, thread, and whether a person wrote it at all."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser, HeaderParser
from email.policy import default
from email.utils import getaddresses, parseaddr

from channels.mail.form import File, MailForm, decode
from channels.mail.html_text import words_of
from channels.mail.reply import fresh_text
from closer.kit.errors import Malformed

_ADDRESS = re.compile(r"[^@\s<>\"(),;:]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z0-9-]{2,63}")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_LONGEST_TEXT = 200_000
_MOST_REFERENCES = 20
_LONGEST_ID = 150  # what the inbox holds
#: Mailboxes of machines.
_MACHINES = re.compile(
    r"^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?|notifications?|auto-?reply)(?:[+\-=].*)?@",
    re.IGNORECASE,
)
_ABSENT = re.compile(
    r"^\W*(?:auto(?:matic|mated)?[ -]?(?:reply|response|answer)|out of (?:the )?office|ooo\b|abwesenheits|automatische antwort"
    r"|réponse automatique|respuesta automática|risposta automatica|resposta automática|automatisch antwoord|autosvar"
    r"|undeliver(?:able|ed)|delivery status notification|returned mail|mail delivery (?:failed|subsystem)|failure notice)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class InboundMail:
    """A mail that came in.

    Attributes:
        message_id: Its `Message-ID`; made from its content when it has none.
        sender: The address that wrote it, lower case.
        sent_to: The first address of ours that it was sent to.
        text: The fresh words.
        references: The ids of the thread, the oldest first.
        automatic: Why it is no person's (an auto-reply, a bounce, a list), or None.
    """

    message_id: str
    sender: str
    sender_name: str
    sent_to: str
    subject: str
    text: str
    references: tuple[str, ...]
    files: tuple[File, ...]
    automatic: str | None


def read_mail(form: MailForm) -> InboundMail:
    """Reads a mail from a form of Inbound Parse, in parsed or raw mode.

    Raises:
        Malformed: if it has no sender or cannot be read.
    """
    if form.raw is not None:
        return _from_raw(form)
    if not ({"text", "html", "headers"} & form.fields.keys()):
        raise Malformed("this is no mail")
    head = HeaderParser(policy=default).parsestr(form.fields.get("headers", ""))
    fields = form.fields
    text = fields.get("text", "")
    return _mail(
        head,  # the default policy makes an EmailMessage
        form,
        sender=fields.get("from", ""),
        subject=fields.get("subject", ""),
        text=text if text.strip() else words_of(fields.get("html", "")),
        files=form.files,
    )


def _from_raw(form: MailForm) -> InboundMail:
    mail = BytesParser(policy=default).parsebytes(form.raw or b"")
    if not isinstance(mail, EmailMessage):  # pragma: no cover - by the policy
        raise Malformed("the mail cannot be read")
    text = _part_text(mail, "plain")
    return _mail(
        mail,
        form,
        sender=_header(mail, "from") or form.fields.get("from", ""),
        subject=_header(mail, "subject") or form.fields.get("subject", ""),
        text=text if text.strip() else words_of(_part_text(mail, "html")),
        files=tuple(_attached(mail)),
    )


def _mail(
    head: EmailMessage,
    form: MailForm,
    *,
    sender: str,
    subject: str,
    text: str,
    files: Sequence[File],
) -> InboundMail:
    name, address = parseaddr(sender)
    if _ADDRESS.fullmatch(address) is None:
        raise Malformed("the sender is no address")
    recipients = [found for _, found in getaddresses([form.fields.get("to", "")]) if found]
    subject = " ".join(subject.split())[:300]
    return InboundMail(
        message_id=_message_id(head, address, subject, text),
        sender=address.lower(),
        sender_name=name[:100],
        sent_to=recipients[0].lower() if recipients else "",
        subject=subject,
        text=fresh_text(text[:_LONGEST_TEXT]),
        references=_references(head),
        files=tuple(files),
        automatic=_automatic(head, form, address, subject),
    )


def _automatic(head: EmailMessage, form: MailForm, sender: str, subject: str) -> str | None:
    """Says why a mail is a machine's (RFC 3834, 2; RFC 3464; what programs send besides), or None."""
    submitted = _header(head, "auto-submitted").lower().partition(";")[0].strip()
    checks = {
        "auto-submitted": bool(submitted) and submitted != "no",
        "bounce": _envelope_is_empty(form) or head.get_content_type() == "multipart/report",
        "machine": _MACHINES.match(sender) is not None,
        "list": any(head.get(name) for name in ("list-id", "list-unsubscribe", "list-post")),
        "bulk": _header(head, "precedence").lower() in ("bulk", "junk", "list", "auto_reply"),
        "auto-reply": any(
            head.get(name) for name in ("x-autoreply", "x-autorespond", "x-auto-response-from")
        ),
        "absent": _ABSENT.match(subject) is not None,
    }
    return next((reason for reason, holds in checks.items() if holds), None)


def _envelope_is_empty(form: MailForm) -> bool:
    envelope = form.fields.get("envelope", "").replace(" ", "")
    return '"from":""' in envelope or '"from":"<>"' in envelope


def _message_id(head: EmailMessage, sender: str, subject: str, text: str) -> str:
    found = _MESSAGE_ID.search(_header(head, "message-id"))
    if found and len(found[0]) <= _LONGEST_ID:
        return found[0]
    seed = found[0] if found else "\n".join((_header(head, "date"), sender, subject, text))
    return f"<{hashlib.sha256(seed.encode('utf-8', 'replace')).hexdigest()[:40]}@no-message-id>"


def _references(head: EmailMessage) -> tuple[str, ...]:
    found = _MESSAGE_ID.findall(f"{_header(head, 'references')} {_header(head, 'in-reply-to')}")
    return tuple(dict.fromkeys(found))[-_MOST_REFERENCES:]


def _header(head: EmailMessage, name: str) -> str:
    try:
        return str(head.get(name, ""))
    except (
        ValueError,
        IndexError,
        AttributeError,
    ):  # what the standard library trips over in the wild
        return ""


def _part_text(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    if part is None:
        return ""
    content = part.get_payload(decode=True)
    return decode(content, part.get_content_charset()) if isinstance(content, bytes) else ""


def _attached(mail: EmailMessage) -> list[File]:
    files = []
    for part in mail.iter_attachments():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            files.append(File((part.get_filename() or "")[:200], part.get_content_type(), content))
    return files
