"""Reading a confirmation: only a clear yes confirms; a question, a reservation, a hesitation or a mere guess does not."""

from __future__ import annotations

import re

from actions.context import TurnContext
from actions.intents import TASK_OF_INTENT

#: From here on the model's reading is believed without a word that says so.
SURE = 0.7
_LONG = 4

_YES = (
    r"yes+|yse|yea+h?|yep|yup|ya|yas+|aye|y|si|sí|oui|ja|jawohl|jo|da|tak|sim|claro|vale|d'?accord|va bene|👍|✅|👌|"
    r"sure|ok(?:ay|ey|i)?|kk?|alright|all right|fine|correct|right|exactly|precisely|absolutely|definitely|certainly|indeed|"
    r"of course|ofc|please do|do (?:it|that|so)|just do it|go (?:ahead|for it|on)|proceed|continue|confirm(?:ed)?|"
    r"i (?:confirm|agree|do|accept)|agreed|accept(?:ed)?|perfect|great|sounds good|let'?s do (?:it|this|that)|make it so|why not"
)
_STRONG = re.compile(
    r"\b(?:yes|yeah|yep|yup|sure|oui|ja|si|sí|do it|do that|go ahead|please|definitely|absolutely|of course|confirm\w*|agreed?|proceed"
    r"|certainly)\b"
)
_BEGINS_YES = re.compile(rf"^\W*(?:{_YES})(?!\w)")
#: A yes and nothing else, also in the languages that the model does not know.
_PLAIN_YES = re.compile(
    rf"\W*(?:{_YES})(?:,? (?:please|pls|bitte|por favor|s'?il (?:te|vous) pla[iî]t))?[\s.!]*"
)
_YEAH = re.compile(r"^\W*(?:(?:ok(?:ay)?|oh|well|alright|right|so)\W+)*(?:yes+|yep|yeah|yup)\b")
#: "No wrapping needed" says what goes without saying, and no to nothing.
_NO = re.compile(
    r"^\W*(?:no|nope|nah)\b(?! (?:problem|worries|rush|doubt|issues?|objections?))(?! (?:\w+ ){1,3}(?:needed|necessary|required|wanted)\b)"
)
#: All that may stand in a yes to what cannot be undone.
_OF_A_YES = frozenset(
    """100 a absolutely account accounts accept acct agree agreed agrees ahead all alright am and away aye bitte both certain certainly claro
    care close closed completely confirm confirmed continue correct course da data definitely delete deleted do done down dont else entirely
    erase erased everything exactly favor fine for forever go good i id immediately im indeed it its ja jawohl jo just k kk lets like
    make me mind mine my now of off ofc ok okay okey oki on oui out permanently please pls plz positive por proceed remove removed
    right s si sí sim so sounds sure t ta tak thank thanks that thats the then thx to too u understand understood vale want we well wipe wiped
    wish with would y ya yas ye yea yeah yep yes yess yesss yse yup you""".split()
)
#: Says no, whatever else it begins with: "ok keep it", "yeah no", "yes... wait no".
_REFUSES = re.compile(
    r"\bkeep (?:it|them|everything|all of|mine|(?:my|the) (?:account|data|tier|plan|type|membership|profile|order|newsletter))\b"
    r"|\b(?:i'?ll|i will|i'?d like to|want to|wanna|rather) (?:keep|stay)\b"
    r"|^(?:\W*(?:yes|yeah|yep|ok(?:ay)?|sure|well|hm+|oh))+\W+(?:no|nah|nope)\W*(?:(?:thanks|thank you|thx|don'?t|keep)\b.*)?$"
    r"|\b(?:wait|actually|hm+)\W+(?:no|nah|nope)\W*$|\b(?:no|wait|sorry)\b.{0,12}\bdo ?n[o']?t\W*$"
    r"|\bchanged? my mind\b|\bleave (?:it|everything|that|(?:my|the) \w+)(?: (?:as|at|on|like|the way|alone|be|open)\b|\W*$)"
    r"|\b(?:please )?(?:don'?t|do not) (?:close|delete|erase|cancel|do (?:it|that)|remove|wipe|change (?:it|anything|that))\b"
)
_RESERVES = re.compile(
    r"\b(?:but|wait|hold on|hang on|before|unless|except|instead|rather|maybe|perhaps|possibly|dunno|idk|unsure|only|ask me again"
    r"|(?:one|just a|a) (?:sec|second|moment|min|minute)\b|first(?! (?:one|name|of all))|not (?:sure|yet|now|really|quite|so fast)"
    r"|later|next (?:week|month|year|time)|tell me (?:more|first|what|how)|don'?t know|let me (?:think|check|see|look)|think about|thinking|keep|once (?:i|you|my|it|the)|after (?:i|you|my|it|the)|as soon as"
    r"|if (?:i|it|that|there|my|the|you (?!must))|cancel (?:it|that|this))\b|^\W*(?:so|and|all|ok(?:ay)?)?\W*done\W*$"
)
#: A reservation that holds for the whole message, wherever in it the yes stands.
_AFTER_ALL = re.compile(r"\b(?:but|wait|hold on|hang on|before|first(?! (?:one|name|of all)))\b")
_WAITS = re.compile(
    r"\b(?:wait|hold on|hang on|(?:one|just a|a) (?:sec|second|moment|min|minute)|let me (?:think|check|see|look)|think about|thinking"
    r"|not (?:sure|so fast)|unsure)\b"
)
_HESITATES = re.compile(r"^\W*(?:h+m+|u+h+(?![\s-]*huh)|u+m+|e+r+m*|well)\b")
_QUESTION = re.compile(
    r"\?\s*$|^(?:(?:so|ok(?:ay)?|and|well|hm+|um+|but|yes|yeah|sure|right|wait|no|oh|hey|sorry|actually|hold on|hang on|(?:one|a|just a) (?:sec|second|moment|minute)|before (?:that|i do))[\s,.!-]+)*"
    r"(?:(?:is|are|was|were) (?:it|that|this|there|everything|you|my|the)|(?:it|that|this|all) (?:is )?done"
    r"|do (?:i|you|u|we|they|my)\b|(?:did|does|have|has|will|would|can|could|should|am|may) (?:i|you|u|we|it|that|this|they|my|the|there|everything)\b"
    r"|what|how|when|where|who|which|why\b(?! not\W*$)|really\W*$|seriously\W*$|(?:it'?s|its|that'?s|thats) (?:done|closed|gone|finished|over)\b)"
)
_ENOUGH = re.compile(
    r"\bthat(?:'?s| is|'?ll be| will be) (?:all|it|everything)\b(?! (?:right|good|ok))"
)
_COMMAND = re.compile(
    r"^\W*(?:yes\W+)?(?:please )?(?:can|could|would|will) (?:you|u) (?:please |just |now )*(?:go ahead|do (?:it|that)|proceed|continue)\b"
    r"|^\W*(?:can|could) (?:you|u) (?:please |just )*(?:cancel|scrap|bin|drop) (?:it|that|this)(?: (?:please|pls|now|then))*\W*$"
)
_DONE = re.compile(
    r"\b(?:done|finished|through|closed|deleted|erased|gone|changed|cancell?ed|happened|over|already|yet)\b"
)
_HAPPENS = re.compile(
    r"\b(?:is|are|was|it'?s|that'?s|thats|its|has|have|did|already|yet|everything)\b"
)
#: "How do I cancel?", unless a wish stands beside it: "..., I don't want it".
_ASKS_HOW = re.compile(
    r"\b(?:how (?:i (?:can|could|do|should|would|might)|do|does|did|can|could|would|should|might|will|to|2|exactly|is|are)\b|how'?d\b|what (?:do|must|should|would|am) i (?:(?:have|need|supposed) to )?do\b"
    r"|what(?:'?s| is| are) the (?:\w+ )?(?:way|ways|steps?|process|procedure)\b|(?:explain|steps|procedure|process|instructions?) (?:to|for|of)\b)"
)
_WISHES = re.compile(
    r"\b(?:do not|don'?t|no longer|never|didn'?t|did not|not) (?:really )?(?:want|need|meant?|wanted|order)\b|\b(?:want|wanna|wish|need|have|like|got) to (?!know|ask|understand|learn"
    r"|find|see|hear|do\b)\w|\b(?:please|pls|plz|just) cancel\b|\b(?:mistake|wrong|accident\w*|asap|immediately|right (?:now|away)|at once|urgent\w*)\b"
    r"|\bchanged? my mind\b|\bcancel (?:it|this|that) (?:now|for me|please)\b"
)
_ASKS_SUM = re.compile(
    r"\b(?:what(?:'?s|s)?|how much)\b.{0,30}\b(?:totals?|sum|altogether|in all|all in|comes? to|overall|cost(?: me)?|to pay|is (?:that|it))\b|\bhow much(?: (?:more|extra|less|then))*\W*$",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    r"\b(?:i mean|i meant|meant|instead|rather|actually)\b|^\W*(?:oh |wait,? )?(?:no|nope|nah)\b"
)


def said(ctx: TurnContext) -> str:
    """Return what is heard in small letters, with plain quotes."""
    return ctx.text.strip().lower().replace("’", "'")


def confirmation(ctx: TurnContext) -> bool | None:
    """Return True for a clear yes, False for a no, None for anything else; a button always counts."""
    plain = {"affirm": True, "deny": False}.get(ctx.intent)
    text = said(ctx)
    if text.startswith("/"):
        return plain
    if _REFUSES.search(text):
        return False
    if plain is False:
        return None if _WAITS.search(text) else False
    sure = ctx.confidence >= SURE
    agrees = _PLAIN_YES.fullmatch(text) or (plain is True and (sure or _is_short_yes(text)))
    if agrees or (_YEAH.match(text) and (not sure or _same_task(ctx))):
        return None if _is_open(ctx, text) else True
    return False if not sure and _NO.match(text) and not is_asking(ctx) else None


def is_final_yes(text: str) -> bool:
    """Say whether a yes says nothing but that: a word about a later time or anything else leaves it open."""
    return set(re.findall(r"[^\W_]+", text.lower().replace("'", ""))) <= _OF_A_YES


def is_unreserved(ctx: TurnContext) -> bool:
    """Say whether a message neither asks nor makes reservations, so that an order in it may count as a yes."""
    text = re.sub(r"\bcancel (?:it|that|this)\b", "", said(ctx))
    return not (_is_open(ctx, text) or _REFUSES.search(text))


def leans_to_yes(ctx: TurnContext) -> bool:
    """Say whether a message begins with a yes and reserves nothing: enough for an offer, too little to confirm."""
    return _BEGINS_YES.search(said(ctx)) is not None and is_unreserved(ctx)


def has_enough(ctx: TurnContext) -> bool:
    """Say whether somebody wants nothing more: "ok, that's all"."""
    return _ENOUGH.search(said(ctx)) is not None


def is_asking(ctx: TurnContext) -> bool:
    """Say whether a message asks something rather than answers."""
    text = re.sub(r"\bwhy not\W*$", "", said(ctx))
    return _QUESTION.search(text) is not None and _COMMAND.match(text) is None


def asks_how(text: str) -> bool:
    """Say whether a text asks how something is done, without a wish to have it done."""
    plain = text.lower().replace("’", "'")
    return _ASKS_HOW.search(plain) is not None and _WISHES.search(plain) is None


def asks_if_done(ctx: TurnContext) -> bool:
    """Say whether somebody asks whether it has happened already, or whether it is meant: "is it done?", "really?"."""
    text = said(ctx)
    return is_asking(ctx) and (_DONE.search(text) is not None and _HAPPENS.search(text) is not None)


def asks_sum(ctx: TurnContext) -> bool:
    """Say whether somebody asks what it comes to, without naming anything: the question that is put again says so."""
    named = ctx.entity("product", "order_id", "delivery_city", "delivery_country")
    return named is None and _ASKS_SUM.search(said(ctx)) is not None


def wants_time(ctx: TurnContext) -> bool:
    """Say whether somebody wants to think: "hold on", "let me think"."""
    return _WAITS.search(said(ctx)) is not None and len(said(ctx).split()) <= 2 * _LONG


def wants_instead(ctx: TurnContext) -> bool:
    """Say whether a message puts another wish in the place of the one to be confirmed."""
    return _INSTEAD.search(said(ctx)) is not None


def _is_open(ctx: TurnContext, text: str) -> bool:
    """Whether it asks, reserves or hesitates; a reservation anywhere in the message counts for each part of it."""
    whole = str(ctx.tracker.latest_message.get("text") or "").lower()
    if _RESERVES.search(text) or _AFTER_ALL.search(whole):
        return True
    return is_asking(ctx) or (_HESITATES.match(text) is not None and not _STRONG.search(text))


def _is_short_yes(text: str) -> bool:
    return _BEGINS_YES.match(text) is not None and len(text.split()) <= 2 * _LONG


def _same_task(ctx: TurnContext) -> bool:
    """Whether the message names the very task that is to be confirmed: "yes, close my account"."""
    form = ctx.active_form
    return TASK_OF_INTENT.get(ctx.intent) == form.removesuffix("_form") != ""
