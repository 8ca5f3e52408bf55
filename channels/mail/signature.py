"""What a mail program or an office puts at the end of a mail: signature, "Sent from my iPhone", a disclaimer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice, takewhile

from channels.mail.lines import SIGNATURE_LINE, is_blank

_DASHES = re.compile(r"^\s*(?:--|__)$")
_RULE = re.compile(r"^\s*(?:-{3,}|_{3,}|={3,}|\*{3,})$")
_ONLY_RULE = re.compile(r"^[\s*]*(?:[-_=]{5,}|--|__)\s*$")
_LONGEST_SIGNATURE = 8
#: A name behind a dash at the end ("-Anna Blum"); with a blank behind a single one it is an item of a list.
_DASHED_NAME = re.compile(r"^(?:-(?=\w)|--\s?|[~–—]\s?)[^\W\d_]\S{0,40}(?:\s\S{1,40}){0,2}$")

#: "Sent from" in the languages of phones; the Finnish and the Chinese name their product at once.
_SENT_FROM = (
    r"(?:sent (?:from|via|with|using|on)|envoyé (?:de|depuis|à partir|avec)|gesendet (?:von|mit)|(?:verzonden|verstuurd) (?:van\w*|met|via)"
    r"|enviado (?:desde|do|da|de|a partir|via)|inviato (?:da|dal|con)|skickat (?:från|med)|sendt (?:fra|med|via)|wysłane z"
    r"|odesláno z|odoslané z|trimis de|отправлено (?:с|из|от)|надіслано (?:з|із)|изпратено от|lähetetty)\s|发自"
)
_GET = "get|télécharger|obtenir|obtener|obter|baixar|scarica|ottieni|hämta|hent|pobierz|hanki|stáhnout|holen sie sich|laden sie"
_NAMES = (
    r"(?:iPhon|iPad|Android|Galaxy|Samsung|Huawei|Xiaomi|Pixel|Nokia|BlackBerry|Windows|Outlook|\w*Mail|Courrier|GMX|Yahoo|AOL|Spark"
    r"|TypeApp|BlueMail|Superhuman|Thunderbird|Mobil|Handy|Phone|Tablet|(?i:smartphone|mobiltelefon))"
)
#: A program or a device by its name, which is the same in all languages.
_PRODUCT = re.compile(_NAMES)
_NAMED = re.compile(
    rf"^[\s*_>]*(?:(?:{_SENT_FROM}).*"
    r"|(?:von mein|diese nachricht wurde|나의).*(?:gesendet|보냄)\.?"
    rf"|(?-i:{_NAMES})\S{{0,20}}\s?(?:küldve|gönderildi|から送信)"
    rf"|(?:{_GET})\s.{{0,30}}(?:outlook|bluemail) \w{{2,4}}(?: \w+){{1,3}}|get the .{{0,20}}app\W.*"
    r"|outlook (?:für|voor|for|til) .{2,20} (?:herunterladen|downloaden)\.?)$",
    re.IGNORECASE,
)
_UNNAMED = re.compile(
    r"^[\s*_>]*(?:sent from my (?:[^.,;:!?]{2,40}\.?|(?:mobile|phone|cell|tablet)\W.*)"
    r"|virus-free\W.{0,60}|.{0,40}\bwww\.avast\.com\b.{0,20})$",
    re.IGNORECASE,
)
_LONGEST_DEVICE = 160
_LINK = re.compile(r"\s?[<(]\s?https?://[^\s<>()]{1,300}\s?[>)]")

#: What lawyers have put below mails; two of these make a disclaimer.
_DISCLAIMER = re.compile(
    r"(?P<secret>confidential)|(?P<meant>intended (?:solely|only|recipient|for the))|(?P<spread>disclos|copying|distribut|disseminat)"
    r"|(?P<tell>notify (?:the sender|the system|us))|(?P<away>delete (?:this|the) (?:e-?mail|message))"
    r"|(?P<error>received this (?:e-?mail|message|communication) in error)",
    re.IGNORECASE,
)
_OF_MAIL = re.compile(r"e-?mail|message|communication", re.IGNORECASE)
_MOST_DISCLAIMERS = 3


def without_signature(lines: Sequence[str]) -> list[str]:
    """Returns the lines without what ends them; a rule or a "sent via" among the words stays."""
    kept = _stripped(_without_disclaimer(_stripped(lines)))
    first = next((at for at, line in enumerate(kept) if not is_blank(line)), len(kept))
    for at in range(first + 1, len(kept)):
        if _begins_signature(kept, at):
            kept = _without_disclaimer(_stripped(kept[:at]))
            break
    return _stripped(_without_name(kept))


def _stripped(lines: Sequence[str]) -> list[str]:
    kept = list(lines)
    while kept and (is_blank(kept[-1]) or _ONLY_RULE.match(kept[-1])):
        kept.pop()
    return kept


def _begins_signature(lines: Sequence[str], at: int) -> bool:
    line = lines[at]
    if line == SIGNATURE_LINE:
        return True
    apart = is_blank(lines[at - 1])
    if _DASHES.match(line):
        return apart
    if _RULE.match(line):
        return apart and _is_last_block(lines, at)
    return _is_device(line) and (apart or _ends_paragraph(lines, at))


def _is_last_block(lines: Sequence[str], at: int) -> bool:
    """Tells whether a few lines directly below a rule end the mail, and begin like a name."""
    if len(lines) - at > _LONGEST_SIGNATURE or any(map(is_blank, lines[at:])):
        return False
    if _is_asked_for(lines, at):
        return False
    name = lines[at + 1] if at + 1 < len(lines) else ""
    return len(name.split()) <= 5 and not name.endswith((".", "!", "?", ",", ":"))


def _is_device(line: str) -> bool:
    if len(line) > 4 * _LONGEST_DEVICE:
        return False
    bare = _LINK.sub("", line).strip()
    if len(bare) > _LONGEST_DEVICE:
        return False
    named = bare != line.strip() or _PRODUCT.search(bare) is not None
    return (named and _NAMED.match(bare) is not None) or _UNNAMED.match(bare) is not None


def _ends_paragraph(lines: Sequence[str], at: int) -> bool:
    """Tells whether nothing but further such lines follows up to the next blank one."""
    below = takewhile(lambda line: not is_blank(line), islice(lines, at + 1, None))
    return all(map(_is_device, below))


def _without_name(lines: list[str]) -> list[str]:
    apart = len(lines) > 2 and is_blank(lines[-2])
    named = apart and _DASHED_NAME.match(lines[-1]) and not _is_asked_for(lines, len(lines) - 1)
    return lines[:-1] if named else lines


def _is_asked_for(lines: Sequence[str], at: int) -> bool:
    """Tells whether the words above end in a colon, so that what follows is what they speak of."""
    while at > 0 and is_blank(lines[at - 1]):
        at -= 1
    return at > 0 and lines[at - 1].endswith(":")


def _without_disclaimer(lines: list[str]) -> list[str]:
    """Returns the lines without last paragraphs that are a lawyer's, unless there is nothing else."""
    kept = lines
    for _ in range(_MOST_DISCLAIMERS):
        begin = len(kept)
        while begin and not is_blank(kept[begin - 1]):
            begin -= 1
        paragraph = " ".join(kept[begin:])
        said = {found.lastgroup for found in _DISCLAIMER.finditer(paragraph)}
        rest = _stripped(kept[:begin])
        if len(said) < 2 or not _OF_MAIL.search(paragraph) or not rest:
            break
        kept = rest
    return kept
