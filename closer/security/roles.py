"""Roles and the permissions that each carries."""

from __future__ import annotations

from enum import Enum


class Role(str, Enum):
    """Kinds of callers."""

    VISITOR = "visitor"
    CUSTOMER = "customer"
    AGENT = "agent"
    TRAINER = "trainer"
    ADMIN = "admin"
    SERVICE = "service"


class Permission(str, Enum):
    """What an operation may require; each names the records and the kind of access."""

    CHAT_OWN = "chat:own"
    CUSTOMERS_OWN = "customers:own"
    CUSTOMERS_ANY = "customers:any"
    CONVERSATIONS_ANY = "conversations:any"
    TURN_RUN = "turn:run"
    CHANNELS_SEND = "channels:send"
    HANDOFF_WORK = "handoff:work"
    TICKETS_WORK = "tickets:work"
    MODELS_READ = "models:read"
    MODELS_MANAGE = "models:manage"
    LEARNING_MANAGE = "learning:manage"
    CACHE_MANAGE = "cache:manage"
    MONITORING_READ = "monitoring:read"
    MONITORING_MANAGE = "monitoring:manage"
    ANALYTICS_READ = "analytics:read"
    SECURITY_MANAGE = "security:manage"
    PRIVACY_REQUEST = "privacy:request"


_P = Permission
_EVERYTHING = frozenset(Permission)

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VISITOR: frozenset({_P.CHAT_OWN}),
    Role.CUSTOMER: frozenset({_P.CHAT_OWN, _P.CUSTOMERS_OWN, _P.PRIVACY_REQUEST}),
    Role.AGENT: frozenset(
        {_P.CUSTOMERS_ANY, _P.CONVERSATIONS_ANY, _P.CHANNELS_SEND, _P.HANDOFF_WORK, _P.TICKETS_WORK}
    ),
    Role.TRAINER: frozenset(
        {_P.MODELS_READ, _P.MODELS_MANAGE, _P.LEARNING_MANAGE, _P.MONITORING_READ}
    ),
    Role.ADMIN: _EVERYTHING - {_P.CHAT_OWN, _P.CUSTOMERS_OWN},
    Role.SERVICE: _EVERYTHING - {_P.CHAT_OWN, _P.CUSTOMERS_OWN},
}
