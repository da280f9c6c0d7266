# SPDX-License-Identifier: Apache-2.0
"""f35: the power is cut while the cart writes. Every acknowledged entry is there, the chain holds, captures are whole,
the encounter is offered for resumption; and the same test catches a cart that does not wait for its disk."""

import os

import pytest

from tests.faults.card import root  # noqa: F401 - a fixture
from tests.faults.power import cuts

CUTS = int(os.environ.get("CHEVET_POWER_CUTS", "20"))


@pytest.mark.root
@pytest.mark.slow
@pytest.mark.timeout(60 + 2 * CUTS)
def test_f35_no_power_cut_loses_what_was_acknowledged(root):  # noqa: F811 - the fixture
    found = cuts(root, CUTS, seed=35)
    assert [cut for cut in found if not cut.harmless] == []
    assert len(found) == CUTS
    assert all(cut.acknowledged for cut in found)


@pytest.mark.root
@pytest.mark.parametrize("synchronous", ["OFF", "NORMAL"])
def test_f35_a_cart_that_does_not_wait_for_its_disk_is_caught(root, synchronous):  # noqa: F811 - the fixture
    assert any(cut.kept < cut.acknowledged for cut in cuts(root, 6, seed=35, synchronous=synchronous))
