"""What customers can mean, as they are asked for it: names of intents and their quick replies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actions.context import TurnContext
from actions.intents import TASK_OF_INTENT

#: What an intent is called when the assistant asks which of two was meant; designers change the words in `utter_ask_meaning`.
MEANINGS: dict[str, str] = {
    "track_order": "Track an order",
    "cancel_order": "Cancel an order",
    "change_order": "Change an order",
    "order_history": "See my past orders",
    "place_order": "Buy something",
    "recommend_product": "Get a recommendation",
    "product_info": "Details of a product",
    "check_stock": "Check availability",
    "view_cart": "See my cart",
    "change_cart": "Change my cart",
    "checkout": "Check out",
    "change_shipping_address": "Change a delivery address",
    "set_up_shipping_address": "Add a delivery address",
    "delivery_options": "Delivery options",
    "delivery_period": "When something arrives",
    "check_cancellation_fee": "Cancellation fees",
    "check_invoice": "Look at an invoice",
    "get_invoice": "Get a copy of an invoice",
    "check_payment_methods": "Ways to pay",
    "payment_issue": "A payment problem",
    "check_refund_policy": "The refund policy",
    "get_refund": "Get a refund",
    "track_refund": "Where my refund is",
    "complaint": "Make a complaint",
    "review": "Leave a review",
    "give_feedback": "Rate this chat",
    "contact_customer_service": "Reach customer service",
    "contact_human_agent": "Talk to a person",
    "switch_channel": "Continue elsewhere",
    "create_account": "Open an account",
    "delete_account": "Close my account",
    "edit_account": "Change my details",
    "switch_account": "Change my account type",
    "recover_password": "Reset my password",
    "registration_problems": "A sign-up problem",
    "newsletter_subscription": "The newsletter",
    "opt_out_of_sale": "Do not sell my data",
    "request_data_deletion": "Erase my data",
    "request_data_export": "Get a copy of my data",
    "stop_contact": "No more messages or calls",
    "manage_appointment": "My booked call",
    "account_info": "See my details",
}

PERSON = {"title": "Talk to a person", "payload": "/contact_human_agent"}


def likely_meanings(ctx: TurnContext, count: int = 2) -> list[str]:
    """Return the likeliest intents that can be offered, best first."""
    ranking: list[dict[str, Any]] = ctx.tracker.latest_message.get("intent_ranking") or []
    names = (
        str(item["name"]).split("/")[0]
        for item in ranking
        if float(item.get("confidence") or 0) >= 0.05
    )
    return [name for name in names if name in MEANINGS][:count]


def likely_task(ctx: TurnContext) -> str | None:
    """Return the task that the model thought of next to its first guess."""
    others = (name for name in likely_meanings(ctx, len(MEANINGS)) if name != ctx.intent)
    name = next(others, None)
    return name if name in TASK_OF_INTENT else None


def button_for(intent: str) -> dict[str, str]:
    """Return the quick reply that stands for an intent."""
    return {"title": MEANINGS[intent], "payload": f"/{intent}"}


def or_person(likely: Sequence[str]) -> list[dict[str, str]]:
    """Return the quick replies of likely meanings and, once, of a person."""
    return [button_for(name) for name in likely if name != "contact_human_agent"] + [PERSON]
