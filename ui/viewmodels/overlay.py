# SPDX-License-Identifier: Apache-2.0
"""The patient's screen: one sentence, large, over the doctor's face."""

import msgspec

from ui.viewmodels.moment import Moment, screen


class OverlayView(msgspec.Struct, frozen=True):
    """The sentence and whose words they are; ``open`` only in an encounter."""

    open: bool
    text: str
    by: str


def overlay(moment: Moment) -> OverlayView:
    """The overlay of a moment."""
    shown = moment.state.text
    if shown is None or screen(moment) != "encounter":
        return OverlayView(open=False, text="", by="")
    by = f"{shown.by} vous écoute" if shown.by else ""
    return OverlayView(open=True, text=shown.text, by=by)
