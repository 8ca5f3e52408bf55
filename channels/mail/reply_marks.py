"""Marks in the text of a mail: where the quotation of an earlier one begins, and what is a signature.

The words are those that mail programs write in the languages of their users; sources are the programs' own texts
(Outlook, Apple Mail, Gmail, Thunderbird, Yahoo, and those of phones).
"""

from __future__ import annotations

import re

_ADDRESS = r"[^\s<>@]+@[^\s<>@]+\.[^\s<>@]+"

#: How a line begins that announces a quotation ("On Monday, ... wrote:").
OPENER = re.compile(
    r"^[\s*_>]*(?:-{2,}\s*)?(?:"
    r"(?:on|le|el|il|em|op|am|den|dne|w dniu|dnia|pe|la|a|in|at|vào|vào lúc|на|в|от|在)(?=[\s,.:])"
    r"|[^\W\d_]{2,10}\.?,?\s(?:[^\W\d_]{1,12}\.?,?\s)?\d"  # a weekday, then the date
    r"|\d"
    rf"|[^<>(:]{{0,80}}[<(]{_ADDRESS}[>)])",  # the writer first
    re.IGNORECASE,
)
#: What such an announcement says of the writer, at or near its end.
_WROTE = (
    "wrote|writes|said|a écrit|a ecrit|escribió|escribio|ha scritto|escreveu|schreef|schrieb|pisze|napisał|napisała"
    "|napisał(a)|skrev|kirjoitti|napsal|napsala|napsal(a)|napísal|írta|a scris|έγραψε|написал|написала|пишет|пише"
    "|yazdı|đã viết"
)
_WROTE_WORDS = "|".join(re.escape(word) for word in _WROTE.split("|"))
#: The whole announcement, its lines joined: the verb at the end, or the writer between the verb and a colon.
ANNOUNCEMENT = re.compile(
    rf"(?:(?<!\w)(?:{_WROTE_WORDS})|<?{_ADDRESS}>+\s*wrote)\s*(?:[:：]|-{{2,}}|$)"
    rf"|(?<!\w)(?:{_WROTE_WORDS})(?!\w)[^:]{{1,160}}[:：]$"
    r"|(?:写道|寫道|書きました|のメール|작성)\s*[:：]"
    rf"|\d.*<\s*(?:mailto:)?{_ADDRESS}\s*>+\s*[:：]$",
    re.IGNORECASE,
)

#: The last line of an announcement, seen quickly.
MAY_END = re.compile(rf"[:：]|--|(?:{_WROTE_WORDS})$", re.IGNORECASE)

#: "-----Original Message-----" and its relatives, each a line of its own.
SEPARATOR = re.compile(
    r"^[\s>*]*(?:[-_=–—]{2,}\s*"
    r"(?:original(?:\s+message)?|original appointment|forwarded message|message d['’]origine|message transféré"
    r"|ursprüngliche nachricht|originalnachricht|weitergeleitete nachricht|oorspronkelijk bericht|mensaje original"
    r"|mensaje reenviado|mensagem original|messaggio originale|messaggio inoltrato|wiadomość oryginalna"
    r"|oprindelig meddelelse|opprinnelig melding|ursprungligt meddelande|alkuperäinen viesti|původní zpráva"
    r"|исходное сообщение|пересылаемое сообщение|原始邮件|元のメッセージ|원본 메시지|reply above this line)"
    r"\s*[-_=–—]{2,}"
    r"|begin forwarded message\s*:|début du message (?:réexpédié|transféré)\s*:|anfang der weitergeleiteten nachricht\s*:)\s*$",
    re.IGNORECASE,
)

_FROM = "from|de|von|van|da|fra|från|od|от|от кого|kimden|lähettäjä|expéditeur|mittente|отправитель|发件人|寄件者|差出人|보낸 사람"
_FIELDS = (
    "sent|date|to|cc|bcc|subject|reply-to|importance|envoyé|objet|à|pour|gesendet|datum|an|betreff|kopie|verzonden|aan"
    "|onderwerp|enviado|enviado el|fecha|para|asunto|data|inviato|oggetto|a|enviada|enviada em|assunto|skickat|till|ämne"
    "|sendt|til|emne|wysłano|wysłane|do|temat|dw|odesláno|komu|předmět|lähetetty|vastaanottaja|aihe|päivämäärä|gönderilme tarihi|kime|konu"
    "|дата|кому|тема|отправлено|发送时间|日期|收件人|主题|宛先|件名|送信日時|받는 사람|제목|보낸 날짜"
)
#: A line of the head of a quoted mail; Outlook writes bold ones with asterisks.
FROM_FIELD = re.compile(rf"^[\s>]*\*?(?:{_FROM})\s?\*?\s?[:：]\*?\s*\S", re.IGNORECASE)
FIELD = re.compile(rf"^[\s>]*\*?(?:{_FROM}|{_FIELDS})\s?\*?\s?[:：]", re.IGNORECASE)
RULE = re.compile(r"^[\s*]*[-_=]{5,}\s*$")

#: The line that mail programs put before a signature (RFC 3676, 4.3), and what people make of it.
SIGNATURE_LINE = re.compile(r"^\s*(?:--|-- |__|_{3,})\s*$")
#: A name behind a dash at the end ("-Anna Blum").
DASHED_NAME = re.compile(r"^-\s?[^\W\d_]\S*(?:\s\S+){0,2}\s*$")
#: What phones and programs add of themselves.
DEVICE = re.compile(
    r"^[\s*_>]*(?:sent (?:from|via|with|using) (?:my |a |the |an )?[^.,;!?:]{2,60}(?:<\S+>|\(\S+\)|https?://\S+)?"
    r"|get outlook for \w+.*|get bluemail for .*"
    r"|envoyé (?:de(?:puis)?|à partir de|avec) (?:mon |ma |un )?[^.,;!?]{2,60}|télécharger outlook pour .*"
    r"|von meine[mr] [^.,;!?]{2,60} gesendet|gesendet (?:von|mit) [^.,;!?]{2,60}"
    r"|verzonden (?:vanaf|vanuit|met|via) [^.,;!?]{2,60}|enviado (?:desde|do|a partir do|via) [^.,;!?]{2,60}"
    r"|inviato (?:da|dal) [^.,;!?]{2,60}|skickat från [^.,;!?]{2,60}|sendt fra [^.,;!?]{2,60}"
    r"|wysłane z [^.,;!?]{2,60}|odesláno z [^.,;!?]{2,60}|lähetetty [^.,;!?]{2,60}"
    r"|отправлено (?:с|из|от) [^.,;!?]{2,60}|发自我的.{1,30}|iphoneから送信|나의 .{1,30}에서 보냄)\.?\s*$",
    re.IGNORECASE,
)
QUOTED = re.compile(r"^\s?>")
