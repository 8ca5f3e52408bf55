"""HTML as plain text, the way a mail program shows it: blocks are lines, paragraphs stand apart, lists have their marks."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import islice

from bs4 import BeautifulSoup, Tag
from bs4.element import CData, NavigableString, PageElement

from channels.mail.lines import SIGNATURE_LINE

#: Nobody types a `>` alone: it stands for a quotation.
QUOTED = ">"

_BLANKS = re.compile(r"[ \t\n\r\f]+")
_LISTS = frozenset(("ul", "ol"))
_PARAGRAPHS = frozenset("p h1 h2 h3 h4 h5 h6 dl pre blockquote hr".split())
_LINES = frozenset(
    "div li dt dd tr table caption center section article header footer main aside nav address form fieldset figure".split()
)
_BLOCKS = _PARAGRAPHS | _LINES | _LISTS
#: Word's paragraphs have no margin in mails.
_WITHOUT_MARGIN = "Mso"
_NEAR = 300


def plain_text(
    soup: BeautifulSoup,
    *,
    skipped: Collection[Tag] = (),
    quoted: Collection[Tag] = (),
    until: Tag | None = None,
) -> str:
    """Returns the text of the tree, with at most one blank line in a row.

    Args:
        soup: The tree; it stays as it is, since taking elements out of a long one takes long.
        skipped: Elements to leave out.
        quoted: Elements in whose place a line `>` is to stand.
        until: The element to stop at.
    """
    page = _Page()
    left_out, marked = {id(tag) for tag in skipped}, {id(tag) for tag in quoted}
    for element, enters in _walk(soup, left_out | marked):
        if element is until:
            break
        if not isinstance(element, Tag):
            page.write(str(element))
        elif id(element) in marked and id(element) not in left_out:
            page.paragraph(QUOTED)
        elif id(element) in left_out:
            continue
        elif enters:
            _enter(page, element)
        else:
            _leave(page, element)
    return page.text()


def _walk(soup: BeautifulSoup, closed: Collection[int]) -> Iterator[tuple[PageElement, bool]]:
    """Yields the elements as they begin and end; without recursion, as mails nest deeply."""
    stack: list[tuple[PageElement, bool]] = [(child, True) for child in reversed(soup.contents)]
    while stack:
        element, enters = stack.pop()
        if isinstance(element, Tag):
            yield element, enters
            if enters and id(element) not in closed:
                stack.append((element, False))
                stack += [(child, True) for child in reversed(element.contents)]
        elif type(element) in (NavigableString, CData):  # not a comment
            yield element, True


def _enter(page: _Page, tag: Tag) -> None:
    if tag.name == "br":
        page.end_line()
    elif tag.name in ("td", "th"):
        page.space()
    elif _is_block(tag):
        page.begin_block(apart=_is_paragraph(page, tag))
    if tag.name in _LISTS:
        page.items.append(0 if tag.name == "ol" else None)
    elif tag.name == "li":
        page.begin_item()
    elif tag.name == "pre":
        page.as_is += 1


def _leave(page: _Page, tag: Tag) -> None:
    if tag.name in _LISTS:
        page.items.pop()
    elif tag.name == "pre":
        page.as_is -= 1
    if _is_block(tag):
        page.begin_block(apart=_is_paragraph(page, tag))
    if tag.name == "tr":
        page.apart = False  # margins of cells are none of rows
    elif tag.name == "a" and str(tag.get("href", "")).startswith("mailto:"):
        page.address(str(tag["href"])[7:].partition("?")[0])


def _is_block(tag: Tag) -> bool:
    """Tells blocks from words; the only block of a table's cell is as good as its words."""
    if tag.name in ("p", "div") and tag.parent is not None and tag.parent.name in ("td", "th"):
        blocks = (child for child in tag.parent.children if _name(child) in _BLOCKS)
        return len(list(islice(blocks, 2))) > 1
    return tag.name in _BLOCKS


def _name(element: PageElement) -> str:
    return element.name if isinstance(element, Tag) else ""


def _is_paragraph(page: _Page, tag: Tag) -> bool:
    if tag.name in _LISTS:
        return not page.items
    if tag.name == "p":
        return not any(
            str(name).startswith(_WITHOUT_MARGIN) for name in tag.get_attribute_list("class")
        )
    return tag.name in _PARAGRAPHS


class _Page:
    """Lines as they are written.

    Attributes:
        apart: Whether a blank line is due before the next words.
        as_is: How many `pre` are open, in which blanks and line ends count.
        items: For each open list how many items it has had, None where they are not numbered.
    """

    def __init__(self) -> None:
        self.apart = False
        self.as_is = 0
        self.items: list[int | None] = []
        self._mark = ""
        self._lines: list[str] = []
        self._line: list[str] = []

    def write(self, text: str) -> None:
        if self.as_is:
            *whole, text = text.replace("\r\n", "\n").split("\n")
            for line in whole:
                self._add(line)
                self.end_line()
        else:
            text = _BLANKS.sub(" ", text)
            text = text if self._line and not self._line[-1].endswith(" ") else text.lstrip(" ")
        self._add(text)

    def paragraph(self, text: str) -> None:
        self.begin_block(apart=True)
        self.write(text)
        self.begin_block(apart=True)

    def address(self, address: str) -> None:
        """Writes where a link leads unless its words said so."""
        near = "".join(self._line[-9:])[-_NEAR:]
        if address and address.lower() not in near.lower():
            self.write(f" <{address}>")

    def space(self) -> None:
        if self._line:
            self.write(" ")

    def begin_item(self) -> None:
        self._mark = "- "
        if self.items and self.items[-1] is not None:
            self.items[-1] += 1
            self._mark = f"{self.items[-1]}. "

    def begin_block(self, *, apart: bool) -> None:
        if self._line:
            self.end_line()
        self.apart = self.apart or apart

    def end_line(self) -> None:
        line = "".join(self._line)
        self._lines.append(line if line == SIGNATURE_LINE else line.rstrip())
        self._line = []

    def text(self) -> str:
        self.begin_block(apart=False)
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip("\n")

    def _add(self, text: str) -> None:
        if not text:
            return
        if self.apart:
            self._lines.append("")
            self.apart = False
        self._line += [self._mark, text] if self._mark else [text]
        self._mark = ""
