# SPDX-License-Identifier: Apache-2.0
import pytest

from device.registry.places import line_of


@pytest.mark.parametrize(
    ("row", "field", "line"),
    [("a", "", 2), ("a", "x", 3), ("a", "y", 2), ("b c", "x", 10), ("b c", "metrics[1]", 11), ("none", "x", None)],
)
def test_a_field_s_line_is_found_past_comments_and_long_texts(row, field, line):
    text = """# [a]
[a] # first
x = 1
long = \'\'\'
[b c]
y = 2
\'\'\'
# y = 3
[ "b c" ]
x = [
metrics = [1,
2]
"""
    assert line_of(text, row, field) == line
