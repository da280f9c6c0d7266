# SPDX-License-Identifier: Apache-2.0
"""Files of instruments that the cart does not drive: checked by their content before anybody may attach them."""
