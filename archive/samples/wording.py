"""The small words in which an office writes: days in five spellings, money in capitals, blanks filled in."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator, Mapping, Sequence

from archive.samples.office import person_name, phone, plate

_DIGITS = "〇一二三四五六七八九"
_CAPITALS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")


def spellings(name: str, day: dt.date) -> Iterator[tuple[str, str]]:
    """*day* as the blanks `name`, `name_cn`, `name_dot`, `name_iso` and `name_plain`."""
    yield name, f"{day.year}年{day.month}月{day.day}日"
    yield (
        f"{name}_cn",
        f"{''.join(_DIGITS[int(d)] for d in str(day.year))}年{_count(day.month)}月{_count(day.day)}日",
    )
    yield f"{name}_dot", f"{day.year}.{day.month}.{day.day}"
    yield f"{name}_iso", day.isoformat()
    yield f"{name}_plain", day.strftime("%Y%m%d")


def _count(number: int) -> str:
    """A number below 100 in Chinese: 三, 十二, 三十一."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones or not tens else "")


def capitals(yuan: int) -> str:
    """Whole *yuan* as cheques spell them: 28000 is 贰万捌仟元整."""
    text = ""
    for power in (2, 1, 0):
        group = yuan // 10_000**power % 10_000
        if group:
            gap = "零" if text and (group < 1_000 or yuan // 10 ** (4 * power + 4) % 10 == 0) else ""
            text += gap + _thousands(group) + _GROUPS[power]
    return (text or "零") + "元整"


def _thousands(group: int) -> str:
    """A number below 10,000 in capitals, with one 零 for each gap."""
    text = ""
    for place in (3, 2, 1, 0):
        digit = group // 10**place % 10
        text += _CAPITALS[digit] + _PLACES[place] if digit else "零"
    while "零零" in text:
        text = text.replace("零零", "零")
    return text.strip("零")


def money(yuan: float) -> str:
    """An amount as it stands in a sentence: 12,800.00."""
    return f"{yuan:,.2f}"


def _hour(rng: random.Random) -> str:
    return f"{rng.randint(8, 20):02}:{rng.choice((0, 10, 20, 30, 45)):02}"


#: Blanks that are drawn anew; `n_2` is drawn like `n`, unless it has its own row.
_DRAWN: Mapping[str, Callable[[random.Random], str]] = {
    "n": lambda rng: str(rng.randint(2, 9)),
    "ext": lambda rng: str(rng.randint(11, 260)),
    "hour": _hour,
    "phone": phone,
    "plate": plate,
    "contact": person_name,
    "money": lambda rng: money(rng.randint(8, 980) * 10),
    "money_4": lambda rng: money(rng.randint(12, 98) * 1_000),
    "money_5": lambda rng: money(rng.randint(1, 9) * 100),
    "money_6": lambda rng: money(rng.randint(2, 8) * 10),
    "reading": lambda rng: f"{rng.randint(100, 9_999)}.{rng.randrange(10)}",
}


class Filling(dict[str, str]):
    """The blanks of one paper: known facts first, else drawn once from a pool of phrases.

    `{defect}` and `{defect_2}` are two different phrases of the pool `defect`.
    """

    def __init__(
        self, facts: Mapping[str, str], pools: Mapping[str, Sequence[str]], rng: random.Random
    ) -> None:
        super().__init__(facts)
        self._pools, self._rng = pools, rng

    def __missing__(self, blank: str) -> str:
        word = blank.rstrip("0123456789").rstrip("_")
        draw = _DRAWN.get(blank) or _DRAWN.get(word)
        self[blank] = draw(self._rng) if draw else self._phrase(word)
        return self[blank]

    def _phrase(self, word: str) -> str:
        """A phrase of the pool *word* that this paper does not hold yet."""
        taken = {value for blank, value in self.items() if blank.startswith(word)}
        return self._rng.choice([phrase for phrase in self._pools[word] if phrase not in taken])

    def fill(self, text: str) -> str:
        """*text* with every blank filled in."""
        return text.format_map(self)
