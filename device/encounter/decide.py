# SPDX-License-Identifier: Apache-2.0
"""What a command becomes, in the present state: entries for one chain, or a Refusal. Doing a thing twice does it once.

Pure, but for the new encounter's identity. Nothing is said or shown here, and no entry is ever changed: what was wrong
is marked, and stays.
"""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from device import commands as c
from device import entry as e
from device.clock import Instant
from device.encounter import manual, measurements
from device.encounter.limits import Limits
from device.encounter.refusals import Why, refusal
from device.encounter.state import Bedside, Encounter
from device.entry import Body, Outcome
from device.journal.identity import Identities
from device.people import Operator, Patient, Practitioner

MAX_OXYGEN = Decimal(80)
"""Litres per minute: high-flow nasal oxygen reaches 60 to 80."""
MAX_SHOWN_TEXT = 80
MAX_CONCLUSION = 10_000

Bodies = tuple[Body, ...]


def decide(
    state: Bedside, command: c.Command, who: Operator | Practitioner, now: Instant, limits: Limits
) -> tuple[UUID, tuple[Body, ...]]:
    """The chain and the entries that ``command`` becomes when ``who`` gives it; no entries when there is nothing to
    write. Raises Refusal.

    A capture, a call and what only the station does become no entry here: they are refused when they may not be.
    """
    if isinstance(command, c.OpenEncounter):
        return _open(state, command.patient, _operator(who), now)
    if isinstance(command, c.ShowText):
        return state.file_chain, _show(state, command.text, who)
    if isinstance(command, c.EnterMeasurement):
        by = _operator(who)
        return state.file_chain, (manual.enter(_identified(state), command, by, now, limits),)
    if isinstance(command, c.WriteConclusion):
        return state.file_chain, _conclude(state, command.text, who)
    if isinstance(command, c.Capture | c.AskMeasurement | c.AskMicrophone):
        _ = _running(state) if isinstance(command, c.AskMeasurement) else _consented(state)
        return state.file_chain, ()
    return state.file_chain, _decide(state, command, who, limits)


def _decide(state: Bedside, command: c.Command, who: Operator | Practitioner, limits: Limits) -> Bodies:
    simple = _SIMPLE.get(type(command))
    if simple is not None:
        return simple(state, _operator(who))
    match command:
        case c.GiveConsent(form, given_by):
            return _consent(state, form, given_by.strip(), _operator(who))
        case c.AdmitDoctor():
            return _admit_doctor(state, _operator(who))
        case c.NoteOxygen(litres):
            return _oxygen(state, litres, _operator(who))
        case c.NoteSite():
            return _site(state, command, _operator(who))
    return _about_measurements(state, command, who, limits)


def _about_measurements(state: Bedside, command: c.Command, who: Operator | Practitioner, limits: Limits) -> Bodies:
    match command:
        case c.AttributeMeasurement(aside):
            return measurements.attribute(state, _identified(state), aside, _operator(who), limits)
        case c.DiscardMeasurement(aside):
            return measurements.discard(state, aside, _operator(who))
        case c.ConfirmMeasurement(target):
            return measurements.confirm(_file(state), target, _operator(who))
        case c.MarkEnteredInError(target, reason):
            return measurements.mark(_file(state), target, reason, _operator(who))
    return ()


def _open(state: Bedside, patient: Patient, operator: Operator, now: Instant) -> tuple[UUID, Bodies]:
    if state.encounter is not None:
        if state.encounter.patient.id != patient.id or not state.encounter.running:
            raise refusal(Why.OTHER_FILE)
        return state.encounter.id, ()
    if not (patient.id.strip() and patient.family.strip() and patient.given.strip()):
        raise refusal(Why.PATIENT)
    return Identities().next(now.wall), (e.EncounterOpened(operator, patient),)


def _identify(state: Bedside, operator: Operator) -> Bodies:
    return () if _running(state).identified is not None else (e.IdentityConfirmed(operator),)


def _wrong_patient(state: Bedside, operator: Operator) -> Bodies:
    """Everything recorded is of somebody else: marked, never moved; then the encounter and its file are closed."""
    file = state.encounter
    if file is None:
        return ()
    wrong = [one.entry for one in file.kept if not one.in_error]
    marks = tuple(e.EnteredInError(entry, "pas le bon patient", operator) for entry in wrong)
    end = _end(file, Outcome.WRONG_PATIENT, operator) if file.running else ()
    return (*marks, *end, e.FileClosed(operator))


def _consent(state: Bedside, form: e.ConsentForm, given_by: str, operator: Operator) -> Bodies:
    file = _identified(state)
    return () if file.consent == form else (e.ConsentGiven(form, operator, given_by),)


def _refuse_consent(state: Bedside, operator: Operator) -> Bodies:
    file = _file(state)
    if file.outcome in {Outcome.REFUSED, Outcome.WITHDRAWN}:
        return ()
    if _running(state).consent is not None:
        raise refusal(Why.HAS_CONSENT)
    outcome = Outcome.WITHDRAWN if file.withdrawn else Outcome.REFUSED
    return (e.ConsentRefused(operator), *_end(file, outcome, operator))


def _withdraw(state: Bedside, operator: Operator) -> Bodies:
    """The media end with the consent, at once; the file stays open for what is being done at the bedside."""
    file = _running(state)
    if file.consent is None:
        return ()
    return (e.ConsentWithdrawn(operator), *_hang_up(state, operator))


def _call(state: Bedside, operator: Operator) -> Bodies:
    return () if _consented(state).call_requested else (e.CallRequested(operator),)


def _hang_up(state: Bedside, operator: Operator) -> Bodies:
    return () if state.encounter is None else _end_call(state.encounter, operator)


def _end_call(file: Encounter, operator: Operator) -> Bodies:
    """The conference ends with the call."""
    if not file.call_requested:
        return ()
    return (*((e.ConferenceClosed(operator),) if file.conference else ()), e.CallEnded(operator))


def _confer(state: Bedside, operator: Operator) -> Bodies:
    file = _consented(state)
    if not file.call_requested:
        raise refusal(Why.NO_CALL)
    return () if file.conference else (e.ConferenceOpened(operator),)


def _confer_no_more(state: Bedside, operator: Operator) -> Bodies:
    file = state.encounter
    return (e.ConferenceClosed(operator),) if file is not None and file.conference else ()


def _finish(state: Bedside, operator: Operator) -> Bodies:
    file = _file(state)
    if not file.running:
        return ()
    return _end(file, Outcome.WITHDRAWN if file.withdrawn else Outcome.FINISHED, operator)


def _end(file: Encounter, outcome: Outcome, operator: Operator) -> Bodies:
    return (*_end_call(file, operator), e.EncounterClosed(outcome, operator))


def _close_file(state: Bedside, operator: Operator) -> Bodies:
    if state.encounter is None:
        return ()
    if state.encounter.running:
        raise refusal(Why.NOT_ENDED)
    return (e.FileClosed(operator),)


def _admit_doctor(state: Bedside, _operator: Operator) -> Bodies:
    if not _consented(state).call_requested:
        raise refusal(Why.NO_CALL)
    return ()


def _auscultate(state: Bedside, _operator: Operator) -> Bodies:
    _consented(state)
    return ()


def _attach(state: Bedside, _operator: Operator) -> Bodies:
    _identified(state)
    return ()


def _allowed(_state: Bedside, _operator: Operator) -> Bodies:
    """Whatever the state: stop listening, put a document away."""
    return ()


def _site(state: Bedside, command: c.NoteSite, operator: Operator) -> Bodies:
    file = _running(state)
    noted = file.sites.get(command.metric) == command.site
    return () if noted else (e.SiteNoted(command.metric, command.site, operator),)


def _sign_out(state: Bedside, _operator: Operator) -> Bodies:
    if state.encounter is not None:
        raise refusal(Why.OTHER_FILE)
    return ()


def _oxygen(state: Bedside, litres: Decimal, operator: Operator) -> Bodies:
    file = _running(state)
    if not litres.is_finite() or not 0 <= litres <= MAX_OXYGEN:
        raise refusal(Why.OXYGEN)
    return () if file.oxygen == litres else (e.OxygenNoted(litres, operator),)


def _show(state: Bedside, text: str, who: Operator | Practitioner) -> Bodies:
    _running(state)
    text = " ".join(text.split())
    if not 0 < len(text) <= MAX_SHOWN_TEXT:
        raise refusal(Why.TEXT)
    return (e.TextShown(text, who.name, "practitioner" if isinstance(who, Practitioner) else "operator"),)


def _conclude(state: Bedside, text: str, who: Operator | Practitioner) -> Bodies:
    if not isinstance(who, Practitioner):
        raise refusal(Why.DOCTOR_ONLY)
    file, written = _consented(state), e.ConclusionWritten(text.strip(), who)
    if not 0 < len(written.text) <= MAX_CONCLUSION:
        raise refusal(Why.CONCLUSION)
    return () if file.conclusion == written else (written,)


def _operator(who: Operator | Practitioner) -> Operator:
    if isinstance(who, Practitioner):
        raise refusal(Why.NURSE_ONLY)
    return who


def _file(state: Bedside) -> Encounter:
    if state.encounter is None:
        raise refusal(Why.NO_FILE)
    return state.encounter


def _running(state: Bedside) -> Encounter:
    file = _file(state)
    if not file.running:
        raise refusal(Why.ENDED)
    return file


def _identified(state: Bedside) -> Encounter:
    file = _running(state)
    if file.identified is None:
        raise refusal(Why.NOT_IDENTIFIED)
    return file


def _consented(state: Bedside) -> Encounter:
    """No media, no call and no conclusion without a consent."""
    file = _identified(state)
    if file.consent is None:
        raise refusal(Why.NO_CONSENT)
    return file


_SIMPLE: dict[type, Callable[[Bedside, Operator], Bodies]] = {
    c.ConfirmIdentity: _identify,
    c.WrongPatient: _wrong_patient,
    c.RefuseConsent: _refuse_consent,
    c.WithdrawConsent: _withdraw,
    c.CallDoctor: _call,
    c.HangUp: _hang_up,
    c.OpenConference: _confer,
    c.CloseConference: _confer_no_more,
    c.EndEncounter: _finish,
    c.CloseFile: _close_file,
    c.SignOut: _sign_out,
    c.StartAuscultation: _auscultate,
    c.StopAuscultation: _allowed,
    c.AttachDocument: _attach,
    c.DiscardDocument: _allowed,
}
