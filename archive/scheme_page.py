"""The class tree, schedule, duty grants and checklists as one page: docs/schedule.md, for reading and review.

Written by `python -m archive.scheme_page > docs/schedule.md`; this module decides nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from archive import checklists, duty, scheme
from archive.scheme import ClassRule, Scheme, Series, Variant
from archive.values import Custody, Disposition, Family, Level, UseMode

HEAD = """# 分类方案与保管期限表 / Class tree and retention schedule

由 `archive/data/*.toml` 生成，请勿手改；改数据文件后运行 `make docs`。
Generated from `archive/data/*.toml`; edit those and run `make docs`.

版本 / version {version} · 状态 / status {status}：未经总经理批准采用前，到期日仅供参考。
A proposal: due dates are trusted only after the general manager has adopted it.

* 期限 / period：Y 永久 permanent · D30 三十年 years · E 至事件为止 until its event · T90 九十天 days
* 法定 / law：≥ 不得短于 no shorter · ≤ 不得长于 no longer（依据 clause）；期限表的任何版本都不得越过 no version goes beyond
* 密级 / level：公 公开 public · 内 内部 internal · 秘 秘密 confidential · 机 机密 secret（企业密级 the company's own）
* 利用 / use：阅 只阅不借 read on site · 借 可内部借出 lent inside the company · 复 只借复制件 copies only ·
  禁 不供利用 closed（→ 批准后 once granted）· \\* 业主有权查看 owners may look
* 保管 / custody：秘书 GM's secretary · 部门 department · 人事 HR · 财务 finance
* 处置 / disposition：D 销毁 destroy · T 移交 transfer · R 鉴定 review；+T 物业服务终止时移交 handed over when the service ends
* 标记 / marks：个 个人信息 personal data · 限 不得延长 not to be prolonged · 锁 带锁存放 locked ·
  外 每单位一卷 one volume per outside unit · 隐 保管人员亦不得阅 closed to its keepers · 随 随原类 follows the original class ·
  参 非档案 not archives
"""

COLUMNS = "| 代码 | 类目 / class | 期限 | 起算 | 法定 | 密级 | 利用 | 保管 | 处置 | 标记 | 字段 | 编号·立卷 | 依据 content / use / number |"

LEVELS = {Level.PUBLIC: "公", Level.INTERNAL: "内", Level.CONFIDENTIAL: "秘", Level.SECRET: "机"}
USES = {
    UseMode.READ_ON_SITE: "阅",
    UseMode.LOAN_IN_COMPANY: "借",
    UseMode.LOAN_COPIES: "复",
    UseMode.CLOSED: "禁",
}
CUSTODIES = {
    Custody.SECRETARY: "秘书",
    Custody.DEPARTMENT: "部门",
    Custody.HR: "人事",
    Custody.FINANCE: "财务",
}
DISPOSITIONS = {Disposition.DESTROY: "D", Disposition.TRANSFER: "T", Disposition.REVIEW: "R"}


def page() -> str:
    """The whole page as Markdown."""
    known = scheme.load()
    parts = [HEAD.format(version=known.version, status=known.status)]
    parts += [_series(one, known) for one in known.series]
    parts += [_variants(known), _grants(known), *_checklists(), _sources(known)]
    return "\n".join(parts)


def _series(series: Series, known: Scheme) -> str:
    lines = [
        f"## {series.code} {series.zh} / {series.en}",
        "",
        f"档号类别号 / series number: `{series.number}`",
        "",
    ]
    lines += [COLUMNS, "|" + " --- |" * (COLUMNS.count("|") - 1), *map(_line, known.under(series.code))]
    lines += [
        f"\n{rule.code}：{rule.note_zh} {rule.note_en}" for rule in known.under(series.code) if rule.note_zh
    ]
    return "\n".join([*lines, ""])


def _line(rule: ClassRule) -> str:
    period = rule.period.code + (f" ({'; '.join(map(_short, rule.variants))})" if rule.variants else "")
    cells = [
        rule.code,
        f"{rule.zh}<br>{rule.en}",
        period,
        rule.trigger,
        _law(rule),
        LEVELS[rule.level],
        _use(rule),
    ]
    cells += [CUSTODIES[rule.custody], DISPOSITIONS[rule.disposition] + ("+T" if rule.then_transfer else "")]
    cells += ["".join(_marks(rule)), "" if rule.family is Family.GENERAL else rule.family.value]
    cells += [f"{rule.kept_by}·{rule.volume_by}·{rule.template}"]
    cells += [" / ".join(", ".join(part) for part in (rule.content, rule.use, rule.number))]
    return f"| {' | '.join(cells)} |"


def _law(rule: ClassRule) -> str:
    """Floor and ceiling with their clauses: ≥ D2 (LCL-50)."""
    floor = f"≥ {rule.floor.code} ({rule.floor_by})" if rule.floor else ""
    ceiling = f"≤ {rule.ceiling_period.code} ({rule.ceiling_by})" if rule.ceiling_period else ""
    return "<br>".join(filter(None, (floor, ceiling)))


def _short(variant: Variant) -> str:
    return f"{variant.zh} {variant.period.code}"


def _use(rule: ClassRule) -> str:
    opened = f"→{USES[rule.opens_to]}" if rule.opens_to else ""
    return USES[rule.use_mode] + opened + ("\\*" if rule.owners_access else "")


def _marks(rule: ClassRule) -> Iterator[str]:
    told = (rule.personal, rule.ceiling, rule.locked, rule.external, rule.custodians_closed)
    for mark, holds in zip("个限锁外隐随参", (*told, rule.follows_origin, rule.reference), strict=True):
        if holds:
            yield mark


def _variants(known: Scheme) -> str:
    head = ["## 期限不同的文件 / Papers with a period of their own", ""]
    head += ["| 类目 | 文件 / papers | 期限 | 起算 | 密级 |", "| --- | --- | --- | --- | --- |"]
    lines = [
        f"| {rule.code} | {one.zh} / {one.en} | {one.period.code} | {one.trigger or rule.trigger} "
        f"| {LEVELS[rule.level if one.level is None else one.level]} |"
        for rule in known.classes
        for one in rule.variants
    ]
    return "\n".join([*head, *lines, ""])


def _grants(known: Scheme) -> str:
    head = ["## 拟议的职务授权 / Proposed duty grants", ""]
    head += ["| 岗位 | 部门 | 类 | 行为 | 仅本部门 | 除外 | 月 | 批准 | 说明 |", "|" + " --- |" * 9]
    lines = [
        f"| {grant.post} | {grant.department or '—'} | {' '.join(grant.series)} | {' '.join(grant.acts)} "
        f"| {'是' if grant.own_department else '否'} | {' '.join(grant.closed) or '—'} | {grant.months} "
        f"| {grant.approver} | {grant.zh} / {grant.en} ({grant.clause}) |"
        for grant in duty.proposed(known)
    ]
    return "\n".join([*head, *lines, ""])


def _checklists() -> Iterable[str]:
    known = checklists.load()
    for dossier in known.dossiers:
        yield f"## {dossier.zh}应有文件 / {dossier.en}: what it holds\n"
        yield "| 阶段 | 类目 | 文件 / paper | 何时需要 / wanted | 依据 |\n" + "|" + " --- |" * 5
        for one in dossier.wanted:
            fact = known.facts[one.when] if one.when else None
            when = (
                f"{fact.zh} / {fact.en}" if fact else "必备 / always" if one.required else "可有 / optional"
            )
            yield f"| {one.stage} | {' '.join(one.classes)} | {one.zh} / {one.en} | {when} | {one.clause} |"
        yield ""


def _sources(known: Scheme) -> str:
    lines = ["## 依据 / Sources", "", "`8-1.2.2`：公司规章第 8 篇 1.2.2；`R72`：需求 72。", ""]
    lines += [f"* {name}：{source.zh} / {source.en}" for name, source in known.sources.items()]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.stdout.write(page())
