"""What a text costs by SMS: cases worked out by hand from GSM 03.38 and the header of multi-part messages."""

from __future__ import annotations

import pytest

from closer.providers.sms_segments import fold, is_gsm7, segments

FAMILY = "👨‍👩‍👧"  # three surrogate pairs and two joiners: 8 UTF-16 units


@pytest.mark.parametrize(
    ("text", "encoding", "units", "count"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("€" * 81, "GSM-7", 162, 2),
        ("a" * 152 + "€" + "a" * 10, "GSM-7", 164, 2),
        # The escape and its character stay together: 152 + 153 leave no room for the last one.
        ("a" * 152 + "€" + "a" * 151 + "€", "GSM-7", 307, 3),
        ("é" * 160, "GSM-7", 160, 1),
        ("ñ¿ß§Ω", "GSM-7", 5, 1),
        ("ç", "UCS-2", 1, 1),
        ("á" * 70, "UCS-2", 70, 1),
        ("á" * 71, "UCS-2", 71, 2),
        ("á" * 134, "UCS-2", 134, 2),
        ("á" * 135, "UCS-2", 135, 3),
        ("😀" * 35, "UCS-2", 70, 1),
        ("😀" * 36, "UCS-2", 72, 2),
        # 67 is odd: a pair that does not fit goes to the next part, so 33 a part.
        ("😀" * 67, "UCS-2", 134, 3),
        (FAMILY, "UCS-2", 8, 1),
        ("’" + "a" * 159, "UCS-2", 160, 3),
    ],
)
def test_a_text_costs_what_the_standard_says(
    text: str, encoding: str, units: int, count: int
) -> None:
    cost = segments(text)
    assert (cost.encoding, cost.units, cost.count) == (encoding, units, count)


def test_typography_is_written_plainly_so_that_it_costs_one_segment() -> None:
    text = "“It’s ready” – pick it up…\u00a0now"
    assert fold(text) == '"It\'s ready" - pick it up... now'
    assert is_gsm7(fold(text))
    assert segments(fold("’" + "a" * 159)).count == 1


def test_names_and_other_scripts_keep_their_letters() -> None:
    for text in ("Zoë Łukasz Çelik José á ç", "Привет", "你好", "👍"):
        assert fold(text) == text


def test_line_ends_become_one_kind() -> None:
    assert fold("a\r\nb\u2028c") == "a\nb\nc"
