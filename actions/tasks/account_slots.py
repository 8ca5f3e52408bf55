"""How the fields of an account and their new values are read."""

from __future__ import annotations

import re
from typing import Any

from actions.address_text import read_address
from actions.context import TurnContext
from actions.mailbox_slot import put_right
from actions.name_parts import with_part
from actions.regions import phone_of
from actions.slot_types import Answer, ChoiceSlot, Filled, Invalid, SlotType
from actions.tasks.detail_removal import NO_ADDRESS, address_meant, removal_in
from actions.tasks.name_slot import NameSlot, goes_by, name_in
from actions.tasks.phone_removal import NO_PHONE, removes_phone
from closer.catalog.categories import CATEGORIES
from closer.conversations import values

_MEANT = re.compile(r"\b(no|not|nope|instead|meant|actually|rather|sorry|wait)\b", re.IGNORECASE)
_EMAIL = re.compile(r"\S+@\S+")

FIELDS: dict[str, tuple[str, ...]] = {
    "email": ("e-?mail( address)?", "mail( address)?", "email adress", "e-mail"),
    "phone": (
        "phone( number)?",
        "mobile( number)?",
        "cell( ?phone)?",
        "telephone",
        "tel( no)?",
        "number",
        "fone",
    ),
    "name": (
        "(first|given) (name )?and (last|family|sur) ?names?",
        "(full|user|whole) ?name",
        "name",
        "nme",
        "spelling",
    ),
    "first_name": ("(first|given|christian) ?name", "forename"),
    "last_name": ("(last|sur|family|second|married|maiden) ?name", "lastname"),
    "language": ("language", "locale", "lang"),
    "interests": (
        "interests?",
        "preferences?",
        "categories",
        "suggestions",
        "favou?rites",
        "likes",
    ),
    "address": (
        "(delivery|shipping|postal|street|home|billing|mailing) ad+res+e?s?",
        "moved",
        "(now )?liv(e|ing) (in|at|on)",
        "street",
        "ad+res+e?s?",
    ),
    "password": ("pass ?word", "pwd?", "passwd"),
    "tier": ("tier", "plan", "membership (level|type)", "account type"),
    "newsletter": ("newsletter",),
}

#: What is not changed here: the action that a yes follows.
ELSEWHERE = {
    "password": "recover_password_form",
    "tier": "switch_account_form",
    "newsletter": "newsletter_subscription_form",
}


class FieldSlot(ChoiceSlot):
    """What is to be changed about the account."""

    def __init__(self) -> None:
        super().__init__(FIELDS)
        self.correctable = True

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the field that is named, or the one that a given value belongs to."""
        if removes_phone(ctx.text):
            return NO_PHONE
        if removal := removal_in(ctx.text):
            return removal
        if name := goes_by(ctx.text):
            return "name" if " " in name else "first_name"
        settled = ctx.slot(answer.slot) is not None
        if (
            settled
            and not answer.asked
            and ctx.intent != "edit_account"
            and not _MEANT.search(ctx.text)
        ):
            return None
        text = _EMAIL.sub("", ctx.text).lower()
        passed_over = _same_name(ctx, ctx.slot(answer.slot))
        for word, value in self._words:
            if value in passed_over:
                continue
            if re.search(rf"\b{word}\b", text):
                return "email" if value == "address" and ctx.entity("email") else value
        return None if settled else self._of_value(ctx, answer)

    def spoken(self, value: Any) -> str:
        """Return nothing: the question that follows names the field."""
        return ""

    @staticmethod
    def _of_value(ctx: TurnContext, answer: Answer) -> str | None:
        """Return the field whose value is told without its name."""
        if answer.asked and "street" in read_address(ctx.text):
            return "address"
        return "email" if ctx.entity("email") else "phone" if ctx.entity("phone") else None


def _same_name(ctx: TurnContext, field: str | None) -> tuple[str, ...]:
    """Return the fields that a message names without meaning another one than the name in question."""
    if field in ("first_name", "last_name"):
        return ("name",)  # "leave the name as it is" speaks of the part that was told
    told = ctx.slot("new_value") or {}
    whole = field == told.get("field") == "name" and " " in str(told.get("value"))
    return ("first_name", "last_name") if whole else ()


_PARTS = re.compile(r"\s*[,;.]\s+|\s+and\s+", re.IGNORECASE)


def details_told(ctx: TurnContext) -> list[dict[str, Any]]:
    """Return the details that a message tells with their values: name, e-mail address, phone number."""
    part, name = next(
        ((part, found) for part in _PARTS.split(ctx.text) if (found := name_in(part))), ("", None)
    )
    email, phone = ctx.entity("email"), ctx.entity("phone")
    told = {
        _part_of_name(part): name.title() if name and name.islower() else name,
        "email": email,
        "phone": phone,
    }
    return [{"field": field, "value": value} for field, value in told.items() if value]


def _part_of_name(text: str) -> str:
    """Return the field that a wish about a name speaks of: the whole of it, the first or the last part."""
    named = (
        field
        for field in ("first_name", "last_name")
        if any(re.search(rf"\b{word}\b", text, re.IGNORECASE) for word in FIELDS[field])
    )
    return next(named, "name")


_LANGUAGES = {
    "english": "en-US",
    "british": "en-GB",
    "german": "de-DE",
    "deutsch": "de-DE",
    "french": "fr-FR",
    "spanish": "es-ES",
    "italian": "it-IT",
    "swedish": "sv-SE",
    "dutch": "nl-NL",
    "portuguese": "pt-PT",
    "polish": "pl-PL",
    "danish": "da-DK",
    "norwegian": "nb-NO",
    "finnish": "fi-FI",
}


def language_name(tag: str) -> str:
    """Return a language's name."""
    return next((word.title() for word, known in _LANGUAGES.items() if known == tag), tag)


class NewValueSlot(SlotType):
    """The new value of the field; kept with its field, so that a change of the field asks anew."""

    def read(self, ctx: TurnContext, answer: Answer) -> dict[str, Any] | None:
        """Return the value as the field is read."""
        field = ctx.slot("account_field")
        reader = getattr(self, f"_{field}", None)
        value = reader(ctx, answer) if reader else None
        before = ctx.slot(answer.slot) or {}
        if not value or (before.get("field"), before.get("value")) == (field, value):
            return None
        return {"field": field, "value": value}

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept a well-formed value."""
        field, given = value["field"], value["value"]
        clean: Any = given
        if field == NO_ADDRESS:
            return Filled(await self._address_to_remove(ctx, given))
        if field == "email":
            clean = values.normalise_email(given)
        elif field == "phone":
            clean = await phone_of(ctx, given)
        if not clean:
            return Invalid(f"utter_invalid_{field}")
        return Filled({"field": field, "value": clean})

    @staticmethod
    async def _address_to_remove(ctx: TurnContext, words: str) -> dict[str, Any] | None:
        before = (ctx.slot("new_value") or {}).get("value")
        found = await address_meant(ctx, words, before) if ctx.customer_id else None
        return {"field": NO_ADDRESS, "value": found.id} if found else None

    def spoken(self, value: Any) -> str:
        """Return the value alone; of an address to be removed nothing, since the question names it."""
        given = value["value"]
        if value["field"] == NO_ADDRESS:
            return ""
        if value["field"] == "language":
            return language_name(given)
        return ", ".join(given) if isinstance(given, list) else str(given)

    @staticmethod
    def _email(ctx: TurnContext, answer: Answer) -> str | None:
        found = ctx.entities("email") or re.findall(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", ctx.text)
        if found:
            return str(found[-1])
        before = ctx.slot(answer.slot) or {}
        return put_right(ctx.text, before["value"]) if before.get("field") == "email" else None

    @staticmethod
    def _phone(ctx: TurnContext, answer: Answer) -> str | None:
        found = ctx.entities("phone")
        if not found and answer.asked:
            found = re.findall(r"\+?\d[\d\s().-]{3,}\d", ctx.text)
        enough = [
            item for item in map(str, found) if answer.asked or sum(map(str.isdigit, item)) >= 7
        ]
        return enough[-1] if enough else None

    @staticmethod
    def _name(ctx: TurnContext, answer: Answer) -> str | None:
        found = name_in(ctx.text) or NameSlot().read(ctx, answer)
        if not found:
            return None
        before = ctx.slot(answer.slot) or {}
        spelled = found.title() if found in (found.lower(), found.upper()) else found
        if before.get("field") != "name" or ctx.slot("account_field") != "name":
            return spelled
        return with_part(str(before["value"]), spelled, ctx.text)

    _first_name = _name
    _last_name = _name

    @staticmethod
    def _no_address(ctx: TurnContext, answer: Answer) -> str | None:
        return ctx.text

    @staticmethod
    def _language(ctx: TurnContext, answer: Answer) -> str | None:
        return next((tag for word, tag in _LANGUAGES.items() if word in ctx.text.lower()), None)

    @staticmethod
    def _interests(ctx: TurnContext, answer: Answer) -> list[str] | None:
        text = ctx.text.lower()
        names = {c.id: (c.id, *(part.lower() for part in c.words)) for c in CATEGORIES}
        return [
            key
            for key, words in names.items()
            if any(re.search(rf"\b{re.escape(w)}\b", text) for w in words)
        ] or None
