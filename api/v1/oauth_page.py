"""The page on which a person links an account: who asks for what, sign-in, allow or deny. It works without scripts."""

from __future__ import annotations

from html import escape
from urllib.parse import urlsplit

from fastapi.responses import HTMLResponse

from api.middleware.headers import page_policy
from closer.kit.errors import CloserError, TooManyRequests
from closer.kit.settings import Settings
from closer.security.oauth import Wish

_PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="referrer" content="no-referrer" />
    <title>{shop} · Link your account</title>
    <link rel="icon" href="/static/design/art/mark.svg" type="image/svg+xml" />
    <script src="/static/design/theme.js"></script>
    <link rel="stylesheet" href="/static/design/design.css" />
    <link rel="stylesheet" href="/static/reset/reset.css" />
  </head>
  <body>
    <main class="reset">
      <img src="/static/design/art/mark.svg" alt="" width="48" height="48" />
      {content}
    </main>
  </body>
</html>
"""
_CONSENT = """<h1>Link {shop} to Alexa</h1>
      <p>Amazon Alexa asks to act for you at {shop}. Whoever speaks to your device may then hear about your orders,
        returns, invoices and tickets, and may change them in your name. A new password ends it.</p>
      <form class="reset-form" method="post" action="/oauth/authorize">
        {hidden}
        <label for="email">E-mail address</label>
        <input class="input" id="email" name="email" type="email" autocomplete="username" maxlength="320" required
          value="{email}"{described} />
        <label for="password">Password</label>
        <input class="input" id="password" name="password" type="password" autocomplete="current-password"
          maxlength="128" required{described} />
        {problem}
        <button class="button button--primary" name="decision" value="allow">Sign in and allow</button>
        <button class="button button--quiet" name="decision" value="deny" formnovalidate>Don't allow</button>
      </form>"""
_PROBLEM = '<div class="note note--danger" id="problem" role="alert"><div>{text}.</div></div>'
_REFUSAL = """<h1>This link does not work</h1>
      <p>{text}. Nothing was linked. Please start again in the Alexa app.</p>"""


def consent_page(
    settings: Settings, wish: Wish, *, email: str = "", problem: CloserError | None = None
) -> HTMLResponse:
    """Return the page that asks.

    Args:
        settings: The shop's name, the addresses that the form may lead to.
        wish: What is asked for; it comes back with the form.
        email: What was typed before.
        problem: Why that did not work.
    """
    fields = {
        "response_type": "code",
        "client_id": wish.client_id,
        "redirect_uri": wish.redirect_uri,
        "state": wish.state,
    }
    hidden = [
        f'<input type="hidden" name="{name}" value="{escape(value)}" />'
        for name, value in fields.items()
    ]
    content = _CONSENT.format(
        shop=escape(settings.shop_name),
        hidden="\n        ".join(hidden),
        email=escape(email),
        described=' aria-describedby="problem"' if problem else "",
        problem=_PROBLEM.format(text=_sentence(problem.detail)) if problem else "",
    )
    answer = _page(settings, content, problem.status if problem else 200, wish.redirect_uri)
    if isinstance(problem, TooManyRequests):
        answer.headers["Retry-After"] = str(problem.extra.get("retry_after", 1))
    return answer


def refusal_page(settings: Settings, text: str, status: int = 400) -> HTMLResponse:
    """Return the page for a request that must not lead anywhere."""
    return _page(settings, _REFUSAL.format(text=_sentence(text)), status)


def _sentence(text: str) -> str:
    return escape(text[:1].upper() + text[1:])


def _page(
    settings: Settings, content: str, status: int, redirect_uri: str | None = None
) -> HTMLResponse:
    """Return a page that no other site can show in a frame; its form leads to us and to the client."""
    targets: tuple[str, ...] = ()
    if redirect_uri is not None:
        parts = urlsplit(redirect_uri)
        targets = (f"{parts.scheme}://{parts.netloc}",)
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": page_policy(
            settings.public_url, (), form_targets=targets, framed=False
        ),
        "X-Frame-Options": "DENY",
    }
    page = _PAGE.format(shop=escape(settings.shop_name), content=content)
    return HTMLResponse(page, status, headers)
