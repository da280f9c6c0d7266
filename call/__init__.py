# SPDX-License-Identifier: Apache-2.0
"""The live link to a doctor's browser (WebRTC)."""
