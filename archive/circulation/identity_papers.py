"""Numbers of identity documents: checked by their own rules, and shown with their middle covered (R42).

Pure: this module does not know whose number it is, nor where it is kept.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from archive.errors import BadValue
from archive.statuses import DocumentKind

#: How much of a number a list shows at its beginning and end.
FIRST, LAST = 3, 2
#: GB 11643: the weight of each of the first 17 digits, and the check digit for each remainder.
WEIGHTS = tuple(2 ** (17 - place) % 11 for place in range(17))
CHECK_DIGITS = "10X98765432"
#: Nobody alive was born before.
OLDEST = dt.date(1900, 1, 1)

#: The outer form of a number of each kind, written half-width and in capitals, and how it is told.
FORMS: dict[DocumentKind, tuple[re.Pattern[str], str]] = {
    DocumentKind.RESIDENT_ID: (re.compile(r"[1-9]\d{16}[\dX]", re.ASCII), "18, GB 11643"),
    DocumentKind.PASSPORT: (re.compile(r"[A-Z0-9]{6,12}", re.ASCII), "A–Z 0–9, 6–12"),
    DocumentKind.HK_MACAO_PERMIT: (re.compile(r"[HM]\d{8}(\d{2})?", re.ASCII), "H | M + 8 | 10"),
    DocumentKind.TAIWAN_PERMIT: (re.compile(r"\d{8}(\d{2})?", re.ASCII), "8 | 10"),
    DocumentKind.RESIDENCE_PERMIT: (re.compile(r"[A-Z0-9]{15}|9\d{16}[\dX]", re.ASCII), "15 | 18"),
    DocumentKind.WORK_CARD: (re.compile(r"[A-Z0-9-]{4,30}", re.ASCII), "A–Z 0–9 -, 4–30"),
}


def checked(kind: DocumentKind, number: str, today: dt.date) -> str:
    """*number* as it is kept: half-width, without spaces; raises `BadValue`, which never repeats the number."""
    told = "".join(unicodedata.normalize("NFKC", number).upper().split())
    form, expected = FORMS[kind]
    fits = form.fullmatch(told) is not None
    if not fits or (kind is DocumentKind.RESIDENT_ID and not resident(told, today)):
        raise BadValue(field="identity_no", value=masked(told[:40]), expected=expected)
    return told


def resident(number: str, today: dt.date) -> bool:
    """Whether 18 digits are a resident's number: a day of birth that has been, and the check digit of GB 11643."""
    try:
        born = dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return OLDEST <= born <= today and check_digit(number[:17]) == number[17]


def check_digit(digits: str) -> str:
    """The 18th place that belongs to the first 17."""
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, digits, strict=True))
    return CHECK_DIGITS[total % 11]


def masked(number: str) -> str:
    """*number* with its middle covered: three places, stars, two places; a short one shows less."""
    first, last = (FIRST, LAST) if len(number) >= 2 * (FIRST + LAST) else (1, 1)
    if len(number) < 4:
        return "*" * len(number)
    return number[:first] + "*" * (len(number) - first - last) + number[-last:]
