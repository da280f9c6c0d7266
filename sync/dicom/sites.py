# SPDX-License-Identifier: Apache-2.0
"""Body parts of DICOM: the SNOMED concept comes with the site; here are its side and the older word (PS3.16, L)."""

from typing import NamedTuple

from device.codes import Site


class Part(NamedTuple):
    """``examined`` is Body Part Examined (0018,0015), "" where DICOM has no word; ``side`` is L, R or ""."""

    examined: str = ""
    side: str = ""


_PARTS = {
    Site.LEFT_ARM: Part("ARM", "L"),
    Site.RIGHT_ARM: Part("ARM", "R"),
    Site.LEFT_WRIST: Part("WRIST", "L"),
    Site.RIGHT_WRIST: Part("WRIST", "R"),
    Site.FINGER: Part("FINGER"),
    Site.EAR: Part("EAR"),
    Site.MOUTH: Part("MOUTH"),
    Site.RECTUM: Part("RECTUM"),
    Site.TOE: Part("TOE"),
    Site.LEFT_EAR: Part("EAR", "L"),
    Site.RIGHT_EAR: Part("EAR", "R"),
    Site.FACE: Part("FACE"),
    Site.NECK: Part("NECK"),
    Site.CHEST: Part("CHEST"),
    Site.ABDOMEN: Part("ABDOMEN"),
    Site.BACK: Part("BACK"),
    Site.HAND: Part("HAND"),
    Site.LEG: Part("LEG"),
    Site.FOOT: Part("FOOT"),
    Site.EYE: Part("EYE"),
    Site.SHOULDER: Part("SHOULDER"),
    Site.FOREARM: Part("FOREARM"),
    Site.HIP: Part("HIP"),
    Site.BUTTOCK: Part("BUTTOCK"),
    Site.SACRUM: Part("SACRUM"),
    Site.THIGH: Part("THIGH"),
    Site.KNEE: Part("KNEE"),
    Site.HEEL: Part("HEEL"),
    Site.TONGUE: Part("TONGUE"),
    Site.THROAT: Part("THROAT"),
    Site.HEART: Part("HEART"),
    Site.BLADDER: Part("BLADDER"),
    Site.SCALP: Part("SCALP"),
}


def part(site: Site) -> Part:
    """The body part of a site; of a view of the room, none."""
    return _PARTS.get(site, Part())
