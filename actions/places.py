"""Towns and countries as customers name them."""

from __future__ import annotations

import re

from closer.customers.countries import COUNTRIES, country_code


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CITIES = {
    "AE": "dubai,abu dhabi", "AR": "buenos aires", "AT": "vienna,wien,salzburg,graz", "AU": "sydney,melbourne,brisbane,perth,adelaide",
    "BE": "brussels,antwerp,ghent", "BR": "sao paulo,são paulo,rio de janeiro,rio,brasilia", "CA": "toronto,vancouver,montreal,ottawa,calgary,quebec",
    "CH": "zurich,zürich,geneva,basel,bern", "CL": "santiago", "CN": "beijing,shanghai,shenzhen", "CO": "bogota,bogotá", "CZ": "prague,brno",
    "DE": "berlin,hamburg,munich,münchen,cologne,köln,frankfurt,stuttgart,leipzig,dresden", "DK": "copenhagen,aarhus", "EG": "cairo",
    "ES": "madrid,barcelona,seville,valencia,bilbao", "FI": "helsinki,tampere", "FR": "paris,lyon,marseille,nice,toulouse,bordeaux",
    "GB": "london,manchester,birmingham,leeds,glasgow,edinburgh,liverpool,bristol,cardiff,belfast", "GR": "athens", "HU": "budapest", "ID": "jakarta,bali",
    "IE": "dublin,cork,galway", "IL": "tel aviv,jerusalem", "IN": "mumbai,delhi,bangalore,bengaluru,chennai,kolkata,hyderabad,pune",
    "IS": "reykjavik", "IT": "rome,roma,milan,milano,naples,turin,florence,venice", "JP": "tokyo,osaka,kyoto", "KE": "nairobi", "KR": "seoul,busan",
    "MA": "casablanca,marrakesh", "MX": "mexico city,guadalajara,monterrey,cancun", "MY": "kuala lumpur", "NG": "lagos,abuja",
    "NL": "amsterdam,rotterdam,utrecht,the hague", "NO": "oslo,bergen", "NZ": "auckland,wellington,christchurch", "PE": "lima", "PH": "manila",
    "PL": "warsaw,krakow,kraków,gdansk", "PT": "lisbon,porto", "RO": "bucharest", "SE": "stockholm,gothenburg,malmö,malmo", "TH": "bangkok",
    "TR": "istanbul,ankara", "TW": "taipei", "UA": "kyiv,kiev,lviv", "VN": "hanoi,saigon", "ZA": "cape town,johannesburg,durban",
    "US": "new york,nyc,brooklyn,los angeles,chicago,houston,phoenix,philadelphia,dallas,austin,seattle,boston,denver,miami,atlanta,portland,"
    "san francisco,san diego,las vegas,hawaii,alaska,texas,california,florida",
}  # fmt: skip
_CITY_COUNTRY = {city: code for code, cities in _CITIES.items() for city in cities.split(",")}
_OTHER_NAMES = (
    "usa",
    "america",
    "the states",
    "uk",
    "england",
    "scotland",
    "wales",
    "holland",
    "turkey",
    "uae",
    "korea",
    "great britain",
    "deutschland",
)
_PLACES = sorted(
    [*_CITY_COUNTRY, *(name.lower() for name in COUNTRIES.values()), *_OTHER_NAMES],
    key=len,
    reverse=True,
)
_PLACE = re.compile(rf"\b({'|'.join(map(re.escape, _PLACES))})\b", re.IGNORECASE)
_UNKNOWN_PLACE = re.compile(
    r"\b(?:ship|deliver|send|delivery|shipping|post)\w*\b.{0,20}\b(?:to|in|into)\s+(?P<place>[a-z][a-z' -]{2,30})",
    re.IGNORECASE,
)
_UNSERVED = re.compile(
    r"\b(mongolia|russia|belarus|iran|iraq|syria|north korea|cuba|venezuela|pakistan|bangladesh|sri lanka|nepal|kazakhstan|uzbekistan|"
    r"armenia|azerbaijan|serbia|bosnia|albania|moldova|afghanistan|yemen|libya|sudan|ethiopia|somalia|uganda|tanzania|"
    r"algeria|tunisia|senegal|cameroon|angola|zambia|zimbabwe|madagascar|bolivia|paraguay|ecuador|guatemala|honduras|nicaragua|"
    r"panama|haiti|jamaica|qatar|kuwait|oman|bahrain|lebanon|cambodia|laos|myanmar|brunei|fiji|greenland)[\s.!]*$",
    re.IGNORECASE,
)
_COMMON = _words(
    "me us my our your here home you the a an them him her work different another other several multiple all which what where time"
)


def place_in(text: str) -> tuple[str | None, str | None]:
    """Return the place that a text names and its country's code; no code where we do not deliver."""
    if match := _PLACE.search(text):
        place = match.group(1)
        return place, _CITY_COUNTRY.get(place.lower()) or country_code(place)
    if match := _UNKNOWN_PLACE.search(text):
        words = match["place"].split()
        if words[0].lower() not in _COMMON and len(words) <= 2:
            return " ".join(words).title(), None
    return None, None


def unserved_country(text: str) -> str | None:
    """Return the country at a text's end if it is one that we do not deliver to."""
    match = _UNSERVED.search(text)
    return match.group(1).title() if match else None


def country_of_city(city: str) -> str | None:
    """Return the country of a large town, or None if it is not known."""
    return _CITY_COUNTRY.get(city.strip().lower())
