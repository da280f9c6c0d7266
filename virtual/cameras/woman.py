# SPDX-License-Identifier: Apache-2.0
"""The woman of the room scene, in parts that move by themselves. Nobody: drawn from ellipses and curves."""

import numpy as np

from virtual.cameras import paint
from virtual.cameras.paint import Canvas, Mask, hexed
from virtual.cameras.parts import Painting, Part

SKIN, SKIN_LIGHT, SKIN_SHADOW = hexed("#e8b797"), hexed("#f6d3b8"), hexed("#bd8064")
HEAD = 380, 340
"""Rows and columns of the head's canvas; it stands at (470, 92) in the room."""


def parts() -> dict[str, Part]:
    """The parts by name: body, hand, head, open and shut eyes, three mouths."""
    body, body_mask = _body()
    head, head_mask = _head()
    hand, hand_mask = _hand()
    eyes = {name: _eyes(open_=name == "open") for name in ("open", "shut")}
    mouths = {f"mouth{opening}": _mouth(opening) for opening in range(3)}
    features = {name: (*drawn, 470, 92) for name, drawn in (eyes | mouths).items()}
    return {
        "body": (body, body_mask, 330, 330),
        "hand": (hand, hand_mask, 712, 520),
        "head": (head, head_mask, 470, 92),
        **features,
    }


def _body() -> tuple[Canvas, Mask]:
    part = Painting(430, 620, "#8d5f8c")
    shape = part.shape
    x, y = paint.grid(*shape)
    middle = 310
    knit = np.sin(x / 2.6) * np.sin(y / 3.4 + np.sin(x / 2.6))
    slope = np.abs(x - middle)
    shoulders = np.maximum(112 + 0.00145 * slope**2 + 0.10 * slope - y, slope - 235 - 0.10 * (y - 150))
    cardigan = paint.blank(*shape, hexed("#8a5a86"))
    light = 1.12 - 0.0011 * np.abs(x - 240) - 0.0004 * (y - 120) + 0.05 * knit + 0.03 * paint.texture(shape, 40, 17, 3)
    paint.shade(cardigan, light)
    part.add(paint.soft(shoulders, 1.5), cardigan)
    for side in (-1, 1):
        fold = paint.curve((middle + side * 150, 215), (middle + side * 128, 320), (middle + side * 150, 430))
        part.tint(paint.soft(paint.stroke(shape, fold, 9), 12), hexed("#5c3a5b"), 0.55)
    blouse = np.maximum(slope - 52 + 0.10 * (y - 120), 96 - y)
    cloth = paint.blank(*shape, hexed("#f3ede4"))
    paint.shade(cloth, (1 - 0.0016 * slope + 0.02 * paint.texture(shape, 24, 23, 3)))
    part.tint(paint.soft(np.maximum(blouse, shoulders + 4), 1.5), cloth)
    for side in (-1, 1):
        edge = paint.curve((middle + side * 52, 110), (middle + side * 44, 240), (middle + side * 22, 430))
        part.tint(paint.soft(paint.stroke(shape, edge, 12), 1.2), hexed("#734a70"))
    neck = np.maximum(slope - 44 + 0.06 * (y - 60), np.maximum(40 - y, y - 150 + 0.02 * slope**2))
    skin = paint.blank(*shape, SKIN)
    paint.paint(skin, np.clip(1.25 - (y - 60) / 60, 0, 1), SKIN_SHADOW, 0.75)
    part.add(paint.soft(neck, 1.5), skin)
    collar = hexed("#fbf7ef")
    for side in (-1, 1):
        flap = paint.stroke(shape, [(middle + side * 50, 108), (middle + side * 16, 158)], 22)
        part.add(paint.soft(flap + 2, 4) * 0.4, hexed("#b9ada0"))
        part.add(paint.soft(flap, 1.2), collar)
    for number in range(26):
        angle = np.pi * (0.08 + 0.84 * number / 25)
        pearl = paint.ellipse(shape, (middle + 58 * np.cos(angle), 108 + 40 * np.sin(angle)), (5.2, 5.2))
        part.add(paint.soft(pearl, 1), hexed("#d9cfc2"))
        shine = paint.ellipse(shape, (middle + 58 * np.cos(angle) - 1.5, 106.4 + 40 * np.sin(angle)), (2.4, 2.4))
        part.tint(paint.soft(shine, 1), hexed("#ffffff"), 0.9)
    for button in range(3):
        knob = paint.ellipse(shape, (middle + 30 - 4 * button, 236 + 76 * button), (8, 8))
        part.tint(paint.soft(knob, 1.2), hexed("#4b2e4a"))
        part.tint(paint.soft(knob + 5, 2), hexed("#a583a3"), 0.7)
    return part.canvas, part.mask


def _hand() -> tuple[Canvas, Mask]:
    part = Painting(230, 190, "#8a5a86")
    shape = part.shape
    sleeve = paint.stroke(shape, paint.curve((150, 240), (132, 170), (104, 122)), 74)
    x, y = paint.grid(*shape)
    cloth = paint.blank(*shape, hexed("#83557f"))
    paint.shade(cloth, (1.05 + 0.06 * np.sin(x / 2.6) * np.sin(y / 3.4) - 0.0012 * np.abs(x - 110)))
    fingers = (
        [(84, 88), (60, 52), (52, 28)],
        [(94, 82), (80, 40), (76, 12)],
        [(105, 82), (101, 40), (102, 14)],
        [(115, 88), (121, 52), (126, 30)],
        [(78, 108), (46, 92), (32, 74)],
    )
    for width, colour, opacity in ((23, SKIN_SHADOW, 1.0), (19.5, SKIN, 1.0), (9, SKIN_LIGHT, 0.45)):
        for finger in fingers:
            part.add(paint.soft(paint.stroke(shape, finger, width), 1.8), colour, opacity)
    palm = paint.ellipse(shape, (97, 104), (30, 34), 0.1)
    part.add(paint.soft(palm, 1.5), SKIN)
    part.tint(paint.soft(paint.ellipse(shape, (90, 98), (17, 20)), 14), SKIN_LIGHT, 0.6)
    part.tint(paint.soft(paint.stroke(shape, paint.curve((76, 100), (92, 112), (112, 96)), 2), 1.6), SKIN_SHADOW, 0.5)
    part.add(paint.soft(sleeve, 1.5), cloth)
    cuff = paint.stroke(shape, [(80, 142), (132, 112)], 16)
    part.add(paint.soft(cuff, 1.5), hexed("#734a70"))
    return part.canvas, part.mask


def _head() -> tuple[Canvas, Mask]:
    part = Painting(*HEAD, "#d9d6d2")
    shape = part.shape
    x, y = paint.grid(*shape)
    strands = paint.texture(shape, 22, 61, 4)
    combed = np.arctan2(x - 170, y - 20) + 0.25 * np.sin(y / 26)
    waves = 0.6 * np.sin(combed * 62 + 1.5 * strands) + 0.4 * np.sin(combed * 131 + 2 * strands)
    curl = np.sin(np.hypot(x - 170, y - 60) / 9 + strands)
    hair = paint.blank(*shape, hexed("#dcd9d6"))
    paint.shade(hair, 0.99 + 0.055 * waves + 0.045 * curl + 0.02 * strands - 0.0011 * np.abs(x - 135))
    bun = paint.ellipse(shape, (170, 36), (52, 34)) + 4 * strands
    part.add(paint.soft(bun, 2), hair)
    part.tint(paint.soft(np.abs(bun + 14) - 1, 4), hexed("#a8a6a5"), 0.5)
    crown = paint.ellipse(shape, (170, 148), (122, 118)) + 5 * strands
    part.add(paint.soft(crown, 2), hair)
    for side in (-1, 1):
        ear = paint.ellipse(shape, (170 + side * 98, 206), (17, 30), -side * 0.15)
        part.add(paint.soft(ear, 1.5), SKIN)
        part.tint(paint.soft(ear + 8, 5), SKIN_SHADOW, 0.7)
        pearl = paint.ellipse(shape, (170 + side * 101, 243), (7, 7))
        part.add(paint.soft(pearl, 1), hexed("#c9a45c"))
        shine = paint.ellipse(shape, (168 + side * 101, 240), (2.6, 2.6))
        part.tint(paint.soft(shine, 1), hexed("#fff3cf"))
    _face(part)
    cap = np.maximum(
        paint.ellipse(shape, (170, 142), (120, 114)) + 4 * strands,
        -paint.ellipse(shape, (176, 222), (90, 124)) - 3 * curl,
    )
    lock = np.maximum(
        paint.ellipse(shape, (118, 112), (84, 40), -0.5) + 3 * strands, -paint.ellipse(shape, (192, 196), (92, 88))
    )
    for hairs in (cap, lock):
        part.tint(paint.soft(hairs - 6, 9), hexed("#8a6a58"), 0.4)
        part.add(paint.soft(hairs, 2), hair)
    part.tint(paint.soft(np.abs(lock + 4) - 1, 4) * paint.soft(lock, 2), hexed("#a9a6a4"), 0.5)
    return part.canvas, part.mask


def _face(part: Painting) -> None:
    shape = part.shape
    x, y = paint.grid(*shape)
    jaw = np.minimum(
        paint.ellipse(shape, (170, 188), (97, 116)),
        paint.ellipse(shape, (170, 246), (78, 82)),
    )
    face = paint.blank(*shape, SKIN)
    paint.paint(face, np.exp(-(((x - 140) / 90) ** 2 + ((y - 165) / 110) ** 2)), SKIN_LIGHT, 0.75)
    paint.paint(face, np.clip((x - 205) / 75, 0, 1), SKIN_SHADOW, 0.5)
    paint.paint(face, np.clip((y - 268) / 70, 0, 1), SKIN_SHADOW, 0.5)
    paint.shade(face, (1 + 0.012 * paint.texture(shape, 12, 5, 3)))
    for side in (-1, 1):
        cheek = np.exp(-(((x - 170 - side * 56) / 27) ** 2 + ((y - 234) / 21) ** 2))
        paint.paint(face, cheek, hexed("#e58f7d"), 0.42)
        socket = np.exp(-(((x - 170 - side * 42) / 30) ** 2 + ((y - 186) / 20) ** 2))
        paint.paint(face, socket, SKIN_SHADOW, 0.38)
    part.add(paint.soft(jaw, 1.5), face)
    shadow, thin = hexed("#a9694f"), 1.6
    lines = [
        (paint.curve((166, 196), (152, 236), (150, 246)), 2.0, 0.35),
        (paint.curve((148, 249), (170, 262), (192, 249)), 3.0, 0.6),
        (paint.curve((138, 132), (170, 126), (202, 132)), 1.6, 0.35),
        (paint.curve((144, 118), (170, 113), (196, 118)), 1.4, 0.28),
    ]
    for side in (-1, 1):
        c = 170
        lines += [
            (paint.curve((c + side * 27, 246), (c + side * 48, 262), (c + side * 50, 284)), 2.6, 0.5),
            (paint.curve((c + side * 24, 204), (c + side * 42, 214), (c + side * 60, 205)), 2.0, 0.4),
            (paint.curve((c + side * 74, 178), (c + side * 84, 174), (c + side * 90, 167)), 1.6, 0.4),
            (paint.curve((c + side * 75, 186), (c + side * 86, 187), (c + side * 92, 186)), 1.6, 0.35),
            (paint.curve((c + side * 41, 296), (c + side * 47, 306), (c + side * 45, 318)), 1.8, 0.3),
        ]
        brow = paint.curve((c + side * 22, 160), (c + side * 44, 146), (c + side * 68, 158))
        part.tint(paint.soft(paint.stroke(shape, brow, 6), 2.2), hexed("#b9b0a8"), 0.9)
        nostril = paint.ellipse(shape, (c + side * 10, 250), (5, 3))
        part.tint(paint.soft(nostril, 1.5), hexed("#8a4b3a"), 0.75)
    for line, width, opacity in lines:
        part.tint(paint.soft(paint.stroke(shape, line, width), thin), shadow, opacity)
    tip = np.exp(-(((x - 166) / 15) ** 2 + ((y - 238) / 14) ** 2))
    part.tint(tip, hexed("#fbdcc6"), 0.75)
    bridge = np.exp(-(((x - 163) / 6) ** 2)) * np.clip((y - 178) / 20, 0, 1) * np.clip((240 - y) / 20, 0, 1)
    part.tint(bridge, hexed("#fbdcc6"), 0.5)


def _eyes(*, open_: bool) -> tuple[Canvas, Mask]:
    """Eyes behind glasses."""
    part = Painting(*HEAD, "#3b2f2a")
    shape = part.shape
    for side in (-1, 1):
        c = 170 + side * 42
        if open_:
            upper = paint.ellipse(shape, (c, 195), (22, 17))
            lower = paint.ellipse(shape, (c, 182), (23, 18))
            white = np.maximum(upper, lower)
            part.add(paint.soft(white, 1.2), hexed("#f1e9e1"))
            inside = paint.soft(white + 1, 1)
            part.tint(paint.soft(paint.ellipse(shape, (c - 1, 187), (10.5, 10.5)), 1.2) * inside, hexed("#5b7c91"))
            part.tint(paint.soft(paint.ellipse(shape, (c - 1, 187), (5.4, 5.4)), 1) * inside, hexed("#1d1a1a"))
            part.tint(paint.soft(paint.ellipse(shape, (c - 4, 183), (2.6, 2.6)), 0.8), hexed("#ffffff"))
            lid = paint.curve((c - 22, 188), (c, 170), (c + 22, 188))
            part.add(paint.soft(paint.stroke(shape, lid, 3.6), 1.3), hexed("#6b4335"))
        else:
            lid = paint.curve((c - 20, 188), (c, 198), (c + 20, 188))
            part.add(paint.soft(paint.stroke(shape, lid, 2.6), 1.1), hexed("#6b4335"))
        lens = paint.box(shape, (c - 33, 164), (c + 33, 216), 20)
        part.add(paint.soft(lens, 1) * 0.10, hexed("#dcecf2"))
        part.add(paint.soft(np.abs(lens) - 1.4, 0.9), hexed("#7a4a3a"))
        glint = paint.stroke(shape, [(c - 22, 178), (c - 13, 169)], 3)
        part.add(paint.soft(glint, 1.2) * 0.55, hexed("#ffffff"))
        arm = paint.stroke(shape, [(c + side * 33, 182), (c + side * 56, 188)], 3.4)
        part.add(paint.soft(arm, 0.9), hexed("#7a4a3a"))
    part.add(paint.soft(paint.stroke(shape, paint.curve((161, 184), (170, 178), (179, 184)), 3), 0.9), hexed("#7a4a3a"))
    return part.canvas, part.mask


def _mouth(opening: int) -> tuple[Canvas, Mask]:
    """A mouth: smiling (0), half open (1), open (2)."""
    part = Painting(*HEAD, "#b4605a")
    shape = part.shape
    depth = (0, 8, 15)[opening]
    wide = (33, 30, 26)[opening]
    if opening:
        hole = np.maximum(
            paint.ellipse(shape, (170, 284 + depth * 0.3), (wide, depth + 5)), 281 - paint.grid(*shape)[1]
        )
        part.add(paint.soft(hole, 1.3), hexed("#5a2422"))
        teeth = np.maximum(hole + 2, paint.grid(*shape)[1] - 287)
        part.tint(paint.soft(teeth, 1.2), hexed("#f3ebe0"), 0.9)
        tongue = np.maximum(hole + 2, -paint.ellipse(shape, (170, 279), (wide * 0.7, depth + 2)))
        part.tint(paint.soft(tongue, 2), hexed("#b5574f"), 0.7)
    lower = paint.curve((170 - wide, 280), (170, 298 + depth * 1.6), (170 + wide, 280))
    part.add(paint.soft(paint.stroke(shape, lower, 7), 1.8), hexed("#c4746b"), 0.95)
    upper = paint.curve(
        (170 - wide - 2, 279), (170, 284 + depth * 0.1 + (6 if not opening else 0)), (170 + wide + 2, 277)
    )
    part.add(paint.soft(paint.stroke(shape, upper, 4.5), 1.5), hexed("#b4605a"))
    for side in (-1, 1):
        corner = paint.curve((170 + side * wide, 281), (170 + side * (wide + 5), 279), (170 + side * (wide + 7), 275))
        part.add(paint.soft(paint.stroke(shape, corner, 2.2), 1.4) * 0.7, hexed("#9a5a48"))
    return part.canvas, part.mask
