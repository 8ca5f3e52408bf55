"""Which provider serves a channel, by what the settings hold; a vendor's module is loaded only when it is used."""

from __future__ import annotations

from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.settings import Settings
from closer.providers.base import MessageProvider
from closer.providers.media import MediaSource, TwilioMedia
from closer.providers.payments import PaymentProvider
from closer.providers.sandbox import SandboxProvider
from closer.providers.sandbox_account import with_account
from closer.providers.sandbox_payments import SandboxPayments

#: Where Twilio reports what became of a message; refused by Twilio unless it is a public address.
STATUS_PATH = "/webhooks/sms/status"


def choose_providers(settings: Settings, db: Database, clock: Clock) -> dict[str, MessageProvider]:
    """Return a provider for each channel: the vendor's with credentials, else the sandbox.

    Where the simulator runs, the vendors' own providers talk to it; elsewhere messages are merely kept.
    """
    settings = with_account(settings)
    return {
        "sms": _sms(settings) or SandboxProvider(db, clock, "sms"),
        "email": _email(settings) or SandboxProvider(db, clock, "email"),
        "webhook": _webhook(settings),
    }


def choose_payments(settings: Settings, db: Database, clock: Clock) -> PaymentProvider | None:
    """Return who takes payments: the sandbox, in a demo shop or in development; elsewhere nobody yet.

    With nobody, orders are paid by bank transfer only: a test card must never buy real goods.
    """
    if settings.demo_shop or settings.environment != "production":
        return SandboxPayments(db, clock)
    return None


def media_source(settings: Settings) -> MediaSource:
    """Return what fetches media of messages."""
    settings = with_account(settings)
    return TwilioMedia(
        settings.twilio_account_sid,
        settings.twilio_auth_token.get_secret_value(),
        base_url=settings.twilio_api_url or None,
    )


def _sms(settings: Settings) -> MessageProvider | None:
    if not (settings.twilio_account_sid and settings.twilio_auth_token.get_secret_value()):
        return None
    from closer.providers.twilio_sms import TwilioSms  # noqa: PLC0415 - only when it is used

    public = settings.public_url.rstrip("/")
    reachable = public.startswith("https://") or settings.twilio_api_url
    return TwilioSms(
        settings.twilio_account_sid,
        settings.twilio_auth_token.get_secret_value(),
        settings.twilio_messaging_service_sid or settings.twilio_from_number,
        whatsapp_number=settings.twilio_whatsapp_number,
        status_callback=f"{public}{STATUS_PATH}" if reachable else None,
        base_url=settings.twilio_api_url or None,
    )


def _email(settings: Settings) -> MessageProvider | None:
    key = settings.sendgrid_api_key.get_secret_value()
    if not key:
        return None
    from closer.providers.sendgrid_mail import HOST, SendGridMail  # noqa: PLC0415 - only when it is used

    host = settings.sendgrid_api_url or HOST
    return SendGridMail(key, settings.mail_from, settings.shop_name, host=host)


def _webhook(settings: Settings) -> MessageProvider:
    from closer.providers.webhook import SignedWebhook  # noqa: PLC0415 - only when it is used

    return SignedWebhook(settings.secret_key.get_secret_value())
