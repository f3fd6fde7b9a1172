"""The lists an office keeps, as tables: which columns each has, how offices head them, what each becomes.

Pure. Names of columns are those of `archive.fields`, `Paper`, `Matter` and the models where they exist.
Forms F1-F3, F6, F11, F17, F18 and the ledgers of contracts and of tenants (domain §4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from archive.exchange import SheetKind


class Reads(Enum):
    """How the cells of a column are read (`archive.sheets.values`)."""

    TEXT = "text"
    NAME = "name"
    CODE = "code"
    CLASS = "class"
    DATE = "date"
    SPAN = "span"
    COUNT = "count"
    PAGES = "pages"
    MONEY = "money"
    PHONE = "phone"
    LEVEL = "level"
    PERIOD = "period"
    YEAR = "year"
    PREMISES = "premises"
    PARTY_KIND = "party_kind"
    ORIGINAL = "original"


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """One column: its name in code, how its cells are read, its usual headings, what it becomes.

    A column that spans days or pages gives two values: those named in `gives`.
    """

    name: str
    reads: Reads
    headings: tuple[str, ...]
    required: bool = False
    field: str = ""
    gives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetRule:
    """A kind of list: the titles it goes by, its columns, of which it needs at least one, and which tell it from others."""

    kind: SheetKind
    titles: tuple[str, ...]
    columns: tuple[ColumnRule, ...]
    one_of: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()

    def column(self, name: str) -> ColumnRule | None:
        """The column called *name* in code, or None."""
        return next((one for one in self.columns if one.name == name), None)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _column(
    name: str, reads: Reads, headings: str, field: str = "", *, required: bool = False, gives: str = ""
) -> ColumnRule:
    return ColumnRule(name, reads, _words(headings), required, field, _words(gives))


_NUMBER = _column("number", Reads.TEXT, "序号 顺序号 次序 No. 项次 行号")
_NOTE = _column("note", Reads.TEXT, "备注 备考 附注 说明 摘要", "card.note")
_LEVEL = _column("level", Reads.LEVEL, "密级 保密级别 秘密等级 涉密等级 密别", "matter.level")
_PERIOD = _column(
    "period", Reads.PERIOD, "保管期限 保存期限 保管年限 保存年限 期限 归档期限", "matter.period"
)
_CREATOR = _column(
    "creator", Reads.NAME, "责任者 作者 发文单位 发文机关 编制单位 编制人 形成单位 责任人", "card.creator"
)
_DEPARTMENT = _column(
    "department",
    Reads.CODE,
    "部门 归档部门 立卷部门 所属部门 机构 机构(问题) 机构或问题 组织机构 移交部门",
    "matter.department",
)
_YEAR = _column("year", Reads.YEAR, "年度 归档年度 归属年度 年份", "matter.year")
_CLASS = _column(
    "class_code", Reads.CLASS, "类别号 类别 分类号 类目 门类 档案类别 类别代码 分类", "matter.class_code"
)
_PREMISES = _column(
    "premises",
    Reads.PREMISES,
    "房号 单元 单元号 房间号 室号 铺位 铺位号 房屋 单位号 门牌号",
    "matter.premises",
)
_PARTY = _column("party", Reads.CODE, "业户编号 往来单位代码 单位代码 客户编号 业户代码", "matter.party")
_DOSSIER = _column("dossier", Reads.CODE, "卷宗号 项目号 工程编号 项目编号 装修编号", "matter.dossier")
_PLACE = _column("place", Reads.CODE, "存放位置 库位 位置 存放地点 柜号 柜架号 架位号 存放处", "volume.place")
_FONDS = _column("fonds", Reads.CODE, "全宗号")
_TYPE = _column("doc_type", Reads.TEXT, "文种 文件类型 材料类别 文件种类", "paper.doc_type")
_ORIGINAL = _column(
    "is_original", Reads.ORIGINAL, "原件 原件/复制件 原件或复制件 正本副本 稿本 是否原件", "paper.is_original"
)
_COPIES = _column("copies", Reads.COUNT, "份数 数量")
_ATTACHMENTS = _column("attachments", Reads.TEXT, "附件 附件名称 附件数")
_PAGES = _column("pages", Reads.COUNT, "页数 张数 页码数 总页数 文件页数", "paper.pages")
_DATED = _column(
    "dated", Reads.DATE, "日期 文件日期 形成日期 成文日期 形成时间 时间 文件时间 制发日期", "paper.dated"
)
_DOCUMENT_NO = _column(
    "document_no", Reads.TEXT, "文号 文件编号 发文字号 发文号 文件号 图号 字号", "paper.document_no"
)
_TITLE = _column(
    "title", Reads.TEXT, "题名 文件题名 文件标题 标题 文件名称 材料名称 名称 内容 文件材料名称 事由", "paper.title", required=True
)  # fmt: skip
_FILED_ON = _column("filed_on", Reads.DATE, "归卷日期 归档日期 立卷日期")
_FILED_INTO = _column(
    "filed_into", Reads.CODE, "归入卷号 归卷号 归入案卷 归档档号 归档号", "volume.reference_code"
)
_SIGNED = _column("signed_for_by", Reads.NAME, "签收人 收件人 签收 接收人")

_ABOUT = (_DEPARTMENT, _YEAR, _CLASS, _PREMISES, _PARTY, _DOSSIER, _FONDS)

VOLUMES = SheetRule(
    SheetKind.VOLUMES,
    _words("案卷目录 案卷总目录 档案案卷目录"),
    (
        _NUMBER,
        _column("reference_code", Reads.CODE, "档号 案卷档号 档案号", "volume.reference_code"),
        _column("volume_no", Reads.CODE, "案卷号 卷号 归档时的案卷号 案卷编号 档案编号"),
        _column(
            "title", Reads.TEXT, "案卷题名 案卷标题 题名 案卷名称 卷名 标题 名称 卷内题名", "volume.title", required=True
        ),
        _column(
            "span", Reads.SPAN, "起止日期 起止时间 起止年月 卷内文件起止日期 卷内文件起止时间 日期 时间", gives="first_date last_date"
        ),
        _column("first_date", Reads.DATE, "起始日期 起日期 起 开始日期 最早日期"),
        _column("last_date", Reads.DATE, "终止日期 止日期 止 截止日期 结束日期 最晚日期"),
        _column("items", Reads.COUNT, "件数 文件件数 文件数 份数"),
        _column("pages", Reads.COUNT, "总页数 页数 张数 页 总张数"),
        _PERIOD,
        _LEVEL,
        _PLACE,
        _column("creator", Reads.NAME, "立卷单位 责任者 立卷人 编制单位"),
        *_ABOUT,
        _NOTE,
    ),
)  # fmt: skip

CONTENTS = SheetRule(
    SheetKind.CONTENTS,
    _words("卷内文件目录 卷内目录 卷内备考目录"),
    (
        _NUMBER,
        _column("reference_code", Reads.CODE, "档号 文件档号 件档号", "paper.reference_code"),
        _column("volume", Reads.CODE, "案卷档号 案卷号 所属案卷 卷号 所在案卷", "volume.reference_code"),
        _DOCUMENT_NO,
        _CREATOR,
        _TITLE,
        _DATED,
        _column("first_page", Reads.PAGES, "页号 页次 起止页号 页码 起止页码 所在页号 首页", "paper.first_page", gives="first_page last_page"),
        _PAGES,
        _TYPE,
        _ORIGINAL,
        _LEVEL,
        _PERIOD,
        *_ABOUT,
        _NOTE,
    ),
    marks=("volume", "first_page"),
)  # fmt: skip

FILED = SheetRule(
    SheetKind.FILED,
    _words("归档文件目录 涉密文件目录 归档目录 文件归档目录"),
    (
        _NUMBER,
        _column("reference_code", Reads.CODE, "档号 档案号 归档号", "paper.reference_code"),
        _column("seq_no", Reads.COUNT, "件号 室编件号 馆编件号"),
        _column("box", Reads.CODE, "盒号 档案盒号"),
        _DOCUMENT_NO,
        _CREATOR,
        _TITLE,
        _DATED,
        _LEVEL,
        _PAGES,
        _TYPE,
        _ORIGINAL,
        _PERIOD,
        *_ABOUT,
        _NOTE,
    ),
    marks=("reference_code", "seq_no", "box"),
)

CONTRACTS = SheetRule(
    SheetKind.CONTRACTS,
    _words("合同台账 合同台帐 合同登记表 合同登记簿 合同目录 合同一览表 合同管理台账"),
    (
        _NUMBER,
        _column("contract_no", Reads.CODE, "合同编号 合同号 协议编号 合同代码 编号", "field.contract_no", required=True),
        _column("title", Reads.TEXT, "合同名称 题名 项目名称 合同标题 合同内容 协议名称 名称 标的", "paper.title", required=True),
        _column("party_a", Reads.NAME, "甲方 甲方单位 甲方名称 委托方 发包方 出租方"),
        _column("party_b", Reads.NAME, "乙方 乙方单位 乙方名称 受托方 承包方 承租方"),
        _column("counterparty", Reads.NAME, "对方单位 对方 合同对方 签约单位 供应商 签约对方 合作单位 相对方", "field.counterparty"),
        _column("amount", Reads.MONEY, "金额 合同金额 合同价 合同总价 总金额 金额(元) 合同价款 价款", "field.amount"),
        _column("signed_on", Reads.DATE, "签订日期 签订时间 签约日期 签署日期 合同日期 签约时间", "field.signed_on"),
        _column("term", Reads.SPAN, "起止日期 合同期限 起止 履行期限 合同期 有效期 起止时间 服务期限 期限 合同起止", gives="term_from term_to"),
        _column("term_from", Reads.DATE, "起始日期 开始日期 起 生效日期 合同起始日 起租日期", "field.term_from"),
        _column("term_to", Reads.DATE, "终止日期 到期日期 止 结束日期 截止日期 到期日 合同到期日", "field.term_to"),
        _column("reference_code", Reads.CODE, "档号 档案号", "paper.reference_code"),
        _column("dossier", Reads.CODE, "卷宗号", "matter.dossier"),
        _PAGES,
        _COPIES,
        _column("handler", Reads.NAME, "经办人 承办人 签约人 负责人"),
        _PLACE,
        _LEVEL,
        _column("period", Reads.PERIOD, "保管期限 保存期限", "matter.period"),
        _DEPARTMENT,
        _YEAR,
        _CLASS,
        _PREMISES,
        _PARTY,
        _ORIGINAL,
        _NOTE,
    ),
    one_of=("counterparty", "party_a", "party_b"),
)  # fmt: skip

PARTIES = SheetRule(
    SheetKind.PARTIES,
    _words("业户名册 业主名册 业主清册 业户清册 租户名册 住户名册 业主信息表 客户名册 业户登记表 商户名册 业户台账"),
    (
        _NUMBER,
        _column("code", Reads.CODE, "业户编号 编号 客户编号 业主编号 租户编号 代码 业户代码", "party.code"),
        _column("premises", Reads.PREMISES, "房号 单元 单元号 房间号 室号 铺位 铺位号 房屋 单位 门牌号 房间 商铺号", "premises.code"),
        _column("building", Reads.TEXT, "楼座 楼栋 栋号 楼号 座 栋 幢", "premises.building"),
        _column("floor", Reads.TEXT, "楼层 层", "premises.floor"),
        _column("area", Reads.TEXT, "面积 建筑面积 面积(㎡) 建筑面积(㎡) 套内面积 租赁面积 计费面积", "premises.area"),
        _column("usage", Reads.TEXT, "用途 房屋用途 使用性质 房屋性质", "premises.kind"),
        _column("name", Reads.NAME, "业户 业户姓名 姓名 名称 客户名称 业户名称 单位名称 住户 住户姓名 商户 商户名称", "party.name"),
        _column("owner", Reads.NAME, "业主 业主姓名 业主名称 产权人 房主", "party.name"),
        _column("tenant", Reads.NAME, "租户 租户姓名 租户名称 承租人 使用人 承租方", "party.name"),
        _column("kind", Reads.PARTY_KIND, "类型 业户类型 身份 性质 客户类型 业主/租户 类别", "party.kind"),
        _column("phone", Reads.PHONE, "电话 联系电话 手机 手机号 联系方式 电话号码 移动电话 业主电话", "party.phone"),
        _column("emergency_contact", Reads.NAME, "紧急联系人 联系人", "field.emergency_contact"),
        _column("tenancy", Reads.SPAN, "租期 租赁期限 起止日期 起止", gives="tenancy_from tenancy_to"),
        _column("tenancy_from", Reads.DATE, "入住日期 收楼日期 入伙日期 起租日期 迁入日期 交楼日期", "field.tenancy_from"),
        _column("tenancy_to", Reads.DATE, "迁出日期 退租日期 到期日期", "field.tenancy_to"),
        _NOTE,
    ),
    one_of=("name", "owner", "tenant"),
)  # fmt: skip

LOANS = SheetRule(
    SheetKind.LOANS,
    _words("借阅登记簿 借阅登记表 档案借阅登记 借阅登记 借阅台账 查借阅登记 借阅记录"),
    (
        _NUMBER,
        _column("lent_on", Reads.DATE, "借阅日期 借出日期 日期 借出时间 借阅时间 借档日期", "loan.lent_on", required=True),
        _column("borrower", Reads.NAME, "借阅人 借阅人姓名 借用人 利用人 借档人 姓名", "loan.borrower", required=True),
        _column("department", Reads.NAME, "部门 借阅部门 单位 借阅单位 所在部门"),
        _column("reference_code", Reads.CODE, "档号 案卷号 档案编号 档案号 文件编号 编号", "loan.code"),
        _column("title", Reads.TEXT, "题名 案卷题名 档案名称 文件名称 借阅内容 档案名称及编号 名称 借阅档案名称", "loan.title"),
        _LEVEL,
        _column("pieces", Reads.TEXT, "卷/件/页数 卷/件/页数(清点) 数量 件数 页数 卷数 份数", "loan.pieces"),
        _column("purpose", Reads.TEXT, "用途 借阅事由 借阅目的 利用目的 事由 借阅用途", "loan.purpose"),
        _column("use_mode", Reads.TEXT, "利用方式 借阅方式 利用形式"),
        _column("approved_by", Reads.NAME, "批准人 审批人 批准"),
        _column("due_on", Reads.DATE, "应还日期 应归还日期 预计归还日期 借阅期限 归还期限 应还", "loan.due_on"),
        _column("lent_by", Reads.NAME, "经手人 借出经手人 档案员 经办人", "loan.lent_by"),
        _column("renewals", Reads.TEXT, "续借 续借日期 续借记录"),
        _column("returned_on", Reads.DATE, "实还日期 归还日期 还档日期 归还时间 实际归还日期 实还", "loan.returned_on"),
        _column("condition", Reads.TEXT, "完好情况 是否完好 归还状况 档案状况"),
        _column("chased", Reads.TEXT, "催还记录 催还"),
        _column("effect", Reads.TEXT, "利用效果 效果"),
        _NOTE,
    ),
    one_of=("reference_code", "title"),
)  # fmt: skip

INCOMING = SheetRule(
    SheetKind.INCOMING,
    _words("收文登记簿 收文登记表 收文登记 收文台账 收文簿 来文登记"),
    (
        _column("register_no", Reads.CODE, "收文号 收文编号 收文字号 顺序号 序号 登记号 收文序号 编号"),
        _column("received_on", Reads.DATE, "收文日期 收到日期 收件日期 日期 收文时间 来文日期 登记日期", "field.received_on", required=True),
        _column("correspondent", Reads.NAME, "来文机关 来文单位 发文单位 来函单位 来文部门 发文机关", "field.correspondent", required=True),
        _column("document_no", Reads.TEXT, "来文字号 文号 来文号 发文字号 文件编号 来文文号 字号", "paper.document_no"),
        _column("title", Reads.TEXT, "文件标题 标题 题名 文件名称 来文标题 事由 文件题名 内容 来文内容", "paper.title", required=True),
        _column("dated", Reads.DATE, "成文日期 文件日期 发文日期 来文时间", "paper.dated"),
        _ATTACHMENTS,
        _COPIES,
        _column("pages", Reads.COUNT, "页数 张数", "paper.pages"),
        _LEVEL,
        _column("handled_by", Reads.NAME, "承办单位 承办部门 承办人 办理部门 主办部门"),
        _SIGNED,
        _column("reply_to", Reads.CODE, "复文号 复文字号 复函号 复文情况", "field.reply_to"),
        _FILED_ON,
        _FILED_INTO,
        _column("reference_code", Reads.CODE, "档号 件档号", "paper.reference_code"),
        _column("period", Reads.PERIOD, "保管期限", "matter.period"),
        *_ABOUT,
        _NOTE,
    ),
)  # fmt: skip

OUTGOING = SheetRule(
    SheetKind.OUTGOING,
    _words("发文登记簿 发文登记表 发文登记 发文台账 发文簿"),
    (
        _column("register_no", Reads.CODE, "顺序号 序号 发文序号 登记号"),
        _column("sent_on", Reads.DATE, "发文日期 日期 发出日期 发文时间 印发日期 寄发日期", "paper.dated", required=True),
        _column("document_no", Reads.TEXT, "发文字号 文号 发文号 文件编号 发文编号 字号", "paper.document_no"),
        _column("title", Reads.TEXT, "文件标题 标题 题名 文件名称 发文标题 事由 文件题名 内容 发文内容", "paper.title", required=True),
        _ATTACHMENTS,
        _LEVEL,
        _COPIES,
        _column("pages", Reads.COUNT, "页数 张数", "paper.pages"),
        _column("correspondent", Reads.NAME, "发往机关 发往单位 主送单位 主送 收文单位 主送机关 受文单位 送达单位", "field.correspondent", required=True),
        _column("drafted_by", Reads.NAME, "拟稿人 拟稿部门 拟稿 经办人"),
        _column("issued_by", Reads.NAME, "签发人 签发"),
        _SIGNED,
        _FILED_ON,
        _FILED_INTO,
        _column("reference_code", Reads.CODE, "档号 件档号", "paper.reference_code"),
        _column("period", Reads.PERIOD, "保管期限", "matter.period"),
        *_ABOUT,
        _NOTE,
    ),
)  # fmt: skip

TABLE: Mapping[SheetKind, SheetRule] = {
    rule.kind: rule for rule in (VOLUMES, CONTENTS, FILED, CONTRACTS, PARTIES, LOANS, INCOMING, OUTGOING)
}

#: What may stand above the heading, or be said for the whole list, and how it is read.
ABOVE: Mapping[str, ColumnRule] = {
    rule.name: rule
    for rule in (
        _FONDS,
        _YEAR,
        _PERIOD,
        _LEVEL,
        _DEPARTMENT,
        _CLASS,
        _PREMISES,
        _PARTY,
        _DOSSIER,
        _PLACE,
        _column("volume", Reads.CODE, "案卷档号 案卷号 档号 卷号", "volume.reference_code"),
    )
}
