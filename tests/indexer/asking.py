"""What tests of search share: asking as somebody, and what is told on many questions."""

from __future__ import annotations

import itertools
from dataclasses import fields

from archive import items, objects
from archive.acts import Act
from archive.values import Level
from indexer import search, sync
from indexer.facets import FACETS
from indexer.narrowing import Wanted
from tests import make

_WANTED, _QUESTION, _CUT = (
    {one.name for one in fields(kind)} for kind in (Wanted, search.Question, search.Cut)
)


def page(office, words, by, engine=None, **more):
    """One page, over the index as it stands; *more* narrows, orders or cuts."""
    wanted = Wanted(**{name: more[name] for name in more if name in _WANTED})
    asked = {name: more[name] for name in more if name in _QUESTION}
    cut = search.Cut(**{name: more[name] for name in more if name in _CUT})
    assert more.keys() <= _WANTED | _QUESTION | _CUT
    with office.ask(by, Act.RECORD_SEARCH) as unit:
        found = engine or sync.engine(office.instance)
        return search.search(unit, found, search.Question(words, wanted, **asked), cut)


def codes(found):
    """The codes of a page, in order."""
    return [row.code for row in found.rows]


def titles(found):
    """The titles of a page, each once."""
    return {row.title for row in found.rows}


PARTS = ("装修", "押金", "电梯", "退还", "纪要", "合同", "A1203", "供电局", "钥匙", "停电")


def questions():
    """More than five hundred questions an uncleared person may put, over every channel of search."""
    every = frozenset(FACETS)
    for one in PARTS:
        yield from ((one, {}), (f"{one}*", {}), (f"题名:{one}", {}), (f"正文:{one}", {}), (f"名称:{one}", {}))
        yield from ((one, {"limit": 1, "offset": at}) for at in range(3))
        yield from ((one, {"class_code": "WS"}), (one, {"year_from": 2025}), (f"非 {one}", {}))
        yield from ((one, {"order": order}) for order in search.Order)
        yield from ((one, {"facets": every}), (f"{one} 类别:装修", {"facets": every}))
        yield from ((f"{one}{other}", {}) for other in ("讼", "册", "码", "X9"))  # found nowhere: suggestions
        yield from ((one, {"synonyms": True}), (f"{one} 年度:2023", {}), (f"{one} 密级:秘密", {}))
    for one, other in itertools.permutations(PARTS, 2):
        yield f"{one} 或 {other}", {"limit": 2}
        yield f"{one} {other} 不存在的词", {}
    yield from ((f"{one} {other}", {}) for one, other in itertools.combinations(PARTS, 2))
    yield from (("", {"limit": 3, "offset": at, "facets": every}) for at in range(0, 12, 3))
    yield from ((f"{start}{end}", {}) for start in "诉押装保密退" for end in "讼金修险码还")  # near words


def heard(office, by, ask=page, every=1):
    """What *by* is told on all questions, or on every so many, one after the other; pages by token too."""
    engine = sync.engine(office.instance)
    for words, more in itertools.islice(questions(), 0, None, every):
        found = ask(office, words, by, engine, **more)
        yield repr(found)
        if found.next and "offset" not in more:
            yield repr(ask(office, words, by, engine, **more, after=found.next))
    for code in sorted(codes(page(office, "", by, engine, limit=200)))[:: min(every, 4)]:
        yield repr(ask(office, "", by, engine, like=code))


def tells(left, right):
    """True as soon as one answer differs."""
    return any(one != other for one, other in itertools.zip_longest(left, right))


def hide(office, count):
    """File *count* confidential papers that hold the very words asked for, and words found nowhere else."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        papers = [
            make.paper(f"A1204 装修押金退还 诉讼保险 {n}", level=Level.CONFIDENTIAL) for n in range(count)
        ]
        items.file_alone(unit, make.matter("WS·HY", level=Level.CONFIDENTIAL, year=2023), papers)
    with office.work("archivist", Act.ITEM_FILE) as unit:
        papers = [make.paper(f"A1204 押金纪要 {n}", "YH·01") for n in range(count)]
        first = items.file_matter(unit, make.matter("YH·01", premises="A1204"), papers)[0].uid
        objects.attach(unit, first, "装修押金退还供电局停电合同钥匙密码押金册".encode(), name="密.txt")
    sync.drain(office.instance)
