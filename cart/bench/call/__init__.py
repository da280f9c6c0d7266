# SPDX-License-Identifier: Apache-2.0
"""The call on a bad network, measured in the real page, beside Chromium calling Chromium over the same cable."""
