# SPDX-License-Identifier: Apache-2.0
"""The sheets of the stethoscope and of the files that wait."""

from device.codes import Position
from device.station.state import WaitingDocument
from ui import french
from ui.viewmodels.moment import Moment
from ui.viewmodels.sheets import NO_SHEET, Choice, SheetView

WHAT = (("ecg", "C’est un ECG"), ("ultrasound", "C’est une échographie"), ("document", "C’est un autre document"))


def listen(moment: Moment, _argument: str, _text: str) -> SheetView:
    """Where the stethoscope is placed: it begins at once."""
    if moment.state.listening.position is not None:
        return NO_SHEET
    keys = tuple(Choice(str(one), french.sentence(one.label)) for one in Position)
    return SheetView("listen", "Où est posé le stéthoscope ?", (), (Choice("close", "Revenir"),), keys, 3)


def unheard(moment: Moment, _argument: str, _text: str) -> SheetView:
    """Throw a recording away: the second touch."""
    position = moment.state.listening.position
    if position is None:
        return NO_SHEET
    lines = (f"{french.sentence(position.label)} : ce qui vient d’être enregistré sera perdu.",)
    choices = (Choice("close", "Revenir"), Choice("throw", "Oui, ne pas garder", "destructive"))
    return SheetView("unheard", "Ne pas garder cette écoute ?", lines, choices)


def attach(moment: Moment, document: str, _text: str) -> SheetView:
    """A file that waits is this patient's: the second touch, with both names."""
    file, encounter = waiting(moment, document), moment.state.encounter
    if file is None or encounter is None:
        return NO_SHEET
    whose = f"Nom écrit dans le fichier : {file.patient}" if file.patient else "Le fichier ne dit pas de qui il est."
    lines = (f"Dossier ouvert : {french.full_name(encounter.patient)}", whose, described(file))
    keys = tuple(Choice(what, label) for what, label in WHAT)
    return SheetView("attach", "Ce fichier est bien le sien ?", lines, (Choice("close", "Revenir"),), keys, 1)


def put_away(moment: Moment, document: str, _text: str) -> SheetView:
    """A file that waits is put away: the second touch."""
    file = waiting(moment, document)
    if file is None:
        return NO_SHEET
    lines = (described(file), "Il ne sera dans aucun dossier ; le technicien peut le retrouver.")
    choices = (Choice("close", "Revenir"), Choice("put-away", "Oui, écarter", "destructive"))
    return SheetView("put-away", "Écarter ce fichier ?", lines, choices)


def waiting(moment: Moment, document: str) -> WaitingDocument | None:
    """The file that waits, if it still does."""
    return next((one for one in moment.state.documents if one.id == document), None)


KINDS = {
    "application/pdf": "PDF",
    "application/dicom": "image médicale (DICOM)",
    "image/jpeg": "image",
    "image/png": "image",
}


def described(file: WaitingDocument) -> str:
    """« ECG-0412.pdf · PDF · 2 pages · 184 ko »."""
    kind = KINDS.get(file.media_type, "tracé (SCP-ECG)" if "scp" in file.media_type else "fichier")
    pages = french.counted(file.pages, "page", "pages") if file.pages else ""
    return " · ".join(filter(None, (file.name, kind, pages, f"{max(1, file.size // 1000)} ko")))
