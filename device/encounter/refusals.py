# SPDX-License-Identifier: Apache-2.0
"""Why a command may not be carried out now: the codes CMD-20 to CMD-49 and what the person reads."""

from enum import Enum

from device.errors import Refusal


class Why(Enum):
    """A reason, its number and its French line."""

    NO_FILE = 20, "Aucun dossier n’est ouvert. Choisissez d’abord le résident."
    OTHER_FILE = 21, "Un autre dossier est ouvert. Fermez-le d’abord."
    ENDED = 22, "La téléconsultation est terminée."
    NOT_ENDED = 23, "Terminez d’abord la téléconsultation."
    NOT_IDENTIFIED = 24, "Vérifiez d’abord l’identité de la personne."
    NO_CONSENT = 25, "Recueillez d’abord l’accord de la personne."
    HAS_CONSENT = 26, "La personne a donné son accord. Si elle ne veut plus, retirez-le."
    NO_CALL = 27, "Aucun appel n’est en cours."
    NOT_ASIDE = 28, "Cette mesure n’est plus dans les mesures mises de côté."
    IMPOSSIBLE = 29, "Cette valeur est impossible pour ce capteur. Recommencez la mesure."
    NO_ENTRY = 30, "Cet élément n’est pas dans ce dossier."
    IN_ERROR = 31, "Cet élément a déjà été signalé comme une erreur."
    NO_REASON = 32, "Dites en quelques mots pourquoi c’est une erreur."
    OXYGEN = 33, "Indiquez un débit d’oxygène entre 0 et 80 litres par minute."
    TEXT = 34, "Écrivez un message de 1 à 80 caractères."
    CONCLUSION = 35, "Écrivez une conclusion, de 10 000 caractères au plus."
    DOCTOR_ONLY = 36, "Seul le médecin écrit la conclusion."
    NURSE_ONLY = 37, "Seule la personne au chevet du patient peut le faire."
    PATIENT = 38, "Il manque le nom ou le prénom de la personne."
    CONTROL_SOLUTION = 39, "C’est la mesure d’une solution de contrôle : elle n’est à personne. Écartez-la."
    DISPLAY = 43, "Tapez les valeurs d’un seul instrument à la fois."
    PRESSURE = 44, "Tapez la systolique et la diastolique ensemble."
    BOUNDS = 45, "{label} : entre {low} et {high} {unit}. Relisez l’écran de l’instrument et retapez la valeur."
    CROSSED = 46, "La systolique est plus haute que la diastolique. Relisez l’écran de l’instrument et retapez."
    DECIMALS = 47, "{label} : trop de décimales. Relisez l’écran de l’instrument et retapez la valeur."


def refusal(why: Why, detail: str = "", **words: str) -> Refusal:
    """The error of a reason; ``detail`` is for the log and names nobody, ``words`` fill the line's places."""
    number, line = why.value
    return Refusal(number, line.format(**words), detail or why.name)
