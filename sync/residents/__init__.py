# SPDX-License-Identifier: Apache-2.0
"""The establishment's list of residents, as its own software gives it: read without trusting it, and joined to the
list that the cart has. Pure."""
