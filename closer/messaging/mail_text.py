"""Replies as one mail: plain text and HTML from the same entries, the subject of the thread, its headers.

What a page would show as cards and buttons is written out: a card is a small table, buttons are the words to answer with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from closer.conversations.turn import Button, Card, Entry, Step
from closer.messaging.choices import offered, typed
from closer.messaging.records import Outgoing

_REPLIED = re.compile(
    r"^\s*(?:(?:re|aw|antw|sv|vs|odp|ynt)\s*(?:\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE
)
_BOLD = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", re.DOTALL)
_LINK = re.compile(r"\[([^\]]+)\]\((https?://[^\s)]+)\)")
_URL = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")
_FONT = "font:16px/1.5 system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif"
_CARD = "margin:0 0 16px;padding:12px 16px;border:1px solid #d5dedb;border-radius:12px"
_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
    '<meta name="viewport" content="width=device-width"><title>{subject}</title></head>'
    '<body style="margin:0;padding:24px;{font}"><div style="max-width:600px;margin:auto">{body}'
    '<p style="color:#6b7a76;font-size:14px">{foot}</p></div></body></html>'
)


def reply_mail(
    entries: Sequence[Entry],
    *,
    subject: str,
    shop: str,
    message_id: str,
    in_reply_to: str,
    references: Sequence[str],
) -> Outgoing | None:
    """Return the mail that says what the entries say, as an answer in its thread.

    Args:
        entries: What was said in a turn.
        subject: That of the mail that is answered.
        shop: The shop's name, which signs.
        message_id: The id that the answer shall have.
        in_reply_to: The id of the mail that is answered.
        references: The ids of its thread, the oldest first.
    """
    blocks = [block for entry in entries for block in _blocks(entry)]
    choices = offered(entries)
    if choices:
        blocks.append(_choices(choices))
    if not blocks:
        return None
    title = answer_subject(subject, next((e.subject for e in entries if e.subject), None))
    text = "\n\n".join(plain for plain, _ in blocks)
    foot = f"{shop}: just answer this mail to go on."
    html = _PAGE.format(
        subject=escape(title),
        font=_FONT,
        body="".join(html for _, html in blocks),
        foot=escape(foot),
    )
    thread = " ".join(dict.fromkeys([*references, in_reply_to]))
    headers = {
        "Message-ID": message_id,
        "In-Reply-To": in_reply_to,
        "References": thread,
        "Auto-Submitted": "auto-replied",  # so that no other robot answers (RFC 3834)
    }
    return Outgoing(f"{text}\n\n{foot}\n", subject=title, html=html, headers=headers)


def answer_subject(subject: str, own: str | None = None) -> str:
    """Return the subject of an answer: `Re:` once, whatever the language of the mark before."""
    bare = _REPLIED.sub("", " ".join(subject.split())).strip()
    return f"Re: {bare}"[:250] if bare else own or "Your message"


def _blocks(entry: Entry) -> list[tuple[str, str]]:
    blocks = []
    if entry.text:
        blocks += [_paragraph(part) for part in entry.text.split("\n\n") if part.strip()]
    blocks += [_card(card) for card in entry.cards]
    if entry.steps:
        blocks.append(_way(entry.steps))
    return blocks


def _paragraph(text: str) -> tuple[str, str]:
    plain = _LINK.sub(lambda found: f"{found[1]}: {found[2]}", text)
    plain = _BOLD.sub(lambda found: found[2], plain).strip()
    return plain, f"<p>{_inline(text.strip())}</p>"


def _inline(text: str) -> str:
    """Return text as HTML: escaped, bold and links kept."""
    pieces, end = [], 0
    for found in _LINK.finditer(text):
        pieces += [_with_urls(text[end : found.start()]), _anchor(found[2], found[1])]
        end = found.end()
    html = "".join([*pieces, _with_urls(text[end:])])
    return _BOLD.sub(lambda found: f"<strong>{found[2]}</strong>", html).replace("\n", "<br>")


def _with_urls(text: str) -> str:
    pieces, end = [], 0
    for found in _URL.finditer(text):
        pieces += [escape(text[end : found.start()]), _anchor(found[0], found[0])]
        end = found.end()
    return "".join([*pieces, escape(text[end:])])


def _anchor(url: str, words: str) -> str:
    return f'<a href="{escape(url, quote=True)}" style="color:#0b6b58">{escape(words)}</a>'


def _card(card: Card) -> tuple[str, str]:
    facts = [(fact.label, fact.value) for fact in card.facts]
    lines = [card.title, *([card.subtitle] if card.subtitle else [])]
    plain = "\n".join([*lines, *(f"  {label}: {value}" for label, value in facts)])
    rows = "".join(
        f'<tr><td style="padding:2px 16px 2px 0;color:#6b7a76">{escape(label)}</td><td>{escape(value)}</td></tr>'
        for label, value in facts
    )
    subtitle = f"<br>{escape(card.subtitle)}" if card.subtitle else ""
    table = f'<table role="presentation" style="{_FONT}">{rows}</table>' if rows else ""
    return (
        plain,
        f'<div style="{_CARD}"><strong>{escape(card.title)}</strong>{subtitle}{table}</div>',
    )


def _way(steps: Sequence[Step]) -> tuple[str, str]:
    marks = {"done": "x", "current": ">", "todo": " "}
    plain = "\n".join(f"[{marks[step.state]}] {step.label}" for step in steps)
    weight = {"done": "", "current": "font-weight:600", "todo": "color:#6b7a76"}
    items = "".join(f'<li style="{weight[step.state]}">{escape(step.label)}</li>' for step in steps)
    return plain, f"<ol>{items}</ol>"


def _choices(buttons: Sequence[Button]) -> tuple[str, str]:
    titles = [typed(button) for button in buttons]
    plain = "You can answer with: " + " / ".join(titles)
    words = " ".join(
        f'<span style="display:inline-block;margin:2px;padding:2px 12px;border:1px solid #0b6b58;border-radius:99px">{escape(title)}</span>'
        for title in titles
    )
    return plain, f"<p>You can answer with: {words}</p>"
