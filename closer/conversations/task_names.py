"""What tasks are called when people are spoken to where the dialogue is not at hand: on another channel, in a call."""

from __future__ import annotations

_NAMES = {
    "book_appointment": "arranging a call",
    "cancel_order": "cancelling an order",
    "change_cart": "changing your cart",
    "change_order": "changing your order",
    "change_shipping_address": "changing the delivery address",
    "check_invoice": "looking at an invoice",
    "check_stock": "availability",
    "checkout": "the checkout",
    "complaint": "your complaint",
    "create_account": "opening an account",
    "delete_account": "closing your account",
    "edit_account": "changing your details",
    "get_invoice": "sending an invoice",
    "get_refund": "your refund",
    "give_feedback": "your feedback",
    "manage_appointment": "your booked call",
    "newsletter_subscription": "the newsletter",
    "opt_out_of_sale": "the use of your data",
    "order_history": "your past orders",
    "payment_issue": "your payment problem",
    "place_order": "your purchase",
    "product_info": "the details of a product",
    "recover_password": "getting you a new password",
    "registration_problems": "your sign-up problem",
    "request_data_deletion": "erasing your data",
    "request_data_export": "a copy of your data",
    "account_info": "what we have on file for you",
    "review": "your review",
    "set_up_shipping_address": "adding a delivery address",
    "stop_contact": "not being contacted",
    "switch_account": "changing your account type",
    "switch_channel": "going on elsewhere",
    "track_order": "tracking your order",
    "track_refund": "following your refund",
    "view_cart": "your cart",
    "withdraw_refund": "taking your refund back",
}


def task_name(task: str) -> str:
    """Return what a task is called; the same words as its title in the dialogue."""
    return _NAMES.get(task) or task.replace("_", " ")
