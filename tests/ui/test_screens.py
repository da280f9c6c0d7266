# SPDX-License-Identifier: Apache-2.0
"""Every screen stands, without a warning."""

from tests.ui import scenes


def test_from_sign_in_to_summary(stand) -> None:
    kiosk = stand()
    kiosk.show(scenes.SIGN_IN)
    kiosk.touch("Camille Morel")
    kiosk.shot("01-sign-in")
    kiosk.show(scenes.HOME)
    kiosk.shot("02-home")
    kiosk.show(scenes.CONSENT, scenes.opened()[:1])
    kiosk.shot("03-consent")
    kiosk.show(scenes.IDENTIFIED)
    kiosk.shot("04-identified")
    kiosk.show(scenes.talking(), scenes.usual()[1:])
    kiosk.shot("05-encounter")
    kiosk.show(scenes.closed(), scenes.ending())
    kiosk.shot("06-summary")
    assert kiosk.has("Téléconsultation terminée")
