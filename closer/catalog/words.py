"""How the catalogue's search reads words: folding, plurals, noise words, synonyms."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

_WORD = re.compile(r"[a-z0-9]+")
_MEASURE = re.compile(r"\b(\d+)[\s-]+(gb|tb|ml|l|cm|mm|inch|w|kg|g|oz|mah|pc|piece|k)\b")
#: Measures as they are said: "twelve kilos", "the thirty centimetre one".
_UNITS = {
    "kg": "kg|kilo(?:gram(?:me)?)?s?|kgs",
    "l": "l|lit(?:er|re)s?",
    "ml": "ml|mill?ilit(?:er|re)s?|mils",
    "cm": "cm|centimet(?:er|re)s?|cms",
    "inch": "inch|inches|in(?= (?:one|screen|tv|model|version)\\b)",
    "gb": "gb|gigs?|gigabytes?|gbs",
    "tb": "tb|terabytes?|terras?|tbs",
    "w": "w|watts?",
}
_COUNTED = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(), 1
    )
} | {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100}
_SAID_MEASURE = re.compile(
    rf"\b(\d+(?:\.\d+)?|{'|'.join(_COUNTED)})[\s-]*(?:{'|'.join(f'(?P<{unit}>{words})' for unit, words in _UNITS.items())})(?!\w)"
)
_LIMIT = re.compile(
    r"\b(?P<word>under|below|less than|cheaper than|up to|at most|max(?:imum)?|over|above|more than|at least|from)"
    r"\s*(?:usd|[$\u20ac\u00a3])?\s*(?P<amount>\d[\d,]*(?:\.\d+)?)(?!\w)\s*(?:usd|dollars?|bucks|euros?|[$\u20ac\u00a3])?",
    re.IGNORECASE,
)
#: "80 dollars at most"
_AT_MOST = re.compile(
    r"(?:usd|[$\u20ac\u00a3])?\s*(?P<amount>\d[\d,]*(?:\.\d+)?)\s*(?:usd|dollars?|bucks|euros?|pounds?|quid|[$\u20ac\u00a3])?"
    r",?\s*(?:at most|max(?:imum)?|tops|or less|or under|limit)\b",
    re.IGNORECASE,
)
#: "budget 40ish", "a budget of about $40"
_BUDGET = re.compile(
    r"\bbudget(?:'?s| is| of|:)?\s*(?:of |is )?(?:about |around |roughly )?(?:usd|[$\u20ac\u00a3])?\s*(?P<amount>\d[\d,]*(?:\.\d+)?)(?:\s?ish)?",
    re.IGNORECASE,
)
_UPWARD = frozenset({"over", "above", "more than", "at least", "from"})
_QUOTE = re.compile("['`\u2019\u00b4]")

#: How letters sound, the first rules first.
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("ph", "f"),
        ("tch|ch", "C"),
        ("sh", "S"),
        ("^wh|^wr", "w"),
        ("^kn", "n"),
        ("ck|q", "k"),
        ("c(?=[eiy])", "s"),
        ("c", "k"),
        ("z", "s"),
        ("gh", ""),
        ("[aeiouy]+", "A"),
        (r"([b-zCS])\1", r"\1"),
    )
)

_NOISE = """
    a an the this that these those some any my your our its it i im id ive me we us you he she they them
    is are was were be been am do does did done have has had having can could would will shall should may might must
    want wants wanted need needs needed like looking look for find get got buy buying order ordered purchase show
    see give tell about know please pls plz thanks thank hi hello hey there here in on at of to from by with without
    and or but not no yes if so as than then too also still just only really very more most much many few
    what which who when where how why whats wheres hows theres something anything thing things stuff kind sort type
    sell sells selling offer offers available availability stock price cost costs cheap cheaper cheapest expensive
    best good great nice new one ones another other product products item items model
    gift gifts present presents size under over below above less than about around maximum max usd dollar dollars eur euro euros
"""
#: Words that say nothing about what is sought.
NOISE = frozenset(_NOISE.split())

#: What customers say, and what the catalogue says.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "phone": ("smartphone",),
    "cellphone": ("smartphone",),
    "cell": ("smartphone",),
    "mobile": ("smartphone",),
    "handset": ("smartphone",),
    "iphone": ("smartphone",),
    "android": ("smartphone",),
    "tv": ("television",),
    "telly": ("television",),
    "earphone": ("earbud", "headphone"),
    "headset": ("headphone",),
    "earbud": ("headphone",),
    "airpod": ("earbud",),
    "smartwatch": ("watch",),
    "watch": ("smartwatch",),
    "notebook": ("laptop",),
    "macbook": ("laptop",),
    "pc": ("laptop", "computer"),
    "screen": ("monitor",),
    "display": ("monitor",),
    "couch": ("sofa",),
    "settee": ("sofa",),
    "duvet": ("comforter",),
    "quilt": ("comforter",),
    "light": ("lamp",),
    "rug": ("carpet",),
    "sneaker": ("trainer", "running"),
    "runner": ("running",),
    "trainer": ("sneaker", "running"),
    "pullover": ("sweater",),
    "jumper": ("sweater",),
    "tee": ("tshirt",),
    "shirt": ("tshirt",),
    "trouser": ("chino", "jean"),
    "pant": ("chino", "jean"),
    "coat": ("jacket", "parka"),
    "sweatshirt": ("hoodie",),
    "moisturizer": ("moisturiser", "cream"),
    "lotion": ("cream",),
    "sunscreen": ("sun",),
    "fragrance": ("parfum",),
    "perfume": ("parfum",),
    "bicycle": ("bike",),
    "cycle": ("bike",),
    "backpack": ("rucksack",),
    "rucksack": ("backpack",),
    "jigsaw": ("puzzle",),
    "lego": ("brick",),
    "grill": ("barbecue",),
    "bbq": ("barbecue",),
    "hoover": ("vacuum",),
    "fridge": ("cooler",),
    "kettle": ("kettle",),
    "pan": ("skillet", "frying"),
    "grey": ("gray",),
    "gray": ("grey",),
    "navy": ("blue",),
    "puppy": ("dog",),
    "kitten": ("cat",),
    "kibble": ("food",),
    "cookbook": ("cooking",),
    "frock": ("dress",),
    "gown": ("dress",),
    "kick": ("trainer", "running"),
    "bedding": ("linen", "comforter"),
    "sheet": ("linen",),
    "makeup": ("lipstick", "mascara"),
    "lippy": ("lipstick",),
    "grub": ("food",),
    "chow": ("food",),
    "barbie": ("barbecue",),
}


def fold(text: str) -> str:
    """Return the text in lower case without accents and apostrophes, measures written as one word (`128gb`)."""
    plain = unicodedata.normalize("NFKD", _QUOTE.sub("", text).casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = _SAID_MEASURE.sub(_measured, plain.replace("t-shirt", "tshirt"))
    return _MEASURE.sub(r"\1\2", plain)


def _measured(said: re.Match[str]) -> str:
    """Return a measure as it is written: 12kg."""
    return f"{_COUNTED.get(said[1], said[1])}{said.lastgroup}"


def words_of(text: str) -> list[str]:
    """Return the text's words, folded."""
    return _WORD.findall(fold(text))


def stem(word: str) -> str:
    """Return a word without its English plural ending."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def sound_of(word: str) -> str:
    """Return how a word sounds, roughly: `fone` is `phone`, `shooz` is `shoes`; each run of vowels counts as one."""
    plain = fold(word)
    for pattern, sound in _SOUNDS:
        plain = pattern.sub(sound, plain)
    return plain


def price_limits(text: str) -> tuple[str, Decimal | None, Decimal | None]:
    """Return the text without its price limits, the lowest and the highest price (`headphones under $100`)."""
    lowest = highest = None
    for match in _LIMIT.finditer(text):
        amount = Decimal(match["amount"].replace(",", ""))
        if match["word"].casefold() in _UPWARD:
            lowest = amount
        else:
            highest = amount
    text = _LIMIT.sub(" ", text)
    for words in (_AT_MOST, _BUDGET):
        if highest is None and (limit := words.search(text)):
            highest = Decimal(limit["amount"].replace(",", ""))
            text = words.sub(" ", text)
    return text, lowest, highest


def query_words(text: str) -> list[str]:
    """Return the stems of the words that say what is sought; all of them if none does."""
    words = words_of(text)
    telling = [word for word in words if word not in NOISE]
    return [stem(word) for word in telling or words]
