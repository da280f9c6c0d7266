# SPDX-License-Identifier: Apache-2.0
from hypothesis import given, settings
from hypothesis import strategies as st

from call.change import Change, apply, difference

NAMES = st.sampled_from("abcd")
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.text("xy", max_size=2)
    | st.lists(st.integers(0, 1), max_size=2),
    lambda inner: st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=4)


@given(OBJECTS, OBJECTS)
@settings(max_examples=300, deadline=None)
def test_a_change_makes_the_one_of_the_other_exactly(before, after):
    kept = repr(before)
    made = apply(before, difference(before, after))
    assert (made, _types(made)) == (after, _types(after))
    assert repr(before) == kept


@given(OBJECTS)
def test_what_is_the_same_changes_nothing(one):
    assert difference(one, one) == Change()


def test_one_value_changes_alone_and_what_is_null_is_not_what_is_gone():
    before = {"live": {"a": {"value": "97", "site": "ear"}, "b": {"value": "60"}}, "text": {"by": "x"}}
    after = {"live": {"a": {"value": "98", "site": None}}, "text": None}
    assert difference(before, after) == Change(
        {"live": {"a": {"value": "98", "site": None}}, "text": None}, (("live", "b"),)
    )


def _types(value: object) -> object:
    if isinstance(value, dict):
        return {name: _types(inner) for name, inner in value.items()}
    return type(value).__name__
