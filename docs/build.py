# ruff: noqa: INP001  # a script of the documentation, not a package
"""The generated references: errors, permissions, approvals, life cycles, settings, schedule, commands.

`python docs/build.py` writes them; a test compares them with what the program is now. Decides nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path

import click

import cli
from archive import lives, permissions, policy, scheme_page
from archive.acts import Act
from archive.circulation import matrix
from archive.conditions import Actor, Condition
from archive.config import FILE, Settings
from archive.errors import ArchiveError, NotFound
from archive.model import Volume
from archive.values import Custody, Level, Role, UseMode, Worded
from archive.words import Language, say, sentences

FOLDER = Path(__file__).parent
ZH, EN = Language.ZH, Language.EN
NOTE = "由程序生成，请勿手改：`make docs`。 / Generated; do not edit: `make docs`."


def both(key: str, joint: str = " ") -> str:
    """A word in Chinese and English."""
    return f"{say(key, ZH)}{joint}{say(key, EN)}"


def head(zh: str, en: str, *more: str) -> list[str]:
    """Title and note of a page."""
    return [f"# {zh} / {en}", "", NOTE, "", *more]


def table(columns: str, rows: Iterator[tuple[object, ...]]) -> list[str]:
    """A Markdown table."""
    count = columns.count("|") + 1
    body = ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return [f"| {columns} |", "|" + " --- |" * count, *body, ""]


# --- errors -----------------------------------------------------------------------------------


def errors() -> list[type[ArchiveError]]:
    """Every class that can be told, by exit status and code."""
    found: list[type[ArchiveError]] = []
    waiting = list(ArchiveError.__subclasses__())
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if one.code:
            found.append(one)
    return sorted(found, key=lambda one: (one.exit, one.code))


def errors_page() -> list[str]:
    """docs/errors.md."""
    rows = (
        (
            f"`{one.code}`",
            one.exit,
            one.http,
            say_open(f"error.{one.code}", ZH),
            say_open(f"error.{one.code}", EN),
        )
        for one in errors()
    )
    statuses = (
        "退出码：0 完成 · 1 此时不能办 · 2 用法 · 3 不许可 · 4 没有找到 · 5 检查发现问题 · 6 没有钥匙 · 7 机器故障 · 70 程序缺陷。",
        (
            "Exit status: 0 done · 1 cannot now · 2 usage · 3 not permitted · 4 not found · 5 a check found faults ·"
            " 6 no key · 7 the machine · 70 a defect of ours."
        ),
        "",
    )
    return [
        *head("错误", "Errors", *statuses),
        *table("代码 code | 退出码 exit | HTTP | 中文 | English", rows),
    ]


def say_open(key: str, language: Language) -> str:
    """A sentence with its holes left open."""
    return sentences(language)[key].replace("{", "‹").replace("}", "›")


# --- permissions ------------------------------------------------------------------------------

_NAMES: Mapping[int, str] = {
    id(value): name for name, value in vars(permissions).items() if isinstance(value, Condition)
}
CONDITIONS = {
    "CLEARED": "已核定到该密级 / cleared for the level",
    "OPEN": "公开、内部 / public or internal",
    "GRANTED": "有总经理授权 / under a grant",
    "PUBLIC": "公开 / public",
    "OWN": "本部门 / own department",
    "SECRETARY_KEEPS": "总经理秘书保管 / kept by the GM's secretary",
    "HR_KEEPS": "人事保管 / kept by HR",
    "NOT_PERSONNEL": "非员工个人档案 / not a personnel file",
    "LENDABLE": "非只阅不借 / not for reading only",
    "NOT_CLOSED": "非不供利用 / not closed to use",
    "WITH_DEPARTMENT": "未集中保管 / not in the central store",
    "ORIGINALS": "非只借复制件 / not copies only",
    "SEEN": "公开、内部，或有授权 / public or internal, or under a grant",
    "USABLE": "非不供利用，或有授权 / not closed to use, or under a grant",
    "OPEN_OWN_OR_GRANTED": "公开、内部、本部门，或有授权 / public, internal, own department, or under a grant",
    "OPEN_SECRETARY_OR_GRANTED": "公开、内部、总经理秘书保管，或有授权 / public, internal, kept by the GM's secretary, or under a grant",
    "OPEN_HR_OR_GRANTED": "公开、内部、人事保管，或有授权 / public, internal, kept by HR, or under a grant",
    "SECRETARY_OR_OWN": "总经理秘书保管，或本部门 / kept by the GM's secretary, or own department",
    "OWN_OR_HR": "本部门，或人事保管 / own department, or kept by HR",
    "OWN_OR_GRANTED": "本部门、公开，或有授权 / own department, public, or under a grant",
}


def told(condition: Condition) -> str:
    """A condition in words, its clause and the refusal it gives."""
    return f"{CONDITIONS[_NAMES[id(condition)]]} ({condition.clause}, `{condition.refusal.code}`)"


def permissions_page() -> list[str]:
    """docs/permissions.md."""
    rows = (
        (
            "<br>".join(f"`{act.value}` {both(act.word)}" for act in acts),
            "<br>".join(both(role.word) for role in roles),
            "<br>".join(told(condition) for condition in conditions) or "—",
        )
        for acts, roles, conditions in permissions.TABLE
    )
    rules = (
        "没有列出的一律不许可；看不到的，答复与不存在相同。查看内部以下目录不记日志，查看涉密的、被拒绝的都记。",
        (
            "What is not listed is refused; what one may not see is answered exactly as absence. Looks are logged when"
            " the thing is confidential or the look is refused; every other act always."
        ),
        "",
    )
    return [
        *head("权限表", "Permissions", *rules),
        *table("行为 act | 岗位 post | 条件（全部满足） conditions (all)", rows),
        *_decisions(),
    ]


_ASKED = (Act.RECORD_SEE, Act.RECORD_SEARCH, Act.RECORD_READ, Act.LOAN_LEND)
_MODES = (UseMode.LOAN_IN_COMPANY, UseMode.READ_ON_SITE, UseMode.LOAN_COPIES, UseMode.CLOSED)


def _decisions() -> list[str]:
    """What follows for a fully cleared person without grants: every post, level and use mode."""
    pages: list[str] = []
    marks = "✓ 可 allowed · ✗ 拒绝并说明 refused with its reason · – 如同不存在 as if absent；前为本部门，后为他部门 own / other department"
    for mode in _MODES:
        levels = " | ".join(both(level.word) for level in Level)
        rows = (
            (both(role.word), both(act.word), *(_answers(role, act, level, mode) for level in Level))
            for role in Role
            if role is not Role.SYSTEM
            for act in _ASKED
            if role in policy.GRANTS[act]
        )
        pages += [f"## {both(mode.word)}", "", marks, "", *table(f"岗位 post | 行为 act | {levels}", rows)]
    return pages


def _answers(role: Role, act: Act, level: Level, mode: UseMode) -> str:
    actor = Actor("", "", frozenset({role}), "KF", Level.SECRET)
    answers = []
    for department in ("KF", "GC"):
        thing = Volume(
            uid="", scope_uid="", reference_code="", class_code="", level=level, use_mode=mode, department=department,
            custody=Custody.DEPARTMENT, custodians_closed=False, centralised=False,
        )  # fmt: skip
        found = policy.refusal(actor, act, thing)
        answers.append("✓" if found is None else "–" if isinstance(found, NotFound) else "✗")
    return " / ".join(answers)


# --- approvals ----------------------------------------------------------------------------------


def approvals_page() -> list[str]:
    """docs/approvals.md: the matrix that is shipped, row by row."""
    rows = (
        (
            number, _many(rule.kinds), _many(rule.readers), _many(rule.levels), _flag(rule.own),
            _flag(rule.personnel), _flag(rule.owners),
            "✗ 不能批准 nobody can" if rule.refused else " → ".join(both(step.word) for step in rule.steps) or "登记即可 entered, no approval",
            rule.clause,
        )
        for number, rule in enumerate(matrix.shipped().rules, 1)
    )  # fmt: skip
    rules = (
        "从上往下，第一条符合的规则为准；一条都不符合的，不能批准。空白为不限。“部门经理”指档案所属部门的经理；总经理秘书、人事保管的，指总经理秘书、人事。",
        (
            "Read from the top, the first row that fits decides; what no row fits nobody can approve. Blank means any."
            " The department manager is that of the record's department; for what the secretary or HR keeps, they."
        ),
        "",
    )
    columns = "序 | 利用 use | 谁 who | 密级 level | 本部门 own | 人事档案 personnel | 共有部分 common property | 依次批准 steps | 依据 clause"
    return [*head(f"审批权限表 {matrix.shipped().version}", "Approval matrix", *rules), *table(columns, rows)]


def _many(words: Iterable[Worded | Level]) -> str:
    return "<br>".join(both(one.word) for one in words)


def _flag(wanted: bool | None) -> str:
    return "" if wanted is None else "是 yes" if wanted else "否 no"


# --- life cycles, settings, commands ------------------------------------------------------------


_LIVES = {
    "volume": "案卷 / Volume",
    "item": "单独保存的件 / Item kept on its own",
    "request": "申请 / Request, line by line",
    "loan": "借阅 / Loan",
    "reading": "阅览 / Reading",
    "incident": "丢失、损坏、泄密 / Incident",
    "stocktake": "清点 / Stocktake",
    "seal": "封存 / Seal",
    "handover": "移交清单 / Handover list",
    "clearance": "离职清缴 / Clearance of a leaver",
    "repair": "修复 / Repair",
    "notice": "通知 / Notice",
    "schedule": "保管期限表的版本 / Version of the schedule",
    "appraisal": "鉴定 / Appraisal",
    "hold": "冻结 / Hold",
    "transfer": "向外移交 / Transfer out of the company",
    "destruction": "销毁清册 / Destruction list",
    "backup": "备份套 / Backup set",
    "import": "目录或档案包的导入 / Import of a list or a package",
    "intake": "收件盘 / Intake tray",
}


def lifecycles_page() -> list[str]:
    """docs/lifecycles.md."""
    states = "箭头上是行为与依据。 / On each arrow: the act and its clause."
    lines = head("生命周期", "Life cycles", states, "")
    for life in lives.ALL:
        rows = (
            (
                both(step.source.word),
                f"`{step.act.value}` {both(step.act.word)}",
                both(step.target.word),
                step.clause,
            )
            for step in life
        )
        lines += [f"## {_LIVES[life.name]}", "", "```mermaid", life.mermaid(), "```", ""]
        lines += table("从 from | 行为 act | 到 to | 依据 clause", rows)
    return lines


def settings_page() -> list[str]:
    """docs/settings.md."""
    rows = (
        (
            f"`{one.name}`", f"`{one.default!r}`", " · ".join(one.metadata["choices"]) or str(one.type),
            f"`ANJUAN_{one.name.upper()}`", say(f"setting.{one.name}", ZH), say(f"setting.{one.name}", EN),
        )
        for one in fields(Settings)
    )  # fmt: skip
    where = (
        f"写在案卷库文件夹的 `{FILE}` 中；环境变量优先。`anjuan config show` 显示每一项的值和来源。",
        f"Written in `{FILE}` in the instance's folder; variables win. `anjuan config show` tells value and origin.",
        "",
    )
    return [
        *head("设置", "Settings", *where),
        *table("名称 name | 默认 default | 取值 values | 变量 variable | 中文 | English", rows),
    ]


def commands_page() -> list[str]:
    """docs/cli.md."""
    lines = head("命令", "Commands", "每条命令都有 `--help`。 / Every command has `--help`.", "")
    for path, command, context in walked():
        lines += [f"## {' '.join(path)}", "", " ".join((command.help or "").split()), ""]
        if not isinstance(command, click.Group):
            usage = " ".join(command.collect_usage_pieces(context))
            lines += ["```", f"{' '.join(path)} {usage}".rstrip(), "```", ""]
            rows = list(_parameters(command))
            lines += table("参数 parameter | 说明 meaning", iter(rows)) if rows else []
    return lines


def _parameters(command: click.Command) -> Iterator[tuple[str, str]]:
    for one in command.params:
        if getattr(one, "hidden", False):
            continue
        names = (
            ", ".join((*one.opts, *one.secondary_opts))
            if isinstance(one, click.Option)
            else str(one.name).upper()
        )
        text = str(getattr(one, "help", None) or "")
        yield f"`{names}`{' *' if one.required else ''}", text


def walked() -> Iterator[tuple[tuple[str, ...], click.Command, click.Context]]:
    """Every command from the root down, with its path and context."""
    root = cli.root
    yield from _below(("anjuan",), root, click.Context(root, info_name="anjuan"))


def _below(
    path: tuple[str, ...], command: click.Command, context: click.Context
) -> Iterator[tuple[tuple[str, ...], click.Command, click.Context]]:
    yield path, command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                yield from _below((*path, name), found, click.Context(found, info_name=name, parent=context))


PAGES: Mapping[str, Callable[[], list[str]]] = {
    "errors.md": errors_page,
    "permissions.md": permissions_page,
    "approvals.md": approvals_page,
    "lifecycles.md": lifecycles_page,
    "settings.md": settings_page,
    "schedule.md": lambda: scheme_page.page().splitlines(),
    "cli.md": commands_page,
}


def page(name: str) -> str:
    """A generated page as it should stand in the folder."""
    return "\n".join(PAGES[name]()).rstrip() + "\n"


def main() -> None:
    """Write every page."""
    for name in PAGES:
        (FOLDER / name).write_text(page(name), "utf-8")
        sys.stdout.write(f"docs/{name}\n")


if __name__ == "__main__":
    main()
