"""The account of an installation without vendors: made-up numbers, and keys that only this installation knows.

With it the vendors' own providers talk to the simulator (`api/simulator`) as they would to Twilio and SendGrid.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from pydantic import SecretStr

from closer.kit.settings import Settings
from closer.providers.twilio_webhooks import auth_token

#: Numbers that nobody has (555-01xx is kept for fiction), nor the demo shop's customers.
OUR_NUMBER = "+18005550100"
OUR_WHATSAPP = "+18005550101"
#: The team's phone, to which calls are put through.
OUR_COLLEAGUE = "+18005550102"


@dataclass(frozen=True)
class SandboxAccount:
    """What the simulator knows this installation by."""

    account_sid: str
    auth_token: str
    api_key: str
    number: str
    whatsapp: str


def may_simulate(settings: Settings) -> bool:
    """Say whether this installation may play its vendors: never in production, never beside a real account."""
    real = (
        settings.twilio_account_sid,
        settings.twilio_auth_token.get_secret_value(),
        settings.sendgrid_api_key.get_secret_value(),
        settings.sendgrid_inbound_public_key,
        settings.sendgrid_events_public_key,
    )
    return settings.environment != "production" and not any(real)


def sandbox_account(settings: Settings) -> SandboxAccount:
    """Return the account; the same for all processes of an installation."""
    return SandboxAccount(
        account_sid=f"AC{_secret(settings, 'account')[:32]}",
        auth_token=auth_token(settings),
        api_key=f"SG.{_secret(settings, 'mail')}",
        number=settings.twilio_from_number or OUR_NUMBER,
        whatsapp=settings.twilio_whatsapp_number or OUR_WHATSAPP,
    )


def with_account(settings: Settings) -> Settings:
    """Return the settings with the sandbox's account and addresses, where the simulator runs; else as they are."""
    if not settings.simulator_url or not may_simulate(settings):
        return settings
    account = sandbox_account(settings)
    return settings.copy(
        update={
            "twilio_account_sid": account.account_sid,
            "twilio_auth_token": SecretStr(account.auth_token),
            "twilio_from_number": account.number,
            "twilio_messaging_service_sid": "",
            "twilio_whatsapp_number": account.whatsapp,
            "twilio_api_url": settings.simulator_url,
            "sendgrid_api_key": SecretStr(account.api_key),
            "sendgrid_api_url": settings.simulator_url,
        }
    )


def _secret(settings: Settings, purpose: str) -> str:
    key = settings.secret_key.get_secret_value().encode()
    return hmac.new(key, f"sandbox {purpose}".encode(), hashlib.sha256).hexdigest()
