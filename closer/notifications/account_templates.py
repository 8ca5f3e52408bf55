"""What our messages about accounts say: one small function a message."""

from __future__ import annotations

from closer.notifications.records import Content


def _letter(shop: str, name: str | None, *paragraphs: str) -> str:
    greeting = f"Hello {name}," if name else "Hello,"
    return "\n\n".join([greeting, *paragraphs, f"Your {shop} team"])


def account_exists(shop: str, name: str | None, *, sign_in: str) -> Content:
    """That somebody wanted to open an account with an address that has one."""
    return Content(
        "account_exists",
        f"You already have a {shop} account",
        _letter(
            shop,
            name,
            "Somebody, probably you, wanted to use this e-mail address for a new account. There is one already.",
            f"Sign in here: {sign_in}\nIf you forgot your password, ask our assistant for a new one.",
            "If it was not you, you need not do anything: nothing was changed.",
        ),
    )


def first_password(shop: str, name: str | None, link: str, minutes: int) -> Content:
    """The link behind which the holder of a new account chooses its password."""
    return Content(
        "first_password",
        f"Welcome to {shop}: choose your password",
        _letter(
            shop,
            name,
            f"Welcome! Your account is open. Choose its password here, and you can sign in:\n{link}",
            f"The link works once and for {minutes} minutes; afterwards, ask for another one where you sign in. "
            "If you did not open an account, ignore this message: nobody can sign in without a password.",
        ),
    )


def confirm_address(shop: str, name: str | None, link: str, hours: int) -> Content:
    """The link behind which a registration is confirmed."""
    return Content(
        "confirm_address",
        f"Confirm your {shop} account",
        _letter(
            shop,
            name,
            f"Welcome! Open this link and enter the password that you chose, and your account is ready:\n{link}",
            f"The link works for {hours} hours. If you did not register, ignore this message: "
            "there will be no account.",
        ),
    )


def account_closed(shop: str, name: str | None) -> Content:
    """That an account was closed."""
    return Content(
        "account_closed",
        f"Your {shop} account is closed",
        _letter(
            shop,
            name,
            "As you wished, your account is closed: nobody can sign in with it any more, and the newsletter has ended. "
            "Orders on their way still arrive.",
            "We keep invoices and orders for as long as the law demands. If you want everything else erased too, "
            "tell our assistant.",
        ),
    )


def contact_changed(shop: str, name: str | None, *, what: str) -> Content:
    """That an e-mail address or phone number of an account was changed; goes to the old address."""
    return Content(
        "contact_changed",
        f"Your {shop} account: new {what}",
        _letter(
            shop,
            name,
            f"The {what} of your account was just changed.",
            "If that was not you, please tell us at once by answering this message.",
        ),
        f"{shop}: the {what} of your account was changed. Not you? Tell us at once.",
    )


def newsletter_changed(
    shop: str, name: str | None, *, subscribed: bool, by_stranger: bool = False
) -> Content:
    """That the newsletter was ordered or ended; by whom nobody knows, if it was a stranger who named the address."""
    if subscribed:
        text = "Welcome: you get our newsletter from now on. You can end it at any time by telling our assistant."
        return Content(
            "newsletter_changed", f"You get the {shop} newsletter", _letter(shop, name, text)
        )
    text = "As you wished, you get no newsletter from us any more."
    if by_stranger:
        text = (
            "Somebody, probably you, told our assistant that this address wants no newsletter any more. It has ended. "
            'If it was not you, answer this mail with "subscribe to the newsletter" and it comes again.'
        )
    return Content("newsletter_changed", f"No more {shop} newsletter", _letter(shop, name, text))
