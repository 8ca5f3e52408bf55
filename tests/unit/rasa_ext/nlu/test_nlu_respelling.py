"""Values that only a message put right shows, at their places in the message as written."""

from __future__ import annotations

from rasa_ext.nlu.entities.model import FoundValue
from rasa_ext.nlu.respelling import Respelt, completed
from rasa_ext.nlu.spelling import Repair
from rasa_ext.nlu.text import read


def test_a_place_of_the_repaired_message_is_that_of_the_written_one() -> None:
    written = "two Candels and a yogamat"
    repairs = [Repair(4, 11, "candles"), Repair(18, 25, "yoga mat")]
    respelt = Respelt.of(written, read(written), repairs, None)  # type: ignore[arg-type]
    assert respelt.text == "two candles and a yoga mat"
    assert (respelt._place(4, first=True), respelt._place(11, first=False)) == (4, 11)
    assert (respelt._place(18, first=True), respelt._place(26, first=False)) == (18, 25)


def test_a_name_is_completed_and_other_values_stay() -> None:
    found = [FoundValue("product", 0, 4, "yoga", 1.0), FoundValue("order_id", 20, 25, "12345", 1.0)]
    more = [
        FoundValue("product", 0, 9, "yoga mat", 1.0),
        FoundValue("quantity", 20, 25, "12345", 1.0),
    ]
    values = completed(found, more)
    assert [(value.entity, value.text) for value in values] == [
        ("product", "yoga mat"),
        ("order_id", "12345"),
    ]
