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
        "account_info",
        "place_order",
        "product_info",
        "check_stock",
        "view_cart",
        "change_cart",
        "checkout",
        "switch_channel",
        "stop_contact",
        "manage_appointment",
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
        "ask_waiting",
        "stop_waiting",
        "crisis",
        "security_alert",
    }
)

#: Tasks whose names people mix up when they answer: such a message never interrupts its kin.
KIN: tuple[frozenset[str], ...] = (
    frozenset({"check_invoice", "get_invoice"}),
    frozenset({"get_refund", "track_refund", "complaint", "payment_issue"}),
    frozenset({"change_order", "change_shipping_address", "set_up_shipping_address"}),
    frozenset({"track_order", "order_history"}),
    frozenset({"product_info", "check_stock", "place_order"}),
    frozenset({"view_cart", "change_cart", "checkout"}),
)

#: What a task brings along by itself, so that it is no further wish.
IMPLIED: dict[str, frozenset[str]] = {
    "cancel_order": frozenset({"get_refund", "track_refund", "change_order", "place_order"}),
    "get_refund": frozenset({"track_refund", "change_order", "cancel_order", "track_order"}),
    "track_refund": frozenset({"get_refund"}),
    "get_invoice": frozenset({"check_invoice"}),
    "place_order": frozenset({"product_info", "check_stock", "checkout"}),
    "change_cart": frozenset({"view_cart"}),
    "change_order": frozenset({"place_order"}),
    "complaint": frozenset({"review", "give_feedback"}),
    "recover_password": frozenset({"edit_account"}),
    "create_account": frozenset({"switch_account", "edit_account", "registration_problems"}),
    "change_shipping_address": frozenset({"set_up_shipping_address", "change_order"}),
    "set_up_shipping_address": frozenset({"change_shipping_address"}),
}

#: Told to explain a wish more often than wished for: no second wish.
TOLD_NOT_WISHED = frozenset(
    {"complaint", "payment_issue", "registration_problems", "review", "give_feedback"}
)

#: Questions that are answered on the spot when they come along with a wish.
ANSWERS: dict[str, str] = {
    "check_refund_policy": "action_check_refund_policy",
    "check_payment_methods": "action_check_payment_methods",
    "delivery_options": "action_delivery_options",
    "delivery_period": "action_delivery_period",
    "contact_customer_service": "action_contact_customer_service",
}
