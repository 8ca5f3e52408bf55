"""How slots are read from a message and checked: one class a kind of value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from actions.confirming import confirmation, is_final_yes, is_unreserved, said
from actions.context import TurnContext
from actions.negation import NT
from actions.regions import phone_of
from closer.conversations.value_numbers import spoken_digits

#: Of an order's slot: it is about none.
NO_ORDER = "none"

#: "No, the other one": another thing is meant, so it is no plain no.
OTHER_ONE = re.compile(
    r"\b(the|my|that) other (one|order|parcel|package|purchase)\b", re.IGNORECASE
)
#: Takes back the value before it for the one after it: "free... no wait, standard".
_PUTS_RIGHT = re.compile(
    r"\b(?:no(?! (?:longer|more|need))|nope|wait|sorry|oops|actually|rather|i mean|i meant|scratch that|correction|make (?:it|that))\b",
    re.IGNORECASE,
)
#: Asks back instead of answering; "why not" is rather a yes.
WHY = re.compile(
    r"^\W*(?:but |and |so |well )*(?:why|what for|how come)\b(?! not\W*$).{0,45}$", re.IGNORECASE
)
#: Intents whose messages are for the assistant, never the words that were asked for.
_NO_WORDS_OF_THEIRS = ("stop", "repeat", "contact_human_agent", "help", "crisis")
#: "Don't care. Do it": an order at the end, whatever stands before it.
_DO_IT = re.compile(
    r"(?:^|[.,!;:]\s*|\b(?:care|matter|mind|bothered)\s+)(?:(?:just|please|so|then|now|and) )*(?:do it|go ahead|get on with it)(?: (?:now|then|please|already|anyway))*\W*$"
)
_NEGATED = re.compile(rf"\b(?:no|not|never|nope|stop|wait|rather|keep)\b|{NT}", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """What is being read: a slot, and whether the customer was asked for it just now."""

    slot: str
    asked: bool


@dataclass(frozen=True)
class Filled:
    """An acceptable value."""

    value: Any


@dataclass(frozen=True)
class Invalid:
    """An unacceptable value, and the response that says why."""

    response: str
    values: dict[str, Any] = field(default_factory=dict)

    def __init__(self, response: str, **values: Any) -> None:
        object.__setattr__(self, "response", response)
        object.__setattr__(self, "values", values)


class SlotType:
    """A kind of value.

    Attributes:
        correctable: Whether a later message may change it without being asked.
        takes_words: Whether any words answer it, so that a message is not taken apart.
        yields: Whether a message that surely begins another task is left to that task.
        insists: Whether it is looked for even in a message that sounds like another task ("can it go to my office").
        near: Intents that are no other task here, since answers sound like them.
        mixed_up: Intents whose messages are looked through for values first, since corrections sound like them.
    """

    correctable = True
    takes_words = False
    yields = False
    insists = False
    near: ClassVar[frozenset[str]] = frozenset()
    mixed_up: ClassVar[frozenset[str]] = frozenset()

    def read(self, ctx: TurnContext, answer: Answer) -> Any | None:
        """Return the value that the message holds, or None."""
        raise NotImplementedError

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept or refuse a value."""
        return Filled(value)

    def claims(self, ctx: TurnContext) -> bool:
        """Say whether a message that sounds like stopping ("changed my mind") surely answers this question."""
        return False

    def spoken(self, value: Any) -> str:
        """Return the value as it is said back to the customer."""
        return str(value)

    def adds(self, before: Any, now: Any) -> bool:
        """Say whether a value only adds to the one before, so that nothing is put right."""
        return False


def meant_of(text: str, spans: Sequence[tuple[int, int, Any]]) -> Any:
    """Return the value that counts of several in a text: the first, unless it is taken back for a later one.

    Args:
        text: What was said.
        spans: Where each value begins and ends, and the value, in order of appearance.
    """
    _, end, meant = spans[0]
    for start, after, value in spans[1:]:
        if _PUTS_RIGHT.search(text[end:start]):
            meant, end = value, after
    return meant


class EntitySlot(SlotType):
    """A value of one of some entities; when asked, a pattern over the whole text serves too.

    Args:
        kinds: Entities, the best first.
        pattern: What the bare text must match to count as the value when it was asked for.
    """

    def __init__(self, *kinds: str, pattern: str | None = None) -> None:
        self._kinds = kinds
        self._pattern = re.compile(pattern, re.IGNORECASE) if pattern else None

    def read(self, ctx: TurnContext, answer: Answer) -> Any | None:
        """Return the entity's value, or what the pattern finds."""
        if spans := ctx.places(*self._kinds):
            return meant_of(ctx.text, spans)
        if not answer.asked or self._pattern is None:
            return None
        match = self._pattern.search(ctx.text)
        return match.group(0) if match else None


class ConfirmSlot(SlotType):
    """Yes or no.

    Args:
        doing: What is to be confirmed: "delete it" is a yes where that is the question, however it sounds.
    """

    correctable = False

    def __init__(self, doing: str | None = None) -> None:
        self._doing = (
            re.compile(rf"\b(?:{doing}) (?:it|this|that|them|everything|all)\b", re.IGNORECASE)
            if doing
            else None
        )

    def claims(self, ctx: TurnContext) -> bool:
        """Say whether the message repeats, as an order, what is to be confirmed."""
        if _DO_IT.search(said(ctx)):
            return is_unreserved(ctx)
        found = self._doing is not None and self._doing.search(ctx.text) is not None
        return found and _NEGATED.search(ctx.text) is None and is_unreserved(ctx)

    def read(self, ctx: TurnContext, answer: Answer) -> bool | None:
        """Return True for yes, False for no; only when asked."""
        if not answer.asked:
            return None
        if OTHER_ONE.search(ctx.text) or WHY.search(ctx.text):
            return None
        meant = confirmation(ctx)
        return True if meant is None and self.claims(ctx) else meant


class FinalConfirmSlot(ConfirmSlot):
    """The yes to what cannot be undone: the message is read as a whole, so that nothing asked beside it is passed over."""

    takes_words = True

    def read(self, ctx: TurnContext, answer: Answer) -> bool | None:
        """Return True for a yes with nothing beside it, False for no; only when asked."""
        meant = super().read(ctx, answer)
        plain = ctx.text.startswith("/") or is_final_yes(ctx.text)
        return None if meant and not plain else meant


class OfferPersonSlot(ConfirmSlot):
    """Whether a person is wanted; to ask for one is a yes."""

    def read(self, ctx: TurnContext, answer: Answer) -> bool | None:
        """Return True or False, None if it is neither."""
        wished = ctx.intent == "contact_human_agent" and answer.asked
        return True if wished else super().read(ctx, answer)


class ChoiceSlot(SlotType):
    """One of a few options, named by keywords.

    Args:
        options: Value to the words that mean it; matched as whole words, the longest first.
        entity: An entity whose value may be one of the options.
        eager: Whether it is also read from messages that do not answer its question.
    """

    def __init__(
        self, options: dict[str, tuple[str, ...]], entity: str | None = None, *, eager: bool = True
    ) -> None:
        self._words = sorted(
            ((word, value) for value, words in options.items() for word in words),
            key=lambda pair: -len(pair[0]),
        )
        self._options = options
        self._entity = entity
        self._eager = eager
        self.correctable = False

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the option that the message names."""
        if not answer.asked and not self._eager:
            return None
        if self._entity and (found := ctx.entity(self._entity)) in self._options:
            return str(found)
        text = ctx.text.lower()
        for word, value in self._words:
            if re.search(rf"\b{word}\b", text):
                return value
        return None


class TextSlot(SlotType):
    """Free words, taken only when asked for.

    Args:
        least: The least number of letters and digits.
    """

    correctable = False
    takes_words = True

    def __init__(self, least: int = 3) -> None:
        self._least = least

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the whole message, unless it is a digression, a refusal or nearly nothing."""
        if not answer.asked or ctx.intent in _NO_WORDS_OF_THEIRS:
            return None
        if ctx.intent == "deny" and len(ctx.text.split()) <= 4:
            return None
        text = ctx.text.strip()
        return text if sum(letter.isalnum() for letter in text) >= self._least else None


class PhoneSlot(EntitySlot):
    """A phone number."""

    def __init__(self) -> None:
        super().__init__("phone", pattern=r"\+?\d[\d\s().-]{6,}\d")

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept a possible number, as E.164."""
        phone = await phone_of(ctx, str(value))
        return Filled(phone) if phone else Invalid("utter_invalid_phone")


class CodeSlot(SlotType):
    """A one-time code: digits, perhaps with blanks between them."""

    correctable = False

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the digits when asked."""
        if not answer.asked:
            return None
        digits = spoken_digits(ctx.text) or re.sub(r"\D", "", ctx.text)
        return digits if digits and len(re.sub(r"[\W\d_]", "", ctx.text)) <= 40 else None
