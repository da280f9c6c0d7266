# SPDX-License-Identifier: Apache-2.0
"""French about an instrument: its kind with its article, at the start of a sentence or within."""

_FEMININE = frozenset({"balance", "sonde", "montre"})
_VOWELS = frozenset("aeiouyàâéèêëîïôöûüh")


def the(kind: str) -> str:
    """The kind with its article: "le tensiomètre", "l’oxymètre", "la balance"."""
    word = kind[:1].lower() + kind[1:]
    if word[:1] in _VOWELS:
        return f"l’{word}"
    return f"la {word}" if word.split(" ", maxsplit=1)[0] in _FEMININE else f"le {word}"


def sentence(text: str) -> str:
    """With its first letter large."""
    return text[:1].upper() + text[1:]
