"""Replies as text messages: plain words, at most 320 characters each, buttons as numbered choices, links short.

What a phone cannot show is said: a card becomes a line, a process its present stage. A turn becomes as few messages as
hold it; what would be more than a few is cut with a link to the rest.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence

from closer.conversations.turn import Button, Card, Entry, Step
from closer.messaging.choices import offered, typed
from closer.messaging.records import Outgoing
from closer.providers.sms_segments import fold

#: Carriers drop or garble what is much longer.
LONGEST = 320
MOST_MESSAGES = 4
_MMS_PICTURES = (".jpg", ".jpeg", ".png", ".gif")
_MOST_MEDIA = 10  # of one message, by Twilio

_URL = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")
_BOLD = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", re.DOTALL)
_LINK = re.compile(r"\[([^\]]+)\]\((\S+?)\)")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")

Shorten = Callable[[str], Awaitable[str]]


async def sms_messages(
    entries: Sequence[Entry], *, shorten: Shorten, rest_at: str
) -> list[Outgoing]:
    """Return the messages that say what the entries say.

    Args:
        entries: What was said in a turn.
        shorten: Makes a link short.
        rest_at: The address of the chat, for what is too long.
    """
    numbers = {button.payload: place for place, button in enumerate(offered(entries), start=1)}
    paragraphs = [line for entry in entries for line in _lines(entry, numbers)]
    paragraphs = [fold(await _with_short_links(text, shorten)) for text in paragraphs]
    media = [url for entry in entries for url in _media(entry)][:_MOST_MEDIA]
    texts = packed([text for text in paragraphs if text])
    if len(texts) > MOST_MESSAGES:
        choices = _numbered(offered(entries), numbers)
        texts = _cut(texts, f"More: {await shorten(rest_at)}", keep=choices)
    if not texts and not media:
        return []
    texts = texts or [""]
    last = Outgoing(texts[-1], media_urls=tuple(media))
    return [*(Outgoing(text) for text in texts[:-1]), last]


def plain(text: str) -> str:
    """Return the text without markup; a named link becomes its name and address."""
    text = _LINK.sub(lambda found: f"{found[1]}: {found[2]}", text)
    return _BOLD.sub(lambda found: found[2], text).strip()


def packed(paragraphs: Sequence[str], longest: int = LONGEST) -> list[str]:
    """Return the paragraphs in as few texts as hold them, cut at lines, then sentences, then words."""
    texts: list[str] = []
    for paragraph in paragraphs:
        for piece in _pieces(paragraph, longest):
            if texts and len(texts[-1]) + 1 + len(piece) <= longest:
                texts[-1] += f"\n{piece}"
            else:
                texts.append(piece)
    return texts


def _pieces(paragraph: str, longest: int) -> list[str]:
    if len(paragraph) <= longest:
        return [paragraph]
    lines = paragraph.split("\n")
    if len(lines) > 1:
        return [piece for line in lines if line.strip() for piece in _pieces(line, longest)]
    words = _SENTENCE.split(paragraph)
    if len(words) == 1:
        words = paragraph.split(" ")
    pieces: list[str] = []
    for word in words:
        if pieces and len(pieces[-1]) + 1 + len(word) <= longest:
            pieces[-1] += f" {word}"
        elif len(word) <= longest:
            pieces.append(word)
        elif " " in word:
            pieces += _pieces(word, longest)
        else:
            pieces += [word[start : start + longest] for start in range(0, len(word), longest)]
    return pieces


def _cut(texts: list[str], pointer: str, keep: str) -> list[str]:
    tail = f"{keep}\n{pointer}" if keep and len(keep) + len(pointer) < LONGEST else pointer
    return [*texts[: MOST_MESSAGES - 1], fold(tail)]


def _lines(entry: Entry, numbers: Mapping[str, int]) -> list[str]:
    lines = [plain(entry.text)] if entry.text else []
    lines += [_card(card) for card in entry.cards]
    if entry.steps:
        lines.append(_stage(entry.steps))
    return [*lines, _numbered(offered([entry]), numbers)]


def _card(card: Card) -> str:
    head = plain(f"{card.title} - {card.subtitle}" if card.subtitle else card.title)
    facts = ", ".join(f"{fact.label}: {fact.value}" for fact in card.facts)
    return f"{head}. {plain(facts)}" if facts else head


def _stage(steps: Sequence[Step]) -> str:
    current = [step.label for step in steps if step.state == "current"]
    done = [step.label for step in steps if step.state == "done"]
    return f"Now: {(current or done[-1:] or [steps[0].label])[0]}"


def _numbered(buttons: Sequence[Button], numbers: Mapping[str, int]) -> str:
    titles = [f"{numbers[button.payload]} {plain(typed(button))}" for button in buttons]
    if not titles:
        return ""
    separator = ", " if sum(map(len, titles)) < 60 else "\n"
    return ("Reply " if separator == ", " else "Reply with a number:\n") + separator.join(titles)


def _media(entry: Entry) -> list[str]:
    urls = (
        [entry.image.url] if entry.image and entry.image.url.lower().endswith(_MMS_PICTURES) else []
    )
    return [
        url for url in [*urls, *(item.url for item in entry.media)] if url.startswith("https://")
    ]


async def _with_short_links(text: str, shorten: Shorten) -> str:
    parts, end = [], 0
    for found in _URL.finditer(text):
        parts += [text[end : found.start()], await shorten(found[0])]
        end = found.end()
    return "".join([*parts, text[end:]])
