"""The commands over the archive, one module a noun, loaded when asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Noun:
    """A command of the root: its name, where it is written, what it is for (`中文 / English`)."""

    name: str
    place: str
    help: str


def _ours(name: str, module: str, text: str) -> Noun:
    return Noun(name, f"archive.commands.{module}:{name}", text)


#: The nouns under their headings, in the order the help shows them.
groups: tuple[tuple[str, tuple[Noun, ...]], ...] = (
    (
        "start",
        (
            _ours("init", "init", "建立案卷库 / Create an instance"),
            _ours("login", "account", "登录 / Log in"),
            _ours("logout", "account", "退出登录并上锁 / Log out and lock"),
            _ours("whoami", "account", "我是谁，有哪些权限 / Who I am and what I may do"),
            _ours("password", "account", "修改自己的密码 / Change one's own password"),
        ),
    ),
    (
        "records",
        (
            _ours("tree", "classes", "总目录：分类与所见卷数 / The class tree with what one may see"),
            _ours("class", "classes", "分类方案与保管期限 / Class tree and schedule"),
            _ours("volume", "volumes", "案卷 / Volumes"),
            _ours("item", "items", "文件 / Items"),
            _ours("import", "importing", "导入一个文件夹 / Import a folder"),
            _ours("letter", "letters", "收发文登记 / Registers of letters"),
            _ours("sheet", "sheets", "目录的导入与导出 / Lists in and out"),
            _ours("scan", "scans", "批量挂接扫描件 / Attaching scans in bulk"),
            _ours("intake", "intake", "收件盘 / The intake tray"),
            _ours("package", "packages", "档案包 / Packages"),
            _ours("properties", "properties", "四性检测 / The four properties"),
            _ours("dossier", "dossiers", "卷宗与缺件 / Dossiers and what they lack"),
            _ours("party", "registry", "往来单位与个人 / Parties"),
            _ours("premises", "registry", "房屋单元 / Premises"),
            _ours("location", "registry", "库位 / Storage places"),
            _ours("where", "shelves", "现在在哪里 / Where it is now"),
            _ours("shelf", "shelves", "排架与移动 / Shelf order and moves"),
            _ours("plan", "plans", "归档计划 / The filing plan"),
            _ours("validity", "validity", "有效性复核 / Reviews of validity"),
        ),
    ),
    (
        "use",
        (
            _ours("handover", "handovers", "移交签收 / Handover"),
            _ours("request", "requests", "借阅申请与审批 / Requests and approvals"),
            _ours("reading", "readings", "阅览室 / Readings on site"),
            _ours("loan", "loans", "借阅 / Loans"),
            _ours("copy", "copies", "复制与摘抄 / Copies and extracts"),
            _ours("visitor", "visitors", "外来查档人 / Visitors"),
            _ours("chase", "chasing", "催还 / Chasing"),
            _ours("incident", "incidents", "丢失、损坏、泄密 / Incidents"),
            _ours("grant", "grants", "查阅授权 / Grants"),
            _ours("trigger", "triggers", "登记起算事项 / What starts the retention clock"),
        ),
    ),
    (
        "custody",
        (
            _ours("form", "forms", "打印表格 / Printed forms"),
            _ours("label", "labels", "标签 / Labels"),
            _ours("statistics", "statistics", "统计 / Statistics"),
            _ours("stocktake", "stocktakes", "清点 / Stocktakes"),
            _ours("inspection", "inspections", "七防检查 / Inspections"),
            _ours("seal", "seals", "封存与启封 / Sealing"),
            _ours("repair", "repairs", "修复与复制登记 / Repairs"),
            _ours("clearance", "clearances", "离职清缴 / Clearance of leavers"),
        ),
    ),
    ("retention", ()),
    (
        "care",
        (
            _ours("matrix", "matrices", "审批权限表 / The approval matrix"),
            _ours("absence", "absences", "外出与代理 / Absences and deputies"),
            _ours("calendar", "calendars", "工作日历 / The office calendar"),
            _ours("notice", "notices", "待发通知 / Notices waiting"),
            _ours("clock", "clocks", "确认时钟 / Confirm the clock"),
            _ours("person", "people", "账户与岗位 / People and posts"),
            _ours("department", "people", "部门 / Departments"),
            _ours("token", "sessions", "程序令牌 / Tokens of programs"),
            _ours("audit", "audits", "审计日志 / The audit log"),
            _ours("backup", "backups", "备份套与密钥包 / Backup sets and key packs"),
            _ours("vault", "vaults", "电子库 / The vault"),
            _ours("keys", "keyring", "开锁方式与密钥 / Slots and keys"),
            Noun("config", "archive.commands.inspection:settings", "设置 / Settings"),
            _ours("doctor", "inspection", "系统自检 / Check the instance and the machine"),
        ),
    ),
)
