# SPDX-License-Identifier: Apache-2.0
"""The doctor's side: rendezvous server and web page."""
