"""The words of an HTML mail: quotations that mail programs mark become lines with `>`, the rest plain text."""

from __future__ import annotations

from collections.abc import Sequence

from bs4 import BeautifulSoup, ResultSet, Tag

from channels.mail.html_lines import QUOTED, plain_text

#: Elements in which Gmail, Apple Mail, Yahoo, Proton, Zoho, GMX, Spark and Thunderbird put the earlier mail.
_QUOTATIONS = (
    "blockquote[type=cite i]",
    "blockquote[cite]",
    "blockquote[class]",
    'blockquote[style*="border-left" i]',
    "div.yahoo_quoted",
    "div.protonmail_quote",
    "div.zmail_extra",
    "div[name=quote]",
    "div[name=messageReplySection]",
)
#: What belongs to such an element or signs the mail.
_BESIDES = (
    "div.moz-cite-prefix",
    "div.gmail_attr",
    "#reply-intro",
    ".gmail_signature",
    ".moz-signature",
    "#Signature",
    ".protonmail_signature_block",
    "[data-signatureblock]",
)
#: From these on, everything is the earlier mail; the last two are the line that Outlook draws.
_QUOTED_FROM_HERE = (
    "[id$=appendonsend]",
    "[id$=divRplyFwdMsg]",
    "#OLK_SRC_BODY_SECTION",
    "#mail-editor-reference-message-container",
    "#isForwardContent",
    "hr#stopSpelling",
    'div[style*="border-top:solid #E1E1E1 1.0pt" i]',
    'div[style*="border-top:solid #B5C4DF 1.0pt" i]',
)
_HIDDEN = ('[style*="display:none" i]', '[style*="display: none" i]', "[hidden]")
_NOT_SHOWN = ("script", "style", "head", "title", "noscript", "template", "svg", "object", "iframe")
_LONGEST = 200_000


def words_of(html: str) -> str:
    """Returns the plain text of an HTML mail, a line `>` in place of each quotation that its program marks.

    Args:
        html: The mail's HTML part; it need not be well formed.
    """
    sound = html[:_LONGEST].encode("utf-8", "replace").decode("utf-8")  # no half characters
    soup = BeautifulSoup(sound, "lxml")  # the standard library's parser takes quadratic time
    hidden = [*soup.find_all(_NOT_SHOWN), *_found(soup, _HIDDEN)]
    _without_prefixes(soup)
    words = plain_text(
        soup,
        skipped=[*hidden, *_found(soup, _BESIDES)],
        quoted=[*_found(soup, _QUOTATIONS), *_in_frames(soup)],
        until=next(iter(_found(soup, _QUOTED_FROM_HERE)), None),
    )
    return words if words.strip(f"{QUOTED}\n ") else plain_text(soup, skipped=hidden)


def _found(soup: BeautifulSoup, selectors: Sequence[str]) -> ResultSet[Tag]:
    return soup.select(", ".join(selectors))


def _without_prefixes(soup: BeautifulSoup) -> None:
    """Takes the `x_` away that Outlook's page puts before classes and ids of other programs."""
    for tag in soup.select('[class*="x_"]'):
        tag["class"] = " ".join(
            str(name).removeprefix("x_") for name in tag.get_attribute_list("class")
        )


def _in_frames(soup: BeautifulSoup) -> list[Tag]:
    """Returns the quotations in Gmail's frames; answers may stand between them, so a frame is one only if it has none."""
    quoted: list[Tag] = []
    inside: set[int] = set()
    for frame in soup.select("div.gmail_quote"):
        if id(frame) in inside:
            continue
        parts = frame.find_all(["div", "blockquote"])
        inside.update(map(id, parts))
        quoted += [part for part in parts if part.name == "blockquote"] or [frame]
    return quoted
