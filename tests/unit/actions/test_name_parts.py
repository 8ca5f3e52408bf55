"""A name of which one part is told anew."""

import pytest

from actions.name_parts import with_part


@pytest.mark.parametrize(
    ("known", "given", "said", "whole"),
    [
        ("Amy Bell", "Belle", "no the surname is Belle", "Amy Belle"),
        ("Amy Bell", "Hill", "sorry, last name Hill", "Amy Hill"),
        ("Amy Bell", "Ami", "first name Ami", "Ami Bell"),
        ("Amy Bell", "Ami", "no, Ami", "Ami Bell"),
        ("Amy Bell", "Hill", "no, Hill", "Amy Hill"),
        ("Amy Jane Bell", "Hill", "the last name is Hill", "Amy Jane Hill"),
        ("Amy Bell", "Van Dyk", "my surname is Van Dyk", "Amy Van Dyk"),
        ("Amy Bell", "Amy Hill", "the surname is wrong, it is Amy Hill", "Amy Hill"),
        ("Amy Bell", "Maya Torres", "no, Maya Torres", "Maya Torres"),
        ("Amy", "Maya", "no, Maya", "Maya"),
    ],
)
def test_the_part_that_is_meant_is_replaced(known, given, said, whole):
    assert with_part(known, given, said) == whole
