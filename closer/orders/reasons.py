"""Why goods go back: the kind of reason that a customer's words give."""

from __future__ import annotations

import re

#: Reasons for which the shop answers: longer, no restocking fee, postage included.
FAULT_REASONS = frozenset({"damaged", "wrong_item", "not_as_described", "not_received"})
#: Of them, those of goods that are here.
GOODS_FAULTS = FAULT_REASONS - {"not_received"}
CHANGED_MIND = "changed_mind"

_NT = r"(?:(?:do|does|did|dose|is|are|was|were|wo|ca|could|would|has|have)n'?t|dosent|not|cannot|never)"
_NOT = rf"(?:{_NT}|no longer|barely|hardly|stopped|refuses to|fails to)"
#: What a thing can fail to do; "doesn't suit me" or "don't need it" is no failing.
_FUNCTIONS = (
    r"work\w*|w[eu]r?k(?:s|ing)?|function\w*|turn\w*|switch\w*|power\w*|start\w*|boot\w*|charg\w*|connect\w*|pair\w*|sync\w*|respond\w*|spin\w*|heat\w*|cool\w*"
    r"|cut\w*|suck\w*|print\w*|play\w*|ring\w*|light\w*|glow\w*|burn\w*|open\w*|clos\w*|shut\w*|lock\w*|seal\w*|stick\w*|hold\w*|stay\w*|stand\w*"
    r"|last\w*|inflat\w*|fold\w*|zip\w*|move|moving|load\w*|read\w*|detect\w*|ke(?:ep|pt)\w*|pump\w*|spray\w*|steam\w*|brew\w*|grind\w*|blend\w*|straight"
    r"|usable|complete|waterproof|watertight|tight"
)
_PARTS = (
    r"part|piece|screw|bolt|lid|cap|cable|cord|charger|adapter|plug|button|handle|wheel|leg|strap|lace|manual|page|label|remote|battery|batteries"
    r"|accessor(?:y|ies)|bits?"
)

#: The first that fits counts.
_SIGNS: tuple[tuple[str, str], ...] = (
    (
        "damaged",
        r"damag\w*|in pieces|brok(?:e|en)|breaks?|breaking|(?<!the )(?<!my )(?<!her )bust(?:ed)?|defect\w*|fault\w*|malfunction\w*|crack\w*|chipp(?:ed|ing)|a chip|chips|dent(?:s|ed)?|bent"
        r"|smash\w*|shatter\w*|snapp?(?:ed|s)|scratch\w*|torn|tore|ripp(?:ed|s)|rips?|split(?:s|ting)? (?:open|at|along|in|down)|came unstitched|frayed|unravel\w*|ruined|wrecked|leak\w*|dripp?\w*|drips|burst|spilled"
        r"|stain\w*|dirty|filthy|mou?ld\w*|rott(?:en|ing)|rust\w*|expired|gone off|dead|died|dies|drain(?:s|ed|ing)|flicker\w*|blink(?:s|ing)|overheat\w*"
        r"|freez(?:es|ing)|froze|crash\w*|glitch\w*|jam(?:s|med)|stuck|spark(?:s|ed|ing)|smok(?:es|ing)|burn(?:t|ed|s)|buzz(?:es|ing)|rattl\w*|squeak\w*|wobbl(?:es|ed|ing)|(?:is|are|'s|feels?) (?:\w+ )?wobbly"
        r"|peel(?:s|ed|ing)|fad(?:ed|es|ing)|shr[aiu]nk\w*|holes?|loose|(?:fell|fall(?:s|ing)|c(?:a|o)me?s?|coming) (?:apart|off|to pieces)|melt\w*|crushed|squashed"
        r"|discolou?r\w*|yellow(?:ed|ing)|(?:gone|went|goes|going|turn(?:ed|s|ing)?) (?:all |completely |really |quite )?(?:yellow|brown|green|grey|gray|cloudy|hazy|pink|sticky)"
        r"|double[- ](?:click|type|press|tap)\w*|(?:click|type|press|tap)\w* (?:twice|double)"
        r"|short[- ]circuit\w*|disconnects?|no (?:power|sound|picture|signal|heat)|(?:screen|display) (?:is|stays|went|goes) (?:black|blank|dark)|kaput\w*"
        r"|something(?: is|'s)? wrong with|(?:weird|strange|odd|funny|loud|grinding|scary) (?:noises?|sounds?)"
        rf"|(?:missing|without|lacks?) (?:\w+ ){{0,2}}(?:{_PARTS})s?|(?:{_PARTS})s? (?:is|are|was|were) missing|incomplete"
        r"|only (?:\w+ )?(?:on|in|from|out of) (?:one|the (?:left|right)|1)(?: (?:side|ear|speaker))?|bust(?!ed)"
        rf"|{_NOT} (?:\w+ ){{0,2}}(?:{_FUNCTIONS})|keeps? \w+ing",
    ),
    (
        "wrong_item",
        r"wrong|different (?:item|product|colou?r|size|model|one)|not what (?:i|we) (?:ordered|bought)|mixed up|(?:ordered|asked for) .{1,30} (?:but )?(?:got|received|came)"
        r"|(?:sent|got|received|came|arrived|is|was|are|were) .{1,30}\bbut (?:i|we)(?:'d| had)? (?:ordered|asked for|wanted|bought)",
    ),
    (
        "not_as_described",
        rf"{_NT} as (?:described|advertised|shown|pictured)|descri(?:bed|ption)|(?:looks?|is|are) (?:nothing like|(?:so |very |totally )?different)|misleading|fake"
        rf"|counterfeit|{_NT} (?:like|match) (?:in )?the (?:picture|photo|description)|{_NT} (?:original|genuine|new)|second[- ]hand|(?:was|already|been) used",
    ),
    (
        "not_received",
        rf"{_NT} (?:ever )?(?:arrived?|c[ao]me|got|get|received?|delivered|turned up|showed up)|missing|lost|(?:box|parcel) was empty|empty box",
    ),
    ("late", r"late|too (?:long|slow)|delay\w*"),
    (
        "does_not_fit",
        r"fits?|fitting|too (?:small|big|large|tight|loose|short|wide|narrow)|(?:tight|loose|pinch\w*|baggy) (?:a?round|at|on|in|across)|sizes?|sizing|(?:hurts?|rubs?|rubbed|pinch(?:es|ed)?) (?:my|on|at|me|her|his|the)",
    ),
)
_KINDS = tuple((code, re.compile(rf"(?<![\w-])(?:{signs})(?!\w)")) for code, signs in _SIGNS)
_FITS_LOOSELY = re.compile(r"\btoo loose\b|\bloose (?:on|around)\b")
#: "No, nothing wrong with it", "it's not broken".
_NOTHING_WRONG = re.compile(
    rf"\b(?:nothing|{_NT}|not|no)(?: is|'s)? (?:really |actually |at all )?(?:wrong|broken|damaged|faulty|defective)\b(?! (?:size|one|item|colou?r))"
)
#: Words that tell of goods in good order that are not wanted.
_TASTE = re.compile(
    rf"\b(?:chang\w* (?:my|our|her|his|their) minds?|(?:{_NT}|no longer) (?:\w+ )?(?:want|need|like|love|suit|match|use|convinced|happy|my (?:style|taste|colou?r))\w*"
    r"|hates?|dislike\w*|regret\w*|cheaper|too (?:expensive|dear|many|much)|by (?:mistake|accident)|accidental\w*|twice|duplicate|unwanted|gift|present|mind|ugly)\b"
)


def reason_code(text: str) -> str:
    """Return the kind of reason that a customer's words give; a change of mind if nothing else."""
    return told_reason(text) or CHANGED_MIND


def told_reason(text: str) -> str | None:
    """Return the kind of reason that words surely tell, or None if they tell none."""
    words = text.casefold().replace("\u2019", "'")
    if words in {CHANGED_MIND, *(code for code, _ in _KINDS)}:
        return words
    words = _NOTHING_WRONG.sub(" ", _FITS_LOOSELY.sub("too big", words))
    found = next((code for code, signs in _KINDS if signs.search(words)), None)
    return found or (CHANGED_MIND if _TASTE.search(words) else None)


def is_fault(text: str) -> bool:
    """Say whether words tell of something that the shop answers for."""
    return reason_code(text) in FAULT_REASONS


#: "No refund, a replacement please", "replace the cracked plates", "i want a new one instead".
_REPLACEMENT = re.compile(
    r"\breplacements?\b|\breplace (?:it|them|this|that|the|my|those|these)\b"
    r"|\b(?:want|need|like|send|get|have|expect|deserve)\b.{0,15}\b(?:a|another|some) (?:new|fresh|working|intact|undamaged|proper) (?:one|ones|pair|set|copy|item)\b",
    re.IGNORECASE,
)


def wants_replacement(text: str) -> bool:
    """Say whether the same goods are wanted anew in place of faulty ones; a colleague sees to that."""
    return _REPLACEMENT.search(text) is not None
