# SPDX-License-Identifier: Apache-2.0
"""A WHIP and WHEP endpoint in front of a real Janus, whose Debian package has none."""
