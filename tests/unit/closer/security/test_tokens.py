"""Tokens: what they say, what is refused, who may do what."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timezone

import jwt
import pytest

from closer.kit.clock import FixedClock
from closer.kit.errors import NotAuthenticated, NotPermitted
from closer.kit.settings import load_settings
from closer.security.roles import PERMISSIONS, Permission, Role
from closer.security.tokens import issue_token, verify_token

SETTINGS = load_settings()


def test_a_customers_token_opens_their_own_records_only() -> None:
    claims = verify_token(SETTINGS, issue_token(SETTINGS, role="customer", customer_id="user123"))
    assert (claims.role, claims.customer_id, claims.conversation_id) == (
        Role.CUSTOMER,
        "user123",
        "user123",
    )
    claims.require_customer("user123")
    with pytest.raises(NotPermitted):
        claims.require_customer("user456")
    with pytest.raises(NotPermitted):
        claims.require(Permission.TURN_RUN)


def test_staff_may_name_any_customer_and_have_no_conversation() -> None:
    claims = verify_token(SETTINGS, issue_token(SETTINGS, role="agent"))
    claims.require_customer("user456")
    assert claims.conversation_id is None


def test_each_visitor_is_another() -> None:
    first, second = (
        verify_token(SETTINGS, issue_token(SETTINGS, role="visitor")) for _ in range(2)
    )
    assert first.conversation_id != second.conversation_id
    with pytest.raises(NotPermitted):
        first.require_customer("user123")


def test_a_customers_token_names_a_customer() -> None:
    with pytest.raises(ValueError, match="customer_id"):
        issue_token(SETTINGS, role="customer")


def test_a_token_ends() -> None:
    clock = FixedClock(datetime(2026, 1, 1, tzinfo=timezone.utc))
    token = issue_token(SETTINGS, role="admin", ttl_s=60, clock=clock)
    clock.advance(seconds=59)
    assert verify_token(SETTINGS, token, clock).role is Role.ADMIN
    clock.advance(seconds=1)
    with pytest.raises(NotAuthenticated) as refused:
        verify_token(SETTINGS, token, clock)
    assert refused.value.code == "token_expired"


def _unsigned(claims: dict[str, object]) -> str:
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return (
        ".".join(
            base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
            for part in parts
        )
        + "."
    )


@pytest.mark.parametrize(
    "kind", ["unsigned", "other key", "other issuer", "unknown role", "rubbish", "empty"]
)
def test_forged_tokens_are_refused(kind: str) -> None:
    good = jwt.decode(issue_token(SETTINGS, role="admin"), options={"verify_signature": False})
    key = SETTINGS.secret_key.get_secret_value()
    token = {
        "unsigned": _unsigned(good),
        "other key": jwt.encode(good, "x" * 48, algorithm="HS256"),
        "other issuer": jwt.encode({**good, "iss": "somebody"}, key, algorithm="HS256"),
        "unknown role": jwt.encode({**good, "role": "owner"}, key, algorithm="HS256"),
        "rubbish": "a.b.c",
        "empty": "",
    }[kind]
    with pytest.raises(NotAuthenticated):
        verify_token(SETTINGS, token)


def test_only_people_have_conversations_of_their_own() -> None:
    chatting = {
        role for role, permissions in PERMISSIONS.items() if Permission.CHAT_OWN in permissions
    }
    assert chatting == {Role.VISITOR, Role.CUSTOMER}
    assert set(PERMISSIONS) == set(Role)
