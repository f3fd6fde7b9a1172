"""docs/search-quality.md: the table of the judged searches, as it comes out of the engine now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.quality.asked import DEPTH, Outcome, by_kind
from tests.quality.corpus import pieces
from tests.quality.judged import Need

PATH = "docs/search-quality.md"
NAMES = {
    "name": "人名、单位名", "code": "档号、文号、合同号", "code prefix": "编号前缀", "code, other separators": "编号换了分隔符",
    "phrase": "词组", "single character": "单字", "traditional and simplified": "繁简", "dates": "日期（任何写法）",
    "units": "单元号", "numbers, phones, plates, money": "号码、电话、车牌、金额", "Latin and Chinese": "中西文混排",
    "negation": "排除", "boolean": "与或非", "fields": "按字段", "filters and ranges": "筛选与范围", "prefix": "前缀",
    "worn texts": "断行、注音、误识别的原文", "natural words": "日常用词",
    "name that begins longer names": "被长名包含的短名",
}  # fmt: skip

_HEAD = """\
# 检索质量 · Search quality

本页由 `python benchmarks/quality.py --write` 生成，测试核对它是否最新。
Written by `python benchmarks/quality.py --write`; a test sees that it is current.

{records} 份虚构的物业档案（来往函件、合同、业户与装修案卷、值班与放行条），一半的原文被“做旧”：繁体、全角、断行、字间空格、
注音、误识别字、零宽字符；日期、单元号、电话、车牌、编号各有多种写法。{queries} 条检索由生成时的事实判定，不经过索引的任何代码。
{records} invented papers of a property office, half of them worn: traditional characters, full width, broken lines,
letter-spacing, pronunciation glosses, misread glyphs, invisible characters; days, units, telephones, plates and codes in many
forms. {queries} searches are judged by the facts the archive was made of, not by any code of the index.

## 查全与查准 · Recall and precision

| 检索种类 | Kind | 条数 Searches | 应有 Right records | 查全率 Recall | 查准率 Precision |
|---|---|--:|--:|--:|--:|
"""

_SHORT_NAMES = """
查全率、查准率是各条检索的平均。最后一行按“这个人”判定：中文没有词界，检索“王伟”也会找到“王伟明”；`王伟 -王伟明` 可以分开。
其余各行按原文所说的字判定。
Means over the searches of a kind. The last row is judged by the person: Chinese has no word borders, so 王伟 also finds 王伟明;
`王伟 -王伟明` tells them apart. All other rows are judged by the characters the record says.
"""

_RANKING = """
## 排序 · Ranking

{needs} 个用日常语言提的问题，档案按题名（3）、文种（2）、提到（1）分级；nDCG@{depth}，先列确切命中，再列最相似的。
对照：题名与正文的字双元 BM25（k1 = 1.2，b = 0.75）。
{needs} questions in everyday words; records graded by title (3), kind of paper (2), mention (1); nDCG@{depth}, exact hits first, then
what is most alike. Reference: BM25 (k1 = 1.2, b = 0.75) over character bigrams of title and text.

| | nDCG@{depth} |
|---|--:|
| 字双元 BM25 · BM25 over bigrams | {plain:.3f} |
| **我们 · ours** | **{ours:.3f}** |

我们较好 ours better: {better} · 相同 equal: {equal} · 较差 worse: {worse}
"""

#: Measured by hand: the texts belong to others and are not kept here (see benchmarks/libraries.py).
_OTHERS = """
## 别人的文集 · Collections of others

2026-11-22 测得，各 300 个问题；文集不随本仓库，取得办法见 `benchmarks/libraries.py`。括号内是差值的 95% 区间（成对自助法）。
Measured on 2026-11-22 with 300 questions each; the texts are not part of this repository, `benchmarks/libraries.py` says where
they come from. In brackets the 95 % interval of the difference (paired bootstrap).

`python benchmarks/quality.py --help-pages FOLDER --laws laws.db --crimes criminal_law.csv --questions 300`

| 文集与问题 | Collection and questions | 篇 Documents | BM25 nDCG@10 | 我们 ours | 差 Difference |
|---|---|--:|--:|--:|--:|
| 帮助百科，人工索引词 | help pages, keywords of their index | 1,802 | 0.586 | **0.648** | +0.062 [+0.034, +0.092] |
| 同上，去掉标题 | the same without headings | 1,802 | 0.528 | **0.551** | +0.023 [+0.000, +0.046] |
| 帮助百科，以标题找正文 | help pages, a heading for its text | 1,802 | 0.646 | **0.658** | +0.012 [-0.006, +0.030] |
| 法律条文，章节名 | statutes, headings of chapters | 23,490 | 0.403 | **0.410** | +0.007 [-0.004, +0.018] |
| 刑法，罪名找条文 | criminal law, a crime for its article | 23,933 | 0.592 | **0.598** | +0.006 [-0.010, +0.022] |
"""


def page(done: Sequence[Outcome], gained: Sequence[tuple[Need, float, float]]) -> str:
    """The whole page."""
    head = _HEAD.format(records=len(pieces()), queries=len(done))
    return head + "\n".join(rows(done)) + "\n" + _SHORT_NAMES + _ranking(gained) + _OTHERS


def rows(done: Sequence[Outcome]) -> Iterator[str]:
    """A line of the table for each kind of search."""
    for kind, (many, recall, precision, all_) in by_kind(list(done)).items():
        yield f"| {NAMES[kind]} | {kind} | {many} | {all_.wanted} | {recall:.3f} | {precision:.3f} |"


def _ranking(gained: Sequence[tuple[Need, float, float]]) -> str:
    many = len(gained)
    ahead = [round(ours - plain, 6) for _, plain, ours in gained]
    return _RANKING.format(
        needs=many,
        depth=DEPTH,
        plain=sum(plain for _, plain, _ in gained) / many,
        ours=sum(ours for _, _, ours in gained) / many,
        better=sum(one > 0 for one in ahead),
        equal=sum(one == 0 for one in ahead),
        worse=sum(one < 0 for one in ahead),
    )
