"""The head of a quoted mail ("From: ... Sent: ...") and the lines by which programs set it apart ("--- Original Message ---")."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from channels.mail.lines import is_blank, is_marked

#: What programs call the fields, in the languages of their users.
_NAMES = {
    "sender": "from|de|de la|von|van|da|fra|från|od|от|от кого|від|kimden|lähettäjä|expéditeur|mittente|feladó|από|отправитель"
    "|发件人|寄件者|差出人|보낸 사람",
    "date": "sent|date|envoyé|gesendet|datum|verzonden|enviado|enviado el|enviada|enviada em|fecha|data|inviato|skickat|sendt|dato"
    "|wysłano|wysłane|odesláno|odoslané|poslano|lähetetty|päivämäärä|gönderildi|gönderilme tarihi|tarih|elküldve|dátum|trimis"
    "|στάλθηκε|ημερομηνία|дата|отправлено|надіслано|发送时间|日期|送信日時|보낸 날짜",
    "to": "to|à|an|aan|para|a|till|til|do|komu|pre|za|vastaanottaja|kime|címzett|către|προς|кому|pour|收件人|宛先|받는 사람",
    "subject": "subject|objet|betreff|onderwerp|asunto|assunto|oggetto|ämne|emne|temat|předmět|predmet|aihe|konu|tárgy|subiect"
    "|θέμα|тема|主题|件名|제목",
    "other": "cc|bcc|reply-to|importance|attachments|kopie|cc/copie|kopio|kopia|dw|копия|copie|másolatot kap|κοιν|抄送|참조",
}
_KINDS = {name: kind for kind, names in _NAMES.items() for name in names.split("|")}
#: Outlook's bold names come with asterisks around them.
_FIELD = re.compile(r"^[\s>]*\**(?P<name>[^\s>*:：][^*:：]{0,24})\**\s?[:：]\**\s*(?P<value>.*)$")
_MOST_FIELDS = 12
_MOST_LINES = 40  # long lists of recipients

#: Dashes (or pluses), a few words, dashes.
_SET_APART = re.compile(
    r"^[\s>*]*(?:[-_=‐‑–—+#]\s?){2,}\s*(?P<words>[^\W\d_].{1,60}?)\s*(?:[-_=‐‑–—+#]\s?){2,}\**\s*(?P<rest>.*)$"
)
_LONGEST_SEPARATOR = 160
_MOST_WORDS = 4
#: "Original", "forwarded" and the like.
_EARLIER = re.compile(
    r"(?<!\w)(?:origin|ursprüngl|ursprungl|oorspronkelijk|oprindelig|opprinnelig|alkuperäi|původní|pôvodn|oryginaln|eredeti|özgün"
    r"|orijinal|исходное|пересылаемое|пересланное|原始|元の|원본|forward|transf[ée]r[ée]|weitergeleitet|doorgestuurd|reenviad|encaminhad"
    r"|inoltrat|przekazan|přeposlan|vidarebefordra|videresend|välitetty)",
    re.IGNORECASE,
)
_ANSWER_ABOVE = re.compile(
    r"^\W*(?:please )?(?:type |write |enter )?(?:your |a )?(?:reply|response|answer) above this line\b.{0,40}$"
    r"|^\W*(?:begin forwarded message|début du message (?:réexpédié|transféré)|anfang der weitergeleiteten (?:nachricht|e-mail)"
    r"|inizio messaggio inoltrato|inicio del mensaje reenviado|begin doorgestuurd bericht)\s*:\s*$",
    re.IGNORECASE,
)
_RULE = re.compile(r"^[\s*]*[-_=]{5,}\s*$")


def is_separator(lines: Sequence[str], at: int) -> bool:
    """Tells whether this line sets everything below it apart as an earlier mail."""
    line = lines[at]
    if not line or len(line) > _LONGEST_SEPARATOR:
        return False
    if _ANSWER_ABOVE.match(line):
        return True
    found = _SET_APART.match(line)
    if not found or len(found["words"].split()) > _MOST_WORDS or not _is_end(found["rest"]):
        return False
    below = lines[at + 1 : at + 3]
    return _EARLIER.search(found["words"]) is not None or any(map(_names_sender, below))


def head_length(lines: Sequence[str], at: int) -> int:
    """Returns how long the head of a quoted mail is that begins here; 0 if none does."""
    if not _field(lines[at])[0] or (at and _field(lines[at - 1])[0]):
        return 0
    found: dict[str, str] = {}
    count = end = 0
    for place in range(at, min(at + _MOST_LINES, len(lines))):
        kind, value = _field(lines[place])
        if kind and count < _MOST_FIELDS:
            found.setdefault(kind, value)
            count, end = count + 1, place + 1
        elif place == end and _goes_on(lines, place):
            end = place + 1
        elif not is_blank(lines[place]) or place > end:
            break  # one blank line between two fields may be
    return _body(lines, at, end) - at if _is_head(found) else 0


def with_rule(lines: Sequence[str], at: int) -> int:
    """Returns the index of the ruled line above, if one sets the quoted mail apart; else the place itself."""
    above = at - 1
    while above >= 0 and is_blank(lines[above]):
        above -= 1
    return above if above >= 0 and _RULE.match(lines[above]) else at


def _field(line: str) -> tuple[str, str]:
    """Returns the kind and the value of a field; two empty texts if the line is none."""
    field = _FIELD.match(line)
    kind = _KINDS.get(field["name"].strip().lower(), "") if field else ""
    return (kind, field["value"]) if field and kind else ("", "")


def _goes_on(lines: Sequence[str], at: int) -> bool:
    """Tells whether the line is the rest of a field: recipients, or set in."""
    return not is_blank(lines[at]) and (
        lines[at][0] in " \t" or "@" in lines[at] or lines[at - 1].endswith((",", ";"))
    )


def _is_head(found: Mapping[str, str]) -> bool:
    """Tells a mail's head from the fields of a form that the writer filled in (a move from Leeds to York)."""
    sender = found.get("sender", "")
    dated = any(letter.isdigit() for letter in found.get("date", ""))
    if "@" in sender:
        return dated or "subject" in found
    return bool(sender) and {"date", "subject"} <= found.keys() and (dated or "to" in found)


def _body(lines: Sequence[str], at: int, end: int) -> int:
    """Returns where the quoted words begin: behind the paragraph of the head, as a subject may be wrapped."""
    while end < len(lines) and lines[end].strip() and is_marked(lines[end]) == is_marked(lines[at]):
        end += 1
    return end


def _names_sender(line: str) -> bool:
    return _field(line)[0] == "sender"


def _is_end(rest: str) -> bool:
    return not rest or _field(rest)[0] != ""
