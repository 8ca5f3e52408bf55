"""What is said right after a task has ended and still belongs to it: "and the candle as well", "when?"."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType

from actions.after_refund import REFUNDS, after_refund
from actions.after_trouble import tells_more_of_trouble
from actions.bought import order_like
from actions.confirming import is_asking
from actions.context import TurnContext
from actions.ended import INVOICES, ended_lately
from actions.invoice_choice import invoice_with
from actions.invoice_names import name_told
from actions.negation import NT
from actions.slot_types import OTHER_ONE
from actions.spoken_of import last_action
from actions.talk import one_before
from actions.tasks.account_questions import ERASING, EXPORT, NEWSLETTER, first_answer
from actions.waiting import begin_with

_FEW = 4
#: Tasks that a further thing is meant for where it is merely named.
_OF_ANY_ORDER = ("cancel_order", "track_order", "change_shipping_address")
_WHAT_ABOUT = re.compile(
    r"^\W*(?:(?:ok|and|so|then|but)\W+)*(?:(?:what|how) about|the other (?:one|order)|the (?:one|order) with)\b"
    r"|^\W*(?:and|plus|also)\s+(?:(?:for|of)\s+)?(?:the|my)\s+[\w' -]{3,30}\W*$",
    re.IGNORECASE,
)
_GRADE_WORDS = 8
_GRADED = ("review", "give_feedback")
#: What was just added to an order.
_OUT_AGAIN = re.compile(
    r"\b(?:take|get|leave) (?:it|them|that|those|this) (?:back )?out\b|\bremove (?:it|them|that) again\b",
    re.IGNORECASE,
)
_ANSWERS = {
    "request_data_export": EXPORT,
    "request_data_deletion": ERASING,
    "newsletter_subscription": NEWSLETTER,
}
_SIGN_UP, _PASSWORD = "registration_problems", "recover_password"
#: Intents of messages that are no wish of their own.
_TOLD = ("inform", "nlu_fallback")
_PLAIN = (*_TOLD, "affirm", "deny")
#: What was done about it did not help.
_IN_VAIN = re.compile(
    r"\b(?:spam|junk|expired|invalid)\b|(?:\b(?:still|got|found|see|there'?s|is)|,)\s*nothing\b(?! (?:else|more|to))|\bno (?:luck|mail|e-?mail|link)\b"
    rf"|{NT} (?:work|help|there|come|get|got|arriv\w*)|\bstill (?:no|not|the same|broken|spin\w*)\b|\bnever (?:came|got|arriv\w*)",
    re.IGNORECASE,
)
_CALLED_OFF = re.compile(
    r"\b(?:call|cancel) (?:it|that|this)\b(?: off\b|\W*$)"
    r"|\b(?:cancel|drop|scrap|forget|skip)\b.{0,10}\b(?:call|appointment|callback)\b",
    re.IGNORECASE,
)
#: "did it work?", "has that gone through", "so is it done now".
_DID_IT_WORK = re.compile(
    r"^\W*(?:so |and |ok(?:ay)? |but |then )*(?:(?:did|has|have|is|was|are|were) (?:it|that|this|they|everything|all of (?:it|that)|you|u|we)|it'?s|all)\b"
    r".{0,20}\b(?:work(?:ed)?|go(?:ne)? through|went through|done|finished|changed|sent|send|saved|recorded|registered|active|all set|succe\w+|ok(?:ay)?)\b"
    r"(?: (?:now|then|already|yet|ok|right|it|that))*\W*$",
    re.IGNORECASE,
)
#: Tasks after which nothing can have worked or not.
_ONLY_TELL = frozenset(
    {
        "track_order",
        "order_history",
        "track_refund",
        "product_info",
        "check_stock",
        "view_cart",
        "account_info",
        "check_invoice",
    }
)
_OF_ORDERS = frozenset(
    {
        "place_order",
        "checkout",
        "change_order",
        "change_shipping_address",
        "get_refund",
        "payment_issue",
    }
)
_SENT = re.compile(r"\b(?:sent|send|ok(?:ay)?)\b", re.IGNORECASE)
_RATHER = re.compile(
    r"\b(?:no|nope|not|sorry|wait|instead|rather|actually|better|meant|mean|oops|same time)\b",
    re.IGNORECASE,
)
_TELLS = 5
_LETTERS = "newsletter_subscription"
#: "Turn it off then", "leave it on", of the newsletter that was just spoken of.
_ON_OR_OFF = re.compile(
    r"\b(?:turn|switch|take|leave|put|keep) (?:it|them|that|me|those) (?:back )?(?:on|off|coming)\b|\bunsubscribe\b|\b(?:stop|end|cancel) (?:it|them|that|those)\b"
    r"|\bsign me (?:up|off)\b",
    re.IGNORECASE,
)
#: "Use my other mail ...", "send it to ... instead".
_ELSEWHERE = re.compile(
    r"\b(?:other|another|different|instead|rather|private|work|second)\b|\b(?:use|take|send|try)\b",
    re.IGNORECASE,
)
_OF_ACCOUNT = re.compile(r"\b(?:account|profile|log ?in|sign ?in|password)\b", re.IGNORECASE)
_ERASURES = ("request_data_deletion", "delete_account")
_TAKES_BACK = re.compile(
    r"\b(?:take|taking|have|want) (?:it|that|this) back\b|\bundo (?:it|that|this)\b"
    rf"|{NT} (?:want|wish) to be (?:erased|deleted|forgotten)\b",
    re.IGNORECASE,
)
_REMOVABLE = re.compile(
    r"\W*(?:(?:just|only|all|the|whole|entire|of|my)\s+)*(?:(?P<data>(?:personal )?(?:data|information|info))|account|profile)(?: please| pls)?\W*",
    re.IGNORECASE,
)
_OVERDUE = re.compile(
    r"\b(?:supposed|meant|promised|due|should have|should'?ve)\b.{0,20}\b(?:be|been|come|arrive\w*|here|yesterday|today|last|on)\b|\boverdue\b",
    re.IGNORECASE,
)
_SHOW = re.compile(r"\b(?:show|see|look|display|here)\b", re.IGNORECASE)


async def task_follow_up(ctx: TurnContext) -> list[EventType] | None:
    """Answer what follows from the task that has just ended; None if the message does not belong to it."""
    if ctx.active_form:
        return None
    task = "track_order" if last_action(ctx, "action_delivery_period") else ended_lately(ctx)
    meant = "request_data_deletion" if takes_erasure_back(ctx) else removal_named(ctx)
    if calls_call_off(ctx) or (task == "book_appointment" and _another_time(ctx)):
        meant = "manage_appointment"
    if task == "get_invoice" and _SHOW.search(ctx.text) and ctx.intent in _PLAIN:
        meant = "check_invoice"
    if letters_go_elsewhere(ctx) or (task == _LETTERS and _ON_OR_OFF.search(ctx.text)):
        meant = _LETTERS
    if meant is not None:
        return begin_with(ctx, meant)
    if task in REFUNDS and ctx.customer_id:
        return await after_refund(ctx)
    if tells_about_request(ctx) or await tells_more_of_trouble(ctx):
        return []
    again = (
        (task in _OF_ANY_ORDER and await _names_other_order(ctx))
        or (task == "track_order" and ctx.intent in _TOLD and _OVERDUE.search(ctx.text))
        or (task == _SIGN_UP and _tells_more(ctx))
        or (task == _PASSWORD and ctx.intent in _TOLD and _IN_VAIN.search(ctx.text))
        or (task in INVOICES and ctx.customer_id and await _after_invoice(ctx))
        or grades_again(ctx)
        or (task == "change_order" and _OUT_AGAIN.search(ctx.text))
    )
    if task and again:
        return begin_with(ctx, task)
    return None


def tells_outcome(ctx: TurnContext) -> bool:
    """Answer "did it work?" by how the task that has just ended came out; say whether that was asked."""
    task, result = ended_lately(ctx), ctx.slot("task_result") or {}
    if task is None or result.get("task") != task or not _DID_IT_WORK.search(ctx.text):
        return False
    if task in _ONLY_TELL or (task in _OF_ORDERS and _SENT.search(ctx.text)):
        return False  # whether an order was sent is no question about the task
    ctx.say(
        "utter_task_went_through" if result["outcome"] == "ready" else "utter_task_came_to_nothing"
    )
    return True


def letters_go_elsewhere(ctx: TurnContext) -> bool:
    """Say whether the newsletter just ordered is to go to another address: "use my other mail x@y.org"."""
    told = ctx.entity("email") is not None and not _OF_ACCOUNT.search(ctx.text)
    return told and ended_lately(ctx) == _LETTERS and _ELSEWHERE.search(ctx.text) is not None


def _another_time(ctx: TurnContext) -> bool:
    """Whether another day or time is named for the call that was just booked: "no wait, tuesday"."""
    return ctx.entity("date") is not None and _RATHER.search(ctx.text) is not None


def grades_again(ctx: TurnContext) -> bool:
    """Say whether few words put another mark in the place of the one just given: "make it 2 stars"."""
    short = len(ctx.text.split()) <= _GRADE_WORDS and ctx.entity("product") is None
    return ended_lately(ctx) in _GRADED and short and ctx.entity("rating") is not None


def calls_call_off(ctx: TurnContext) -> bool:
    """Say whether "call it off" is about the call that was just booked."""
    return ended_lately(ctx) == "book_appointment" and _CALLED_OFF.search(ctx.text) is not None


def removal_named(ctx: TurnContext) -> str | None:
    """Return the task that few words name where it was asked what is to be removed: "my data", "the whole account"."""
    result = ctx.slot("task_result") or {}
    asked = (result.get("task"), result.get("outcome")) == (_ERASURES[0], "answered")
    named = _REMOVABLE.fullmatch(ctx.text) if asked and ended_lately(ctx) == _ERASURES[0] else None
    if named is None:
        return None
    return "request_data_deletion" if named["data"] else "delete_account"


def tells_about_request(ctx: TurnContext) -> bool:
    """Answer "when?", "as a pdf?", "how often?" by the copy, the erasure or the newsletter just asked for; say whether it was one."""
    task = None if ctx.active_form else ended_lately(ctx)
    answers = _ANSWERS.get(task or "")
    asks = is_asking(ctx) or len(ctx.text.split()) <= _FEW
    if answers is None or not asks or ctx.entity("order_id") is not None:
        return False
    return first_answer(ctx, answers)


def _tells_more(ctx: TurnContext) -> bool:
    """Whether a message says that the help was in vain, or tells more of the trouble."""
    if ctx.intent not in _PLAIN or is_asking(ctx):
        return False
    longer = len(ctx.text.split()) >= _TELLS and ctx.intent in _TOLD
    return longer or _IN_VAIN.search(ctx.text) is not None


def takes_erasure_back(ctx: TurnContext) -> bool:
    """Say whether "take it back" is about the erasure that was just asked for."""
    return ended_lately(ctx) in _ERASURES and _TAKES_BACK.search(ctx.text) is not None


async def _names_other_order(ctx: TurnContext) -> bool:
    """Whether few words only name goods of another order than the one just dealt with: "ok then the monitor"."""
    if ctx.customer_id is None or ctx.intent not in _PLAIN:
        return False
    if is_asking(ctx) and not _WHAT_ABOUT.search(ctx.text):
        return False
    if ctx.entity("product") is None or len(ctx.text.split()) > _GRADE_WORDS:
        return False
    meant = order_like(await ctx.services.orders.latest(ctx.customer_id, 8), ctx.text)
    return meant is not None and meant.id != str(ctx.slot("order_id"))


async def _after_invoice(ctx: TurnContext) -> bool:
    """Whether the words name something on one of the customer's invoices, or whom the one just shown is to be made out to."""
    if name_told(ctx.text) is not None or one_before(ctx.text) or OTHER_ONE.search(ctx.text):
        return True
    known = await ctx.services.orders.invoices(str(ctx.customer_id))
    return invoice_with(known, ctx.text) is not None
