# SPDX-License-Identifier: Apache-2.0
"""What a touch on the screens does, one slot for each control."""

from decimal import Decimal

from PySide6.QtCore import QObject, Signal, Slot

from device.commands import (
    CallDoctor,
    ChooseCamera,
    CloseConference,
    CloseFile,
    ConfirmIdentity,
    Freeze,
    HangUp,
    HideText,
    NoteOxygen,
    SetCamera,
    SetMicrophone,
    SignOut,
    StopAuscultation,
    TestSound,
    WrongPatient,
)
from device.entry import ConsentForm
from device.station.state import State
from ui.viewmodels.agreement import Agreement
from ui.viewmodels.shown import Submit


class Actions(QObject):
    """The touches that are one command, and the door of the tray. ``state`` is the newest, for the toggles."""

    turned = Signal()
    """The tray was opened or closed."""

    def __init__(self, submit: Submit, agreement: Agreement) -> None:
        super().__init__()
        self._submit = submit
        self._agreement = agreement
        self.state: State | None = None
        self.tray = False

    @Slot()
    def signOut(self) -> None:  # noqa: N802 - QML's spelling
        """« Quitter »."""
        self._submit(SignOut())

    @Slot()
    def confirmIdentity(self) -> None:  # noqa: N802 - QML's spelling
        """« Oui, c'est elle »."""
        self._submit(ConfirmIdentity())

    @Slot()
    def changePatient(self) -> None:  # noqa: N802 - QML's spelling
        """« Non, changer », before anything was measured."""
        self._submit(WrongPatient())

    @Slot(bool)
    def agree(self, call: bool) -> None:  # noqa: FBT001 - a slot's arguments have no names
        """« Elle est d'accord », by word of mouth."""
        self._agreement.give(ConsentForm.ORAL, call=call)

    @Slot()
    def callDoctor(self) -> None:  # noqa: N802 - QML's spelling
        """« Appeler le médecin »."""
        self._submit(CallDoctor())

    @Slot()
    def hangUp(self) -> None:  # noqa: N802 - QML's spelling
        """« Annuler l'appel »."""
        self._submit(HangUp())

    @Slot()
    def endMeeting(self) -> None:  # noqa: N802 - QML's spelling
        """« Arrêter » on the mark of the meeting."""
        self._submit(CloseConference())

    @Slot(str)
    def chooseCamera(self, camera: str) -> None:  # noqa: N802 - QML's spelling
        """A camera's button."""
        self._submit(ChooseCamera(camera))

    @Slot()
    def toggleFreeze(self) -> None:  # noqa: N802 - QML's spelling
        """« Figer »."""
        if self.state is not None:
            self._submit(Freeze(not self.state.frozen))

    @Slot()
    def toggleMicrophone(self) -> None:  # noqa: N802 - QML's spelling
        """« Micro »."""
        if self.state is not None:
            self._submit(SetMicrophone(not self.state.microphone_on))

    @Slot()
    def toggleCamera(self) -> None:  # noqa: N802 - QML's spelling
        """« Image »."""
        if self.state is not None:
            self._submit(SetCamera(not self.state.camera_on))

    @Slot()
    def keepSound(self) -> None:  # noqa: N802 - QML's spelling
        """« Arrêter et garder »."""
        self._submit(StopAuscultation(keep=True))

    @Slot()
    def testSound(self) -> None:  # noqa: N802 - QML's spelling
        """« Tester le son »."""
        self._submit(TestSound())

    @Slot()
    def hideText(self) -> None:  # noqa: N802 - QML's spelling
        """Take the large text away."""
        self._submit(HideText())

    @Slot()
    def roomAir(self) -> None:  # noqa: N802 - QML's spelling
        """« Air ambiant »."""
        self._submit(NoteOxygen(Decimal(0)))

    @Slot()
    def closeFile(self) -> None:  # noqa: N802 - QML's spelling
        """« Fermer le dossier »."""
        self._submit(CloseFile())

    @Slot(bool)
    def showTray(self, shown: bool) -> None:  # noqa: N802, FBT001 - QML's spelling; a slot's arguments have no names
        """« n mesures de côté », « Retour à la consultation »."""
        self.tray = shown
        self.turned.emit()
