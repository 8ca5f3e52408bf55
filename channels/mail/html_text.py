"""The words of an HTML mail: its quotation taken out by the marks that mail programs leave, the rest as plain text."""

from __future__ import annotations

import html2text
from bs4 import BeautifulSoup, Tag

#: Elements in which Gmail, Apple Mail, Yahoo, Outlook, Proton and Thunderbird put the earlier mail.
_QUOTATIONS = (
    "div.gmail_quote",
    "blockquote.gmail_quote",
    "blockquote[type=cite]",
    "div.yahoo_quoted",
    "div.protonmail_quote",
    "div.zmail_extra",
    "div.moz-cite-prefix",
    "div.gmail_attr",
    "div.gmail_signature",
    "div.moz-signature",
    "#Signature",
)
#: From these on, everything is the earlier mail.
_QUOTED_FROM_HERE = (
    "#appendonsend",
    "#divRplyFwdMsg",
    "#mail-editor-reference-message-container",
    "#isForwardContent",
)
_NOT_SHOWN = ("script", "style", "head", "title", "noscript", "template", "svg", "object", "iframe")


def words_of(html: str) -> str:
    """Returns the plain text of an HTML mail without what is marked as quoted.

    Args:
        html: The mail's HTML part; it need not be well formed.
    """
    soup = BeautifulSoup(html, "html.parser")
    for element in soup.find_all(_NOT_SHOWN):
        element.decompose()
    for element in soup.select('[style*="display:none"], [style*="display: none"]'):
        element.decompose()
    whole = _as_text(soup)
    for selector in _QUOTED_FROM_HERE:
        mark = soup.select_one(selector)
        if isinstance(mark, Tag):
            for later in [*mark.find_all_next(), mark]:
                later.extract()
            for text in list(mark.find_all_next(string=True)):
                text.extract()
    for selector in _QUOTATIONS:
        for element in soup.select(selector):
            element.decompose()
    return _as_text(soup) or whole


def _as_text(soup: BeautifulSoup) -> str:
    reader = html2text.HTML2Text(bodywidth=0)
    reader.ignore_links = reader.ignore_images = reader.ignore_emphasis = reader.ignore_tables = (
        True
    )
    reader.single_line_break = True
    reader.unicode_snob = True
    reader.escape_snob = False
    return reader.handle(str(soup)).strip()
