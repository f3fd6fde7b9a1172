"""What may stand before the colon of a question: the names of fields and facts, and what people say for them."""

from __future__ import annotations

import difflib

from archive.words import Language, say
from indexer.language.analysis import normalise
from indexer.question.tree import Column, Field

#: What a name names: a field holds words, a column a fact.
Target = Field | Column

#: Names as `normalise` gives them: half width, lower case, simplified.
NAMES: dict[str, Target] = {
    "题名": Field.TITLE, "标题": Field.TITLE, "title": Field.TITLE,
    "档号": Field.CODE, "code": Field.CODE,
    "责任者": Field.CREATOR, "creator": Field.CREATOR,
    "文号": Field.NUMBER, "发文字号": Field.NUMBER, "number": Field.NUMBER,
    "单元": Field.UNIT, "房号": Field.UNIT, "unit": Field.UNIT,
    "合同号": Field.CONTRACT, "contract": Field.CONTRACT,
    "名称": Field.NAMES, "姓名": Field.NAMES, "业户": Field.NAMES, "names": Field.NAMES, "name": Field.NAMES,
    "正文": Field.BODY, "全文": Field.BODY, "text": Field.BODY, "body": Field.BODY,
    "种类": Column.KIND, "kind": Column.KIND,
    "类别": Column.CLASS, "分类": Column.CLASS, "class": Column.CLASS,
    "门类": Column.FAMILY, "family": Column.FAMILY,
    "年度": Column.YEAR, "年": Column.YEAR, "year": Column.YEAR,
    "密级": Column.LEVEL, "level": Column.LEVEL,
    "部门": Column.DEPARTMENT, "department": Column.DEPARTMENT,
    "位置": Column.PLACE, "库位": Column.PLACE, "place": Column.PLACE,
    "状态": Column.STATE, "state": Column.STATE,
    "日期": Column.DATE, "date": Column.DATE,
}  # fmt: skip

#: Other words for them, and the same sound typed otherwise: never read as the name, only suggested.
_MEANT: dict[str, Target] = {
    "提名": Field.TITLE, "题明": Field.TITLE, "题目": Field.TITLE, "主题": Field.TITLE, "subject": Field.TITLE,
    "编号": Field.CODE, "案卷号": Field.CODE, "当号": Field.CODE, "reference": Field.CODE,
    "作者": Field.CREATOR, "责任人": Field.CREATOR, "发文单位": Field.CREATOR, "author": Field.CREATOR,
    "房间": Field.UNIT, "房屋": Field.UNIT, "flat": Field.UNIT, "room": Field.UNIT,
    "合同编号": Field.CONTRACT,
    "单位": Field.NAMES, "业主": Field.NAMES, "租户": Field.NAMES, "客户": Field.NAMES, "party": Field.NAMES,
    "内容": Field.BODY, "文本": Field.BODY, "content": Field.BODY, "fulltext": Field.BODY,
    "类型": Column.CLASS, "category": Column.CLASS,
    "年份": Column.YEAR, "年代": Column.YEAR,
    "保密": Column.LEVEL, "级别": Column.LEVEL, "secrecy": Column.LEVEL,
    "地点": Column.PLACE, "库房": Column.PLACE, "架位": Column.PLACE, "location": Column.PLACE,
    "status": Column.STATE,
    "时间": Column.DATE, "成文日期": Column.DATE, "day": Column.DATE,
}  # fmt: skip

_KNOWN = {**NAMES, **_MEANT}


def named(name: str) -> Target | None:
    """The field or fact called *name*, in full or half width, traditional or simplified."""
    return NAMES.get(normalise(name))


def nearest(name: str) -> Target | None:
    """What was probably meant by *name*, which names nothing; None if nothing comes near."""
    folded = normalise(name)
    likeness = 0.7 if folded.isascii() else 0.5
    near = difflib.get_close_matches(folded, _KNOWN, 1, likeness)
    return _KNOWN[near[0]] if near else None


def name(target: Target, language: Language) -> str:
    """How *target* is written in a question of *language*."""
    return say(f"query.name.{target.value}", language)
