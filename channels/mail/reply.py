"""Takes the fresh words out of a mail's plain text: no quotation of earlier mails, no signature.

A writer answers above a quotation (most do), below it, or between its lines. Everything above the first mark of a
quotation is fresh. Below it only lines of their own between those marked with `>` are: an unmarked quotation cannot be
told from words, so where nothing is marked nothing below counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from channels.mail.announcement import announcement_length
from channels.mail.lines import is_blank, is_marked, lines_of, unmarked
from channels.mail.quoted_head import head_length, is_separator, with_rule
from channels.mail.signature import without_signature

#: From this length on a marked line was probably wrapped, so that its rest follows without a mark.
_WRAPPED_FROM = 58
_HALF_A_LINE = 30


def fresh_text(text: str) -> str:
    """Returns what the writer of a mail newly says.

    Args:
        text: The mail's plain text.

    Returns:
        The fresh words without surrounding blank lines; empty if there are none.
    """
    lines = lines_of(text)
    start, end = _quotation(lines)
    above = without_signature(lines[:start])
    below = without_signature(_answers_between(lines[end:]))
    return "\n".join([*above, *([""] if above and below else []), *below]).strip()


def _quotation(lines: Sequence[str]) -> tuple[int, int]:
    """Returns where the first quotation's announcement begins and where its words begin."""
    lone: int | None = (
        None  # a line with `>` by itself may be the writer's own ("> 5 kg"); two are a quotation
    )
    for at, line in enumerate(lines):
        if is_separator(lines, at):
            return at, _behind_head(lines, at + 1)
        if length := head_length(lines, at):
            return with_rule(lines, at), at + length
        if length := announcement_length(lines, at):
            return at, at + length
        if not is_marked(line):
            continue
        if not unmarked(line) or (at + 1 < len(lines) and is_marked(lines[at + 1])):
            return (at, at) if lone is None else (lone, lone)
        if lone is not None:
            return lone, lone
        lone = at
    return len(lines), len(lines)


def _behind_head(lines: Sequence[str], at: int) -> int:
    """Returns where the quoted words begin behind a separator: what head there is need not be whole."""
    while at < len(lines) and is_blank(lines[at]):
        at += 1
    while at < len(lines) and lines[at].strip() and not is_marked(lines[at]):
        at += 1
    return at


def _answers_between(lines: Sequence[str]) -> list[str]:
    """Returns the lines that stand apart from those marked with `>`; none if the quotation begins without a mark."""
    if not is_marked(next((line for line in lines if line.strip()), "")):
        return []
    fresh: list[str] = []
    quoted = True  # also on the lines that a program wrapped
    seen = True  # whether a marked line followed the latest announcement
    until = 0
    for at, line in enumerate(lines):
        if at < until:
            continue
        if is_marked(line):
            quoted, seen = True, True
        elif is_blank(line):
            quoted = not seen
            if fresh and fresh[-1]:
                fresh.append("")
        elif length := announcement_length(lines, at) or head_length(lines, at):
            quoted, seen, until = True, False, at + length
        elif not quoted or (at and is_marked(lines[at - 1]) and not _is_rest(lines[at - 1], line)):
            quoted = False
            fresh.append(line)
    return fresh


def _is_rest(marked: str, line: str) -> bool:
    """Tells the rest of a marked line that a program wrapped from an answer directly below it."""
    if marked.endswith("?"):
        return False
    goes_on = line[:1].islower() and not marked.endswith((".", "!", ":"))
    return len(marked) >= (_HALF_A_LINE if goes_on else _WRAPPED_FROM)
