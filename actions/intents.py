"""Which intent starts which task, and which are digressions that a task in progress survives."""

from __future__ import annotations

#: Intents that start a task (a form). The rules in data/rules say the same; a test compares them.
TASK_OF_INTENT: dict[str, str] = {
    name: name
    for name in (
        "track_order",
        "cancel_order",
        "change_order",
        "order_history",
        "change_shipping_address",
        "set_up_shipping_address",
        "check_invoice",
        "get_invoice",
        "payment_issue",
        "get_refund",
        "track_refund",
        "complaint",
        "review",
        "give_feedback",
        "create_account",
        "delete_account",
        "edit_account",
        "switch_account",
        "recover_password",
        "registration_problems",
        "newsletter_subscription",
        "opt_out_of_sale",
        "request_data_deletion",
        "request_data_export",
        "place_order",
        "product_info",
        "check_stock",
        "switch_channel",
    )
}

#: Answered by a rule while the task waits; then the open question is put again.
DIGRESSIONS = frozenset(
    {
        "faq",
        "chitchat",
        "greet",
        "goodbye",
        "thank",
        "help",
        "repeat",
        "bot_challenge",
        "out_of_scope",
        "recommend_product",
        "delivery_options",
        "delivery_period",
        "check_payment_methods",
        "check_refund_policy",
        "check_cancellation_fee",
        "contact_customer_service",
        "contact_human_agent",
    }
)
