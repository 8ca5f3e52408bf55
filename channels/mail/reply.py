"""Takes the fresh words out of a mail's plain text: no quotation of earlier mails, no signature.

A writer answers above a quotation (most do), below it, or between its lines. Everything above the first mark of a
quotation is fresh. Below it only paragraphs of their own between lines marked with `>` are: an unmarked quotation
cannot be told from words, so where nothing is marked nothing below counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from channels.mail import reply_marks as marks

_ANNOUNCEMENT_LINES = 5
_HEAD_LINES = 6


def fresh_text(text: str) -> str:
    """Returns what the writer of a mail newly says.

    Args:
        text: The mail's plain text.

    Returns:
        The fresh words without surrounding blank lines; empty if there are none.
    """
    lines = _normalised(text)
    start, end = _quotation(lines)
    above = _without_signature(lines[:start])
    below = _answers_between(lines[end:]) if start < len(lines) else []
    return "\n".join([*above, *([""] if above and below else []), *below]).strip()


def _normalised(text: str) -> list[str]:
    plain = (
        text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").replace("\u200b", "")
    )
    return [line.rstrip() for line in plain.lstrip("\ufeff").split("\n")]


def _quotation(lines: Sequence[str]) -> tuple[int, int]:
    """Returns where the first quotation's announcement begins and where its words begin."""
    for at, line in enumerate(lines):
        if marks.SEPARATOR.match(line):
            return at, at + 1
        if length := _head_length(lines, at):
            return _with_rule(lines, at), at + length
        if length := _announcement_length(lines, at):
            return at, at + length
        if marks.QUOTED.match(line) and _is_quotation(lines, at):
            return at, at
    return len(lines), len(lines)


def _announcement_length(lines: Sequence[str], at: int) -> int:
    """Returns over how many lines from here a quotation is announced; 0 if none is."""
    if not marks.OPENER.match(lines[at]):
        return 0
    joined = ""
    for count in range(1, _ANNOUNCEMENT_LINES + 1):
        line = lines[at + count - 1].strip() if at + count <= len(lines) else ""
        if not line:
            return 0
        joined = f"{joined} {line.lstrip('> ')}".strip()
        if not marks.MAY_END.search(line):
            continue
        if any(letter.isdigit() for letter in joined) and marks.ANNOUNCEMENT.search(joined):
            return count
    return 0


def _head_length(lines: Sequence[str], at: int) -> int:
    """Returns how long the head of a quoted mail ("From: ... Sent: ...") is that begins here; 0 if none does."""
    if not marks.FIELD.match(lines[at]):
        return 0
    block = []
    for line in lines[at : at + _HEAD_LINES]:
        if not line.strip():
            break
        block.append(line)
    fields = [line for line in block if marks.FIELD.match(line)]
    from_there = any(marks.FROM_FIELD.match(line) for line in fields)
    return len(block) if from_there and len(fields) >= 3 - (at == 0) else 0


def _with_rule(lines: Sequence[str], at: int) -> int:
    """Returns the index of the ruled line above, if one sets the quoted mail apart."""
    above = at - 1
    while above >= 0 and not lines[above].strip():
        above -= 1
    return above if above >= 0 and marks.RULE.match(lines[above]) else at


def _is_quotation(lines: Sequence[str], at: int) -> bool:
    """Tells a quotation without announcement from a line that happens to begin with `>`."""
    return (
        at + 1 >= len(lines) or not lines[at + 1].strip() or bool(marks.QUOTED.match(lines[at + 1]))
    )


def _answers_between(lines: Sequence[str]) -> list[str]:
    """Returns the paragraphs that stand apart from the lines marked with `>`."""
    if not any(marks.QUOTED.match(line) for line in lines):
        return []
    fresh: list[str] = []
    quoted = True  # until a quoted line was seen, and on the lines that a program wrapped
    seen = False
    for at, line in enumerate(lines):
        if marks.QUOTED.match(line):
            quoted, seen = True, True
        elif not line.strip():
            quoted = not seen
            if fresh and fresh[-1]:
                fresh.append("")
        elif marks.SIGNATURE_LINE.match(line) or marks.DEVICE.match(line):
            break
        elif _announcement_length(lines, at) or _head_length(lines, at):
            quoted, seen = True, False
        elif not quoted:
            fresh.append(line)
    return _without_signature(fresh)


def _without_signature(lines: Sequence[str]) -> list[str]:
    kept = list(lines)
    for at, line in enumerate(kept):
        ends = marks.SIGNATURE_LINE.match(line) or marks.DEVICE.match(line)
        if ends and any(earlier.strip() for earlier in kept[:at]):
            kept = kept[:at]
            break
    while kept and not kept[-1].strip():
        kept.pop()
    if len(kept) > 2 and marks.DASHED_NAME.match(kept[-1]) and not kept[-2].strip():
        kept.pop()
    while kept and (not kept[-1].strip() or marks.RULE.match(kept[-1])):
        kept.pop()
    return kept
