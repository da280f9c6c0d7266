# SPDX-License-Identifier: Apache-2.0
"""Noting the patient's agreement, and calling the doctor once it is noted."""

from device.commands import CallDoctor, GiveConsent
from device.entry import ConsentForm
from device.station.messages import Reply
from ui.viewmodels.shown import Submit


class Agreement:
    """One gesture, two commands: the second only when the first was accepted."""

    def __init__(self, submit: Submit) -> None:
        self._submit = submit

    def give(self, form: ConsentForm, given_by: str = "", *, call: bool) -> None:
        """Note the consent; then call the doctor if asked."""

        def noted(reply: Reply) -> None:
            if reply.ok and call:
                self._submit(CallDoctor())

        self._submit(GiveConsent(form, given_by), noted)
