# SPDX-License-Identifier: Apache-2.0
"""From a capture to a DICOM file: what it says, whose it is, and the JPEG as it was."""

from datetime import date
from hashlib import sha256
from io import BytesIO
from uuid import UUID

import cv2
import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.encaps import generate_frames

from device.codes import Site
from device.entry import EnteredInError, Outcome
from device.people import IdentityStatus
from sync.dicom import jpeg, multipart
from sync.dicom.image import ENDOSCOPE, PHOTOGRAPH, SECONDARY
from sync.dicom.instance import document, holds, photograph
from sync.dicom.model import plain, uid
from sync.dicom.steps import instances
from sync.lines import Line, LineState, wanted
from tests.sync.story import NURSE, PATIENT, SOURCE, Story, capture, closing, opening

LANE = UUID(int=7)
NOISE = np.random.default_rng(1).integers(0, 256, (48, 64, 3), np.uint8)
FACTOR = cv2.IMWRITE_JPEG_SAMPLING_FACTOR
DATA = cv2.imencode(".jpg", NOISE)[1].tobytes()
NAME = sha256(DATA).hexdigest()


def taken(role="otoscope", site=Site.LEFT_EAR, **more):
    return msgspec.structs.replace(capture(NAME, len(DATA)), role=role, site=site, **more)


def told(*bodies, patient=PATIENT, outcome=Outcome.FINISHED):
    story = Story()
    story.tell(LANE, *opening(patient), *bodies, *closing(outcome))
    return story, instances(SOURCE, story.entries, {NAME: "x"})


def read(step, data=DATA):
    return dcmread(BytesIO(photograph(step.resource, data)))


def test_a_file_says_whose_picture_it_is_of_what_and_when():
    _, (step,) = told(taken())
    found = read(step)
    assert (found.PatientName, found.PatientID, found.PatientSex) == ("Lefèvre^Odette", "IPP-0042", "F")
    assert found.IssuerOfPatientIDQualifiersSequence[0].UniversalEntityID == "2.25.1.2"
    assert (found.PatientBirthDate, found.StudyDescription) == ("19340302", "Téléconsultation")
    assert (found.BodyPartExamined, found.ImageLaterality) == ("EAR", "L")
    assert found.AnatomicRegionSequence[0].CodeValue == Site.LEFT_EAR.snomed
    assert (found.StudyInstanceUID, found.SOPInstanceUID) == (uid(LANE), uid(step.entry.id))
    assert found.AcquisitionDateTime == "20261121100320.000+0100"
    assert (found.Rows, found.Columns, found.SamplesPerPixel) == (48, 64, 3)
    assert found.file_meta.TransferSyntaxUID == jpeg.BASELINE
    assert found.LossyImageCompression == "01"


def test_the_picture_is_the_jpeg_byte_for_byte_and_the_file_is_the_same_each_time():
    _, (step,) = told(taken())
    for data in (DATA, DATA + b"\0" if len(DATA) % 2 else DATA[:-2] + b"\xff\xff\xd9"):
        frame = next(generate_frames(read(step, data).PixelData, number_of_frames=1))
        assert frame.rstrip(b"\0") == data.rstrip(b"\0")
    assert photograph(step.resource, DATA) == photograph(step.resource, DATA)


@pytest.mark.parametrize(
    ("role", "sop", "modality"),
    [
        ("otoscope", ENDOSCOPE, "ES"),
        ("dermatoscope", PHOTOGRAPH, "XC"),
        ("intra-oral", PHOTOGRAPH, "XC"),
        ("room", PHOTOGRAPH, "XC"),
        ("", PHOTOGRAPH, "XC"),
        ("ultrasound", SECONDARY, "US"),
    ],
)
def test_each_role_has_its_kind_of_image(role, sop, modality):
    _, (step,) = told(taken(role, Site.LEG))
    found = read(step)
    assert (found.SOPClassUID, found.Modality) == (sop, modality)
    assert ("ConversionType" in found) is (role == "ultrasound")


def test_every_site_has_a_region_but_the_room():
    for site in Site:
        _, (step,) = told(taken("room", site))
        found = read(step)
        assert bool(found.AnatomicRegionSequence) is (site is not Site.ROOM)


def test_cameras_are_series_and_pictures_are_numbered():
    _, found = told(taken(), taken(camera="skin"), taken())
    files = [read(one) for one in found]
    assert [(one.SeriesNumber, one.InstanceNumber) for one in files] == [(1, 1), (2, 2), (1, 3)]
    assert files[0].SeriesInstanceUID == files[2].SeriesInstanceUID != files[1].SeriesInstanceUID
    assert len({one.SOPInstanceUID for one in files}) == 3


@pytest.mark.parametrize("status", list(IdentityStatus))
def test_the_national_number_leaves_only_with_a_qualified_identity(status):
    person = msgspec.structs.replace(
        PATIENT, status=status, matricule="123456789012244", authority="1.2.250.1.213.1.4.8"
    )
    _, (step,) = told(taken(), patient=person)
    assert ("OtherPatientIDsSequence" in read(step)) is (status is IdentityStatus.QUALIFIED)
    assert (b"123456789012244" in photograph(step.resource, DATA)) is (status is IdentityStatus.QUALIFIED)


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=80), st.text(max_size=80))
def test_no_name_breaks_a_file(family, given_name):
    person = msgspec.structs.replace(PATIENT, family=family, given=given_name, born=date(1934, 3, 2))
    _, (step,) = told(taken(), patient=person)
    assert read(step).PatientBirthDate == "19340302"
    assert not set("\\^=\n\x1b") & set(plain(family))


@pytest.mark.parametrize(
    ("factor", "colours"),
    [(0x111111, "YBR_FULL"), (0x211111, "YBR_FULL_422"), (0x221111, "YBR_FULL_422")],
)
def test_colours_are_those_of_the_jpeg(factor, colours):
    data = cv2.imencode(".jpg", NOISE, [FACTOR, factor])[1].tobytes()
    assert jpeg.read(data) == (48, 64, 3, colours, jpeg.BASELINE)


def test_a_grey_picture_is_grey():
    data = cv2.imencode(".jpg", NOISE[:, :, 0])[1].tobytes()
    assert jpeg.read(data) == (48, 64, 1, "MONOCHROME2", jpeg.BASELINE)
    _, (step,) = told(taken())
    assert "PlanarConfiguration" not in read(step, data)


def test_a_progressive_jpeg_is_refused_and_said():
    data = cv2.imencode(".jpg", NOISE, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes()
    with pytest.raises(ValueError, match="neither baseline"):
        jpeg.read(data)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 400), st.binary(max_size=20))
def test_a_torn_header_is_a_value_error_or_a_header(cut, more):
    try:
        found = jpeg.read(DATA[:cut] + more)
    except ValueError:
        return
    assert found.rows > 0


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200))
def test_garbage_is_no_jpeg_and_no_dicom(data):
    with pytest.raises(ValueError, match=r"."):
        jpeg.read(b"\xff\xd8" + data)
    _, (step,) = told(taken())
    assert not holds(data, step.resource, NAME)


def test_what_is_read_back_is_the_same_only_with_its_patient_and_its_bytes():
    _, (step,) = told(taken())
    file = photograph(step.resource, DATA)
    assert holds(file, step.resource, NAME)
    other = msgspec.structs.replace(PATIENT, id="IPP-0043")
    _, (stranger,) = told(taken(), patient=other)
    assert not holds(file, stranger.resource | {"00080018": step.resource["00080018"]}, NAME)
    assert not holds(file, step.resource, "0" * 64)


def test_what_was_taken_by_mistake_is_never_sent_and_rejected_where_it_was():
    story = Story()
    *_, entry = story.tell(LANE, *opening(), taken())
    (mark,) = story.tell(LANE, EnteredInError(entry.id, "floue", NURSE))
    found = instances(SOURCE, story.entries, {NAME: "x"})
    picture, note = found
    assert wanted(found, {}) == ()
    waiting = Line(picture.key, picture.digest)
    assert wanted(found, {picture.key: waiting}) == ()
    for state in (LineState.UNKNOWN, LineState.SENDING, LineState.DOUBTFUL):
        assert wanted(found, {picture.key: msgspec.structs.replace(waiting, state=state)}) == found
    taken_line = Line(picture.key, picture.digest, LineState.ACKNOWLEDGED, picture.digest)
    assert wanted(found, {picture.key: taken_line}) == found
    said = dcmread(BytesIO(document(note.resource)))
    assert said.ConceptNameCodeSequence[0].CodeValue == "113037"
    evidence = said.CurrentRequestedProcedureEvidenceSequence[0]
    assert evidence.StudyInstanceUID == uid(LANE)
    assert evidence.ReferencedSeriesSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID == uid(entry.id)
    assert note.sources == {mark.id}


def test_an_encounter_for_somebody_else_rejects_all_of_its_pictures():
    _, found = told(taken(), taken(), outcome=Outcome.WRONG_PATIENT)
    notes = [dcmread(BytesIO(document(one.resource))) for one in found if one.key.startswith("Rejection/")]
    assert [one.ConceptNameCodeSequence[0].CodeValue for one in notes] == ["113038", "113038"]


def test_a_file_that_is_lost_is_held_and_other_kinds_are_not_sent():
    story = Story()
    story.tell(LANE, *opening(), taken(), taken(media_type="image/png"))
    (step,) = instances(SOURCE, story.entries, {})
    assert "introuvable" in step.held


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=500))
def test_a_part_is_read_as_it_was_written(body):
    made = multipart.written("edge", "application/dicom", body)
    assert multipart.read('multipart/related; type="application/dicom"; boundary=edge', made) == [body]
    assert multipart.read("application/json", made) == []
