# SPDX-License-Identifier: Apache-2.0
"""Who is given which encoding of the picture."""

from hypothesis import given, settings
from hypothesis import strategies as st

from call.audience import AGAIN, JOINING, PARTING, Audience, Member, common, gather, place
from call.rate import LADDER, Rate

TIRED = Audience(parted=0.0)
"""Receivers were parted at 0: nothing is tried before ``AGAIN``."""


def members(*targets: int) -> dict[int, Member]:
    return {number: Member("H264", Rate(target)) for number, target in enumerate(targets, 1)}


def after(audience: Audience, found: dict[int, Member], start: float, seconds: float) -> Audience:
    """The audience when nothing changes for some seconds."""
    for tenth in range(round(seconds * 10) + 1):
        audience = gather(audience, found, start + tenth / 10)
    return audience


def places(audience: Audience, found: dict[int, Member]) -> list[int]:
    return [place(audience, key, found) for key in found]


def test_one_alone_has_the_first_encoding_and_its_own_rate() -> None:
    rate = Rate(300_000, 3, 7.5)
    assert common([rate]) is rate
    assert places(after(Audience(), members(300_000), 1, 60), members(300_000)) == [0]


def test_those_who_are_alike_share_at_what_the_weakest_can_take() -> None:
    found = members(900_000, 700_000, 1_000_000)
    assert places(after(TIRED, found, 1, 50), found) == [0, 0, 0]
    assert common([Rate(900_000, 5), Rate(700_000, 4), Rate(1_000_000, 3)]) == Rate(700_000, 3)


def test_one_far_below_gets_an_encoding_of_its_own_once_it_has_been_so_for_a_while() -> None:
    found = members(2_000_000, 400_000)
    assert places(after(TIRED, found, 1, PARTING - 0.2), found) == [0, 0]
    assert places(after(TIRED, found, 1, PARTING), found) == [0, 1]


def test_a_moment_of_weakness_parts_nobody() -> None:
    audience = after(TIRED, members(2_000_000, 400_000), 1, PARTING / 2)
    audience = gather(audience, members(2_000_000, 1_900_000), 1 + PARTING / 2)
    assert not after(audience, members(2_000_000, 400_000), 1 + PARTING / 2, PARTING / 2).weak


def test_of_three_the_weak_ones_share_the_second_encoding() -> None:
    found = members(400_000, 2_000_000, 300_000)
    assert places(after(TIRED, found, 1, PARTING), found) == [1, 0, 1]


def test_one_that_recovers_comes_back_after_a_while_and_does_not_flap() -> None:
    apart = after(TIRED, members(2_000_000, 400_000), 1, PARTING)
    between = members(2_000_000, 1_100_000)
    assert after(apart, between, 10, 40).weak == {2}
    recovered = members(2_000_000, 1_300_000)
    assert after(apart, recovered, 10, JOINING - 0.2).weak == {2}
    assert not after(apart, recovered, 10, JOINING).weak


def test_one_that_stands_well_over_the_rest_is_tried_now_and_then() -> None:
    found = members(640_000, 400_000)
    tried = after(TIRED, found, AGAIN, PARTING)
    assert tried.weak == {2}
    given_up = after(tried, members(640_000, 400_000), AGAIN + PARTING, JOINING)
    assert not given_up.weak
    assert not after(given_up, found, AGAIN + 10, AGAIN - 11).weak
    assert after(tried, members(1_500_000, 400_000), AGAIN + PARTING, 60).weak == {2}


def test_two_codecs_are_two_encodings_and_never_three() -> None:
    found = {**members(2_000_000, 100_000), 9: Member("VP8", Rate(300_000))}
    assert places(after(TIRED, found, 1, 60), found) == [0, 0, 1]
    assert places(Audience(), {9: found[9]}) == [0]


def test_the_weak_one_who_is_left_alone_has_the_first_encoding() -> None:
    apart = after(TIRED, members(2_000_000, 400_000), 1, PARTING)
    left = {2: Member("H264", Rate(400_000))}
    assert place(gather(apart, left, 9), 2, left) == 0


@settings(max_examples=40)
@given(
    st.lists(
        st.dictionaries(
            st.integers(1, 4),
            st.tuples(st.sampled_from(["H264", "VP8"]), st.integers(30_000, 2_500_000)),
            min_size=1,
        ),
        max_size=12,
    ),
    st.floats(0.05, 5),
)
def test_whoever_comes_and_goes_somebody_has_the_first_encoding(rooms, step) -> None:
    audience = Audience()
    for number, room in enumerate(rooms):
        found = {key: Member(kind, Rate(target, 0)) for key, (kind, target) in room.items()}
        audience = gather(audience, found, number * step)
        given_places = places(audience, found)
        assert min(given_places) == 0
        assert max(given_places) <= 1
        for one in set(given_places):
            kinds = {member.kind for member, at in zip(found.values(), given_places, strict=True) if at == one}
            assert len(kinds) == 1
            rate = common(member.rate for member, at in zip(found.values(), given_places, strict=True) if at == one)
            assert rate.target >= LADDER[rate.rung].least
