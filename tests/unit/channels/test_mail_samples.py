"""The fresh words of many mails (tests/data/mails.yaml), and that no mail takes long to read."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from channels.mail.html_text import words_of
from channels.mail.reply import fresh_text

SAMPLES: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[2] / "data/mails.yaml").read_text("utf-8")
)
WORDS = "Please cancel order 778.\n\nThanks"
OLD = "Old words of the shop.\nMore of them."
MARKED = "> Old words of the shop.\n> More of them."
LONG = 20_000  # what takes quadratic time takes minutes


@pytest.mark.parametrize("quotation", [MARKED, OLD], ids=["marked", "unmarked"])
@pytest.mark.parametrize("announcement", SAMPLES["announcements"])
def test_an_announcement_is_known_in_any_language(announcement: str, quotation: str) -> None:
    assert fresh_text(f"{WORDS}\n\n{announcement}\n\n{quotation}\n") == WORDS


@pytest.mark.parametrize("head", SAMPLES["heads"])
def test_a_head_or_a_separator_begins_the_earlier_mail(head: str) -> None:
    assert fresh_text(f"{WORDS}\n\n{head}\n\n{OLD}\n") == WORDS


@pytest.mark.parametrize("ending", SAMPLES["endings"])
def test_what_ends_a_mail_goes(ending: str) -> None:
    assert fresh_text(f"{WORDS}\n\n{ending}\n") == WORDS
    assert fresh_text(f"{WORDS}\n\n{ending}\n\n{SAMPLES['announcements'][0]}\n{MARKED}") == WORDS


@pytest.mark.parametrize("text", SAMPLES["kept"])
def test_the_writers_own_words_stay(text: str) -> None:
    assert fresh_text(text) == text


@pytest.mark.parametrize("name", SAMPLES["mails"])
def test_a_mail_of_plain_text(name: str) -> None:
    sample = SAMPLES["mails"][name]
    assert fresh_text(sample["mail"]) == sample["fresh"]


@pytest.mark.parametrize("name", SAMPLES["html"])
def test_a_mail_of_html(name: str) -> None:
    sample = SAMPLES["html"][name]
    assert fresh_text(words_of(sample["html"])) == sample["fresh"]


@pytest.mark.parametrize(
    "piece",
    [
        *("a", ":", "<a@", "On 1 ", "- - ", "** ", "1.", "Sent from ", "> ", "\n"),
        *(
            "a:\n",
            "> x\n",
            "> x\n\ny\n",
            "x\n> y\n\n",
            "3.5.2026 10:15:\n",
            "On 2026\n10:15 x\nwrote:\n",
        ),
        *(
            "To:\n",
            "From: x\n",
            "---\n\n",
            "x\n\n---\nEva\n\n",
            "Sent from my iPhone\nx\n",
            "confidential e-mail disclose\n\n",
        ),
    ],
)
def test_no_text_takes_long(piece: str) -> None:
    text = piece * (LONG // len(piece))
    begin = time.process_time()
    for start in ("", "Hello\n\n", "> a\n> b\n\n"):
        fresh_text(start + text)
    assert time.process_time() - begin < 5


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "<div>",
            "<p>x",
            "<br>",
            "<b>x</i>",
            "<td><p>x",
            "<ol><li>x",
            "<pre>\n",
            "<p hidden>x",
            "<",
            "&#",
            "<!--",
        ),
        *("<a href='mailto:x@y.example'>z", "<blockquote type=cite>", "<div class=gmail_quote>"),
    ],
)
def test_no_html_takes_long(piece: str) -> None:
    begin = time.process_time()
    words_of("<div id=appendonsend></div>" + piece * (LONG // len(piece)))
    assert time.process_time() - begin < 10
