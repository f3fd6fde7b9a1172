"""What a cell says: days, periods, levels, pages, amounts as offices write them, made the archive's own; pure.

A reading is silent where the meaning is certain. What is not certain is a slip; where only one thing can have
been meant, the slip says which.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from archive.codes import half_width
from archive.errors import ArchiveError, BadValue, DayIncomplete, NoSuchDay, PeriodOfOld, SignsUnseen
from archive.sheets.kinds import ColumnRule, Reads
from archive.sheets.rows import Cell, written
from archive.sheets.xlsx import serial_day
from archive.values import Level, PartyKind, Period

#: What is written where there is nothing to say.
NOTHING = frozenset(
    {"", "-", "--", "—", "——", "－", "/", "\\", "无", "空", "n/a", "na", "null", "none", "nil", "略"}
)
#: What stands for a name where there is nobody.
NOBODY = frozenset({"空置", "空房", "空铺", "待租", "待售", "未租", "未售", "未入住", "无人"})
#: Letters a text may have, by how it is read; a title has its own rule.
MOST = {Reads.TEXT: 2000, Reads.NAME: 120, Reads.CODE: 120, Reads.CLASS: 40, Reads.PREMISES: 60}
_TITLE_MOST = 200
_EARLIEST, _LATEST = dt.date(1900, 1, 1), dt.date(2199, 12, 31)
_DIGITS = {**{one: at for at, one in enumerate("〇一二三四五六七八九")}, **{one: at for at, one in enumerate("零壹贰叁肆伍陆柒捌玖")},
           "○": 0, "Ｏ": 0, "◯": 0, "两": 2}  # fmt: skip
_TENS = {"十": 10, "拾": 10, "廿": 20, "卅": 30}
_CHINESE = re.compile("[〇○Ｏ◯零一二三四五六七八九两壹贰叁肆伍陆柒捌玖十拾廿卅]+")
_FULL = re.compile(
    r"(\d{4})\s*[-/.年,、·_\s]\s*(\d{1,2})\s*[-/.月,、·_\s]\s*(\d{1,2})\s*[日号.]?(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*[AP]M)?)?"
)
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?")
_MONTH_PACKED = re.compile(r"((?:19|20)\d{2})(0[1-9]|1[0-2])")
_YEAR = re.compile(r"((?:19|20)\d{2})\s*年?(?:度|份)?")
_BACKWARD = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.]((?:19|20)\d{2})")
_ONE = r"\d{{4}}(?:(?P<{0}>[-/.])\d{{1,2}}(?:(?P={0})\d{{1,2}})?|年\d{{1,2}}月(?:\d{{1,2}}日)?|年|\d{{4}}|\d{{2}})?"
_SPAN = re.compile(
    rf"(?P<first>{_ONE.format('a')})[-—–~～至到]+(?P<last>{_ONE.format('b')}|\d{{1,2}}月?(?:\d{{1,2}}日)?)"
)
#: One day whose parts are joined alike: no span of a month to a month.
_ALIKE = re.compile(r"\d{4}([-/.])\d{1,2}\1\d{1,2}")
_PAGES = re.compile(r"第?\s*(\d{1,6})\s*页?(?:\s*[-—–~～至到/]+\s*第?\s*(\d{1,6})\s*页?)?")
_COUNT = re.compile(r"共?\s*(\d{1,6})(?:\.0+)?\s*(?:[页张件份卷册本套个]|p|pp|pages?)?", re.IGNORECASE)
_YEARS = re.compile(r"(?:定期|保管|d)?\s*[((]?\s*(\d{1,3})\s*年?\s*[))]?(?:以?上)?", re.IGNORECASE)
_MONEY = re.compile(
    r"(?:人民币|rmb|cny|￥|¥)?\s*(-?\d+(?:\.\d+)?)\s*(万)?\s*(?:元|圆)?(?:整|正)?(?:/?[年月])?", re.IGNORECASE
)
_OF_OLD = frozenset({"长期", "短期", "定期", "中期"})
_LEVELS = {"秘": Level.CONFIDENTIAL, "机": Level.SECRET, "内": Level.INTERNAL, "公": Level.PUBLIC, "内部资料": Level.INTERNAL,
           "公开级": Level.PUBLIC, "内部级": Level.INTERNAL, "秘密级": Level.CONFIDENTIAL, "机密级": Level.SECRET}  # fmt: skip
_PARTIES = {"业主": PartyKind.OWNER, "产权人": PartyKind.OWNER, "租户": PartyKind.TENANT, "承租人": PartyKind.TENANT,
            "使用人": PartyKind.TENANT, "住户": PartyKind.RESIDENT, "商户": PartyKind.SHOP, "商铺": PartyKind.SHOP,
            "外包": PartyKind.CONTRACTOR, "外包单位": PartyKind.CONTRACTOR, "供应商": PartyKind.CONTRACTOR,
            "施工单位": PartyKind.CONTRACTOR, "施工或外包单位": PartyKind.CONTRACTOR, "外部单位": PartyKind.OUTSIDE_UNIT, "单位": PartyKind.OUTSIDE_UNIT}  # fmt: skip
_COPY = {"复印件": False, "复制件": False, "副本": False, "影印件": False, "扫描件": False, "否": False, "false": False,
         "原件": True, "正本": True, "是": True, "true": True, "√": True, "定稿": True}  # fmt: skip
_JOINTS = str.maketrans({"—": "-", "–": "-", "－": "-", "•": "·", "・": "·", "．": "·", "∙": "·", "‧": "·"})


class Unsure(Exception):
    """A cell that cannot be taken: the error to tell, and what was meant if only one thing can have been."""

    def __init__(self, error: ArchiveError, suggestion: str | None = None) -> None:
        super().__init__(error.code)
        self.error, self.suggestion = error, suggestion


def read(rule: ColumnRule, cell: Cell) -> dict[str, object]:
    """The values of one cell by name; none for an empty one. Raises `Unsure`."""
    text = written(cell)
    if isinstance(cell, str):
        text = _seen(rule, cell)
    if text.strip().lower() in NOTHING and rule.name != "title":
        return {}
    if rule.reads is Reads.NAME and text.strip(" ()（）[]【】") in NOBODY:
        return {}
    if not text:
        return {}
    found = _READ[rule.reads](rule, cell, text)
    names = rule.gives or (rule.name,)
    values = found if isinstance(found, tuple) else (found,)
    return {name: value for name, value in zip(names, values, strict=False) if value is not None}


def _seen(rule: ColumnRule, text: str) -> str:
    """*text* with its blanks in order; raises `Unsure` for signs that nobody sees."""
    plain = " ".join(text.replace("\u00a0", " ").split())
    hidden = sorted({f"U+{ord(one):04X}" for one in plain if not one.isprintable()})
    if hidden:
        clean = " ".join("".join(one if one.isprintable() else "" for one in plain).split())
        raise Unsure(SignsUnseen(field=rule.name, signs=hidden[:5]), clean or None)
    return plain


def _bad(rule: ColumnRule, text: str, expected: str, suggestion: str | None = None) -> Unsure:
    return Unsure(BadValue(field=rule.name, value=text[:40], expected=expected), suggestion)


def _text(rule: ColumnRule, _: Cell, text: str) -> str:
    most = _TITLE_MOST if rule.name == "title" else MOST[rule.reads]
    if len(text) > most:
        raise Unsure(BadValue(field=rule.name, value=text[:40], expected=f"≤ {most}", letters=most))
    if rule.name == "title" and len(text) < 2:
        raise _bad(rule, text, "2–200")
    return text


def _code(rule: ColumnRule, cell: Cell, text: str) -> str:
    return _text(rule, cell, "".join(half_width(text).translate(_JOINTS).split()))


_SEAT = re.compile(r"([A-Za-z]{1,2}|\d{1,2})[座栋幢](?:(\d{3,5}))")


def _premises(rule: ColumnRule, cell: Cell, text: str) -> str:
    """`A座1203室`, `A-1203`, `Ａ1203` are all A1203."""
    code = re.sub(r"[室房号]$", "", _code(rule, cell, text))
    match = _SEAT.fullmatch(code)
    return match[1].upper() + match[2] if match and match[1].isalpha() else code.replace("-", "")


# --- days ---------------------------------------------------------------------------------------


def plain_digits(text: str) -> str:
    """*text* in half width, with Chinese numbers as digits: `二〇二四年一月三十一日` as `2024年1月31日`."""
    return _CHINESE.sub(
        lambda found: _number(found[0]), unicodedata.normalize("NFKC", text.replace("Ｏ", "〇"))
    )


def _number(chinese: str) -> str:
    if not any(one in _TENS for one in chinese):
        return "".join(str(_DIGITS[one]) for one in chinese)
    total, last = 0, 0
    for one in chinese:
        if one in _TENS:
            total += (last or 1) * _TENS[one] if _TENS[one] == 10 else _TENS[one]
            last = 0
        else:
            last = _DIGITS[one]
    return str(total + last)


def _date(rule: ColumnRule, cell: Cell, text: str) -> dt.date:
    if isinstance(cell, dt.date):
        return cell
    if isinstance(cell, (int, float)) and 20_000 <= cell < 80_000:
        return serial_day(cell)
    plain = plain_digits(text.replace("元月", "一月")).strip()
    match = _FULL.fullmatch(plain) or _PACKED.fullmatch(plain)
    if match:
        return _day(rule, text, *match.groups()[:3])
    if plain.isdigit() and 20_000 <= int(plain) < 80_000:
        return serial_day(int(plain))
    if any(found.fullmatch(plain) for found in (_MONTH, _MONTH_PACKED, _YEAR)):
        raise Unsure(DayIncomplete(field=rule.name, value=text))
    raise _bad(rule, text, "YYYY-MM-DD", _day_meant(plain))


def _day(rule: ColumnRule, text: str, *parts: str) -> dt.date:
    try:
        found = dt.date(*map(int, parts))
    except ValueError:
        raise Unsure(NoSuchDay(field=rule.name, value=text)) from None
    if not _EARLIEST <= found <= _LATEST:
        raise _bad(rule, text, f"{_EARLIEST}–{_LATEST}")
    return found


def _day_meant(plain: str) -> str | None:
    """The one day that can have been meant: letters for digits, or the day first where no month is so high."""
    digits = plain.translate(str.maketrans("OoIl", "0011"))
    match = _FULL.fullmatch(digits) or _PACKED.fullmatch(digits)
    parts = match.groups()[:3] if match else None
    if parts is None and (found := _BACKWARD.fullmatch(plain)):
        first, second, year = (int(one) for one in found.groups())
        parts = (
            (year, second, first)
            if first > 12 >= second
            else (year, first, second)
            if second > 12 >= first
            else None
        )
    try:
        return dt.date(*map(int, parts)).isoformat() if parts else None
    except ValueError:
        return None


def _span(rule: ColumnRule, cell: Cell, text: str) -> tuple[dt.date, dt.date]:
    """The first and last day of `2024.1-2024.12`, `20240101-20241231`, `2024年1月至12月`, or one day twice."""
    if isinstance(cell, (dt.date, int, float)) and not _YEAR.fullmatch(text):
        day = _date(rule, cell, text)
        return day, day
    plain = "".join(plain_digits(text).replace("起", "").replace("止", "").split())
    match = None if _ALIKE.fullmatch(plain) else _SPAN.fullmatch(plain)
    if match is None:
        return _ends(rule, text, plain)
    first = _ends(rule, text, match["first"])
    last = match["last"]
    if re.fullmatch(r"\d{1,2}月?(?:\d{1,2}日)?", last):
        last = f"{first[0].year}年{last}" if "月" in last else f"{first[0].year}年{last}月"
    ends = first[0], _ends(rule, text, last)[1]
    if ends[0] > ends[1]:
        raise _bad(rule, text, f"≥ {ends[0]}")
    return ends


def _ends(rule: ColumnRule, text: str, plain: str) -> tuple[dt.date, dt.date]:
    """The first and last day of a day, a month or a year as it is written."""
    match = _FULL.fullmatch(plain) or _PACKED.fullmatch(plain)
    if match:
        day = _day(rule, text, *match.groups()[:3])
        return day, day
    month = _MONTH.fullmatch(plain) or _MONTH_PACKED.fullmatch(plain)
    if month:
        first = _day(rule, text, month[1], month[2], "1")
        following = dt.date(first.year + first.month // 12, first.month % 12 + 1, 1)
        return first, following - dt.timedelta(days=1)
    year = _YEAR.fullmatch(plain)
    if year is None:
        raise _bad(rule, text, "2024-01-01–2024-12-31")
    return dt.date(int(year[1]), 1, 1), dt.date(int(year[1]), 12, 31)


# --- numbers ------------------------------------------------------------------------------------


def _year(rule: ColumnRule, cell: Cell, text: str) -> int:
    if isinstance(cell, dt.date):
        return cell.year
    match = _YEAR.fullmatch(plain_digits(text).strip())
    if match is None:
        raise _bad(rule, text, "2024")
    return int(match[1])


def _count(rule: ColumnRule, _: Cell, text: str) -> int:
    match = _COUNT.fullmatch(plain_digits(text).strip())
    if match is None or int(match[1]) > 100_000:
        raise _bad(rule, text, "0–100000")
    return int(match[1])


def _pages(rule: ColumnRule, cell: Cell, text: str) -> tuple[int, int | None]:
    """The first and last page of `1-5`; a number alone is the first page."""
    if isinstance(cell, dt.date):  # 1-5 typed into a cell becomes a day
        return (cell.month, cell.day) if cell.month <= cell.day else _refuse(rule, text)
    match = _PAGES.fullmatch(plain_digits(text).strip())
    if match is None or not 1 <= int(match[1]) <= 100_000:
        return _refuse(rule, text)
    last = int(match[2]) if match[2] else None
    return (int(match[1]), last) if last is None or int(match[1]) <= last <= 100_000 else _refuse(rule, text)


def _refuse(rule: ColumnRule, text: str) -> tuple[int, int | None]:
    raise _bad(rule, text, "1, 1-5")


def _money(rule: ColumnRule, cell: Cell, text: str) -> str:
    if isinstance(cell, dt.date):
        raise _bad(rule, text, "28000.00")
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace("，", "").strip()
    match = _MONEY.fullmatch(plain)
    try:
        amount = Decimal(match[1]) * (10_000 if match[2] else 1) if match else Decimal(-1)
    except InvalidOperation:
        amount = Decimal(-1)
    if amount < 0 or amount >= 10**15:
        raise _bad(rule, text, "28000.00")
    return f"{amount:.2f}"


def _phone(rule: ColumnRule, _: Cell, text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).replace("(", "").replace(")", "-").replace("—", "-")
    pieces = [one.strip(" -") for one in re.split(r"[/、;,，；]|\s{2,}", plain) if one.strip(" -")]
    digits = [re.sub(r"\s", "", one) for one in pieces]
    if not digits or not all(re.fullmatch(r"\+?\d[\d\-]{4,23}", one) for one in digits):
        raise _bad(rule, text, "13800138000")
    return "、".join(digits)


# --- words --------------------------------------------------------------------------------------


def _period(rule: ColumnRule, _: Cell, text: str) -> str:
    plain = "".join(plain_digits(text).split())
    if plain in _OF_OLD:
        raise Unsure(PeriodOfOld(field=rule.name, value=text))
    if plain in {"永久", "永久保存", "永久保管", "Y", "y", "永"}:
        return "Y"
    match = _YEARS.fullmatch(plain)
    if match and int(match[1]) > 0:
        return f"D{int(match[1])}"
    try:
        return Period.parse(plain.upper()).code
    except BadValue:
        raise _bad(rule, text, "永久 Y, 30年 D30, 10年 D10") from None


def _level(rule: ColumnRule, _: Cell, text: str) -> Level:
    plain = "".join(unicodedata.normalize("NFKC", text).split()).split("★")[0]
    found = _LEVELS.get(plain)
    if found is not None:
        return found
    try:
        return Level.named(plain)
    except BadValue as wrong:
        raise Unsure(BadValue(field=rule.name, value=text[:40], expected=wrong.facts["expected"])) from None


def _choice(words: Mapping[str, Any]) -> Callable[[ColumnRule, Cell, str], Any]:
    def chosen(rule: ColumnRule, _: Cell, text: str) -> Any:
        plain = "".join(unicodedata.normalize("NFKC", text).split()).lower()
        found = words.get(plain)
        if found is None:
            raise _bad(rule, text, "、".join(dict.fromkeys(words)))
        return found

    return chosen


_READ: Mapping[Reads, Callable[[ColumnRule, Cell, str], Any]] = {
    Reads.TEXT: _text,
    Reads.NAME: _text,
    Reads.CODE: _code,
    Reads.CLASS: _code,
    Reads.PREMISES: _premises,
    Reads.DATE: _date,
    Reads.SPAN: _span,
    Reads.COUNT: _count,
    Reads.PAGES: _pages,
    Reads.MONEY: _money,
    Reads.PHONE: _phone,
    Reads.LEVEL: _level,
    Reads.PERIOD: _period,
    Reads.YEAR: _year,
    Reads.PARTY_KIND: _choice(_PARTIES | {one.name.lower(): one for one in PartyKind}),
    Reads.ORIGINAL: _choice(_COPY),
}
