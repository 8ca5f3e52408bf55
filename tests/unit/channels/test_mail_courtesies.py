"""What a mail asks for: courtesies off, the subject where it carries the request."""

from __future__ import annotations

import pytest

from channels.mail.courtesies import request_of, topic_of, without_courtesies


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("Hi team,\n\nwhere is order 12345?\n\nBest regards,\nAnna Blum", "where is order 12345?"),
        (
            "Dear Sir or Madam,\nplease cancel 12345.\nYours sincerely\nA. Blum\nRiver Road 1",
            "please cancel 12345.",
        ),
        ("Hello, where is order 12345?\nThanks!", "Hello, where is order 12345?"),
        (
            "Thanks for the parcel!\nWhere is the invoice?",
            "Thanks for the parcel!\nWhere is the invoice?",
        ),
        ("Where is it?\n\nRegards, Maya", "Where is it?"),
        (
            "Dear team,\nplease cancel 12345.\n\nKind regards\nAnna Blum\nHead of Purchasing\nBlum Ltd\nRiver Road 1\nAustin, TX 78701\n+1 202 555 0100",
            "please cancel 12345.",
        ),
        (
            "Send the bill.\n\nThank you very much in advance for your help\nAnna",
            "Send the bill.",
        ),
        (
            "Send it.\n\nThanks\nAnna\nPS: could you change my phone?",
            "Send it.\n\nThanks\nAnna\nPS: could you change my phone?",
        ),
        ("thank you", "thank you"),
        ("Hi", "Hi"),
        (
            "Good morning\n\nThe zip is wrong.\n\nMany thanks in advance\n\nAnna",
            "The zip is wrong.",
        ),
        (
            "one\n\nThanks\n\nAnd where is the other one?",
            "one\n\nThanks\n\nAnd where is the other one?",
        ),
    ],
)
def test_salutation_and_closing_go(text: str, request_: str) -> None:
    assert without_courtesies(text) == request_


@pytest.mark.parametrize(
    ("text", "subject", "new", "request_"),
    [
        ("Hi, it did not come.", "Order 12345", True, "Order 12345. Hi, it did not come."),
        ("Yes please", "Re: Order 12345", False, "Yes please"),
        ("where is order 12345", "Question", True, "where is order 12345"),
        ("", "Where is my order 12345?", True, "Where is my order 12345?"),
        ("I lost my password.", "lost my password", True, "I lost my password."),
    ],
)
def test_a_subject_of_the_writers_own_counts(
    text: str, subject: str, new: bool, request_: str
) -> None:
    assert request_of(text, subject, new_thread=new) == request_


@pytest.mark.parametrize(
    ("subject", "text", "topic"),
    [
        ("Re: Your order 12345: a message from Northlight", "when?", "Order 12345"),
        ("AW: Your refund for order NL-2041", "when?", "Order NL-2041"),
        ("Re: Your order #12345", "when?", "Order 12345"),
        ("Re: Your order 12345", "and order 12346?", ""),
        ("Re: A message from Northlight", "when?", ""),
        ("Re: how to order online", "when?", ""),
        ("", "when?", ""),
    ],
)
def test_an_answer_takes_over_the_order_of_the_mail(subject: str, text: str, topic: str) -> None:
    assert topic_of(subject, text) == topic
