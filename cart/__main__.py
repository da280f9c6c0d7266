# SPDX-License-Identifier: Apache-2.0
"""``python -m cart``: what ``./chevet`` runs."""

import sys

from cart.cli import main

sys.exit(main(sys.argv[1:]))
