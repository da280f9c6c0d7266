# SPDX-License-Identifier: Apache-2.0
"""f05: an instrument sends all its memory again, at every connection, over restarts of the cart too."""

from contextlib import closing

from hypothesis import given, settings
from hypothesis import strategies as st

from device.encounter import Bedside, replay
from device.entry import MeasurementRecorded, MeasurementSetAside
from tests.faults.bedside import JEANNE, PAUL, Cart

MEMORY = st.lists(st.tuples(st.integers(-7200, 240), st.integers(100, 140)), min_size=1, max_size=8, unique=True)


@settings(max_examples=40, deadline=None)
@given(MEMORY, st.lists(st.sampled_from(["again", "shuffled", "restart", "next patient"]), max_size=5), st.randoms())
def test_f05_each_reading_of_a_memory_is_one_entry_however_often_it_comes(tmp_path_factory, memory, then, chance):
    cart = Cart(tmp_path_factory.mktemp("cart"))
    with closing(cart.journal):
        cart.open(JEANNE)
        cart.wait(250)
        frames = [cart.frame(ago=240 - when, systolic=systolic) for when, systolic in memory]
        for what in ["again", *then]:
            cart.wait(30)
            if what == "shuffled":
                chance.shuffle(frames)
            elif what == "restart":
                cart.state = replay(cart.journal.after(0, limit=10_000), Bedside())
            elif what == "next patient":
                cart.close()
                cart.open(PAUL)
            cart.take(*frames)
        written = cart.entries(MeasurementRecorded, MeasurementSetAside)
        assert sorted(entry.body.provenance.frame for entry in written) == sorted({frame.hex() for frame in frames})
        assert len([entry for entry in written if isinstance(entry.body, MeasurementRecorded)]) <= 1


def test_f05_a_recorded_reading_that_comes_again_is_recorded_once(tmp_path):
    cart = Cart(tmp_path)
    with closing(cart.journal):
        cart.open(JEANNE)
        cart.wait(60)
        frame = cart.frame(ago=20)
        (first,) = cart.take(frame)
        assert isinstance(first, MeasurementRecorded)
        for _ in range(5):
            cart.wait(20)
            assert cart.take(frame, frame) == []
        assert cart.take(frame, live=True) == []
        assert len(cart.entries(MeasurementRecorded, MeasurementSetAside)) == 1


def test_f05_two_readings_that_differ_only_by_their_time_are_two(tmp_path):
    cart = Cart(tmp_path)
    with closing(cart.journal):
        cart.open(JEANNE)
        cart.wait(60)
        cart.take(cart.frame(ago=20))
        cart.wait(60)
        cart.take(cart.frame(ago=20))
        assert len(cart.entries(MeasurementRecorded)) == 2
