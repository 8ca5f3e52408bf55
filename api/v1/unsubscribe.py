"""Where the unsubscribe link of a mail leads: a page that asks, and the one click that mail programs make."""

from __future__ import annotations

import hashlib
from html import escape
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import HTMLResponse

from api.deps import Anyone, ServicesDep
from closer.messaging.unsubscribe import PATH, mailbox_of

router = APIRouter(include_in_schema=False, dependencies=[Depends(Anyone(per_minute=60))])

Token = Annotated[str, Path(max_length=1000)]
_PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="referrer" content="no-referrer" />
    <title>{shop} · E-mail</title>
    <script src="/static/design/theme.js"></script>
    <link rel="stylesheet" href="/static/design/design.css" />
    <link rel="stylesheet" href="/static/reset/reset.css" />
  </head>
  <body>
    <main class="reset">
      <img src="/static/design/art/mark.svg" alt="" width="48" height="48" />
      <h1>{title}</h1>
      <p>{text}</p>
      {form}
    </main>
  </body>
</html>
"""
_FORM = '<form class="reset-form" method="post"><button class="button" type="submit">Unsubscribe</button></form>'


@router.get(PATH + "{token}")
async def ask(token: Token, services: ServicesDep) -> HTMLResponse:
    """Ask whether to unsubscribe; only opening the link changes nothing, because scanners open links."""
    address = mailbox_of(token)
    text = f"Shall we send no more offers to {escape(_masked(address))}?"
    return _page(services.settings.shop_name, "Leave our mails", text, _FORM)


@router.post(PATH + "{token}")
async def leave(token: Token, services: ServicesDep) -> HTMLResponse:
    """Unsubscribe a mailbox; a second time changes nothing."""
    address = mailbox_of(token)
    customer = await services.customers.find_by_email(address)
    source = f"link:{hashlib.sha256(token.encode()).hexdigest()[:32]}"
    await services.contact_consents.record(
        "email",
        address,
        granted=False,
        source=source,
        customer_id=customer.id if customer else None,
    )
    text = (
        f"{escape(_masked(address))} gets no more offers from us. Receipts and answers still come."
    )
    return _page(services.settings.shop_name, "You are unsubscribed", text)


def _page(shop: str, title: str, text: str, form: str = "") -> HTMLResponse:
    return HTMLResponse(_PAGE.format(shop=escape(shop), title=title, text=text, form=form))


def _masked(address: str) -> str:
    name, _, domain = address.partition("@")
    return f"{name[:1]}***@{domain}"
