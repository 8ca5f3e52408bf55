"""What messages say: everything somebody needs, nothing left to be filled in, short enough for SMS."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal

import pytest

from closer.kit.money import Money
from closer.notifications import templates
from closer.notifications.records import SECRET_KINDS, Content

DUE = datetime(2026, 3, 12, 10, tzinfo=timezone.utc)
REFUND = {"refund_id": "RF-1", "order_id": "4471", "amount": Money(Decimal("12.50"))}

CASES: list[tuple[Content, list[str]]] = [
    (templates.one_time_code("Shop", "123456", 10), ["123456", "10 minutes"]),
    (
        templates.password_reset("Shop", "Ann", "https://s.example/reset#t", 30),
        ["https://s.example/reset#t", "Ann"],
    ),
    (templates.refund_receipt("Shop", "Ann", **REFUND), ["RF-1", "4471", "$12.50"]),  # type: ignore[arg-type]
    (
        templates.ticket_receipt("Shop", None, ticket_id="TCK-1", subject="A lamp", due_at=DUE),
        ["TCK-1", "A lamp", "Thursday, 12 March 2026"],
    ),
    (
        templates.privacy_receipt(
            "Shop", "Ann", request_id="PRV-1", kind="data_deletion", due_at=DUE, done=False
        ),
        ["PRV-1", "delete", "12 March"],
    ),
    (
        templates.data_export_ready(
            "Shop", "Ann", request_id="PRV-1", link="https://s.example/x#t", days=7
        ),
        ["https://s.example/x#t", "7 days"],
    ),
    (
        templates.handoff_promise("Shop", "Ann", ticket_id="TCK-1", due_at=DUE),
        ["TCK-1", "12 March"],
    ),
    (
        templates.order_change("Shop", "Ann", order_id="4471", change="It goes to Berlin now."),
        ["4471", "Berlin"],
    ),
    (
        templates.appointment_booked("Shop", "Ann", starts_at=DUE, topic="A lamp"),
        ["10:00 UTC", "A lamp"],
    ),
]


@pytest.mark.parametrize(("content", "needed"), CASES, ids=[content.kind for content, _ in CASES])
def test_a_message_says_what_it_must(content: Content, needed: list[str]) -> None:
    assert all(word in content.body for word in needed)
    assert content.subject
    assert "Shop" in content.body
    assert "{" not in content.body + content.subject
    assert "None" not in content.body


@pytest.mark.parametrize(
    "content", [content for content, _ in CASES], ids=[c.kind for c, _ in CASES]
)
def test_an_sms_is_short(content: Content) -> None:
    if content.short is not None:
        assert content.text_for("sms") == content.short
        assert len(content.short) <= 160
    assert content.text_for("email") == content.body


def test_a_done_request_names_no_deadline() -> None:
    done = templates.privacy_receipt(
        "Shop", "Ann", request_id="P", kind="opt_out", due_at=DUE, done=True
    )
    assert "done" in done.body
    assert "12 March" not in done.body


def test_subjects_carry_no_secret() -> None:
    for content, needed in CASES:
        if content.kind in SECRET_KINDS:
            assert not any(word in content.subject for word in needed)
