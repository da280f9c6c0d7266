# SPDX-License-Identifier: Apache-2.0
"""Store and forward: from the journal to the records servers."""
