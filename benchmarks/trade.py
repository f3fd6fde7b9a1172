"""Records of an invented trade archive, as many as wanted: about 600 characters each, always the same for a number.

Sentences come from the sample papers of the demonstration and from pools of words; names, firms, units, codes,
days and sums of money give the long tail of terms that real archives have.
"""

from __future__ import annotations

import random
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

LENGTH = 600
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章云苏潘葛奚范彭郎鲁韦昌马苗凤方俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵汪祁毛禹狄米贝明臧戴谈宋庞熊纪舒屈项祝董梁杜阮蓝闵席季贾路江童颜郭梅盛林钟徐邱骆高夏蔡田樊胡凌霍虞万柯管卢莫房裘缪解应宗丁宣邓"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛超秀霞刚桂英玉兰文建国志海波宇浩然子轩梓涵欣怡诗雨晨曦思远俊熙博睿瑞泽嘉懿煜城烨苑鹏炎彬鹤越风靖琪辉诚健柏修弘峻振雪春凤淑珍玲婷慧琳颖莹璐瑶佳雯倩珊露薇蕾莲菊竹松荷"
WORDS = "恒信华润万科粮地招商世嘉里瑞安太古隆凯德远保利绿湖旭辉茂富力越发贸联想兴腾飞宏图展鸿运通达顺丰蝶友东软神州航天长城尔格美创维康虹方正同紫光浪潮曙宝玄洪荒盈辰宿列张澄江栖木晴川怀瑾松间北星云帆知秋朴石"
TRADES = (
    "贸易",
    "科技",
    "咨询",
    "餐饮",
    "装饰工程",
    "文化传播",
    "投资",
    "物流",
    "电子",
    "广告",
    "信息技术",
    "进出口",
    "教育",
    "医疗器械",
    "机电安装",
    "园林绿化",
)
FORMS = ("有限公司", "股份有限公司", "有限责任公司")
CITIES = ("深圳市", "上海", "北京", "广州", "", "", "杭州", "成都市")
CLASSES = (("YH·", "YH"), ("ZX·", "ZX"), ("HT·", "HT"), ("WS·", "WS"), ("GC·", "GC"), ("FW·", "FW"))
LEVELS = (0, 10, 10, 10, 20, 30)
TOPICS = ("装修押金退还", "空调维修", "消防整改", "物业费催缴", "停车位租用", "外墙清洗", "电梯保养", "漏水投诉", "噪音投诉",
          "钥匙移交", "保险理赔", "二次供水", "租约续签", "退租验收", "广告位租用", "高空作业", "门禁升级", "绿化补种")  # fmt: skip
TITLES = ("{firm}{unit}租赁合同", "{firm}{unit}装修审批资料", "{unit}业户入伙登记表", "关于{unit}{topic}的函", "{firm}{topic}协议",
          "{year}年度{topic}总结", "{unit}{topic}处理记录", "{firm}档案移交清册")  # fmt: skip

WHO = ("客户服务部", "工程部", "安保部", "财务部", "楼层管家", "值班主管", "档案管理员", "施工单位", "业户", "租户", "外包单位", "现场负责人",
       "巡逻领班", "前台文员", "机电工程师", "保洁领班", "总经理办公室", "监理人员", "供应商", "物业管理公司", "夜班人员", "审图人员",
       "业户代表", "维保单位", "资料员", "经办人", "检查小组", "联合验收组")  # fmt: skip
WHEN = ("于当日上午", "在接到通知后", "每月末", "三个工作日内", "经核对原件后", "在巡查过程中", "完工以前", "按照合同约定", "于次日", "每季度",
        "节假日期间", "施工期间", "收到来函以后", "交接班时", "发现问题后", "逾期未办的", "在双方到场的情况下", "遇有紧急情况", "进场以前",
        "根据年度计划", "台风季节", "租约期满前", "电梯停运期间", "验收合格后", "按规定期限", "第一时间")  # fmt: skip
DOES = ("处理客户投诉", "核对登记资料", "检查消防设施", "退还装修押金", "签收往来函件", "安排维修人员", "整理归档文件", "审核施工图纸", "通知相关部门",
        "办理出入证件", "清点移交钥匙", "更换损坏配件", "记录水表电表底数", "核实业户身份", "复查整改情况", "协调相邻业户", "测试应急照明", "清洗生活水箱",
        "疏通排水管道", "收取物业管理费", "签署补充协议", "组织联合验收", "张贴温馨提示", "报送上月报表", "填写巡查记录", "回访报修业户",
        "检测空气质量", "封存有关案卷", "拍照留存现场情况", "修补墙面裂缝", "检修中央空调主机", "校验压力仪表", "盘点工具物料", "培训新进员工",
        "登记来访人员", "开具放行条", "催收逾期账款", "评估服务质量", "调取监控录像", "更新业户名册")  # fmt: skip
HOW = ("并书面报告部门经理", "同时抄送客户服务部", "由主管签字确认", "按月装订成册", "不得无故拖延", "费用由责任方承担", "相关资料存入案卷", "做到帐物相符",
       "确保人身安全", "以现场复核结果为准", "照片一并附后", "严禁擅自离岗", "必要时请专业公司协助", "对外口径保持一致", "注意保护公共设施", "避开办公高峰时段",
       "手续齐全方可办理", "责任落实到人", "随后跟进直至办结", "满意度列入当月考评", "原件交档案室保管", "超出预算须另行报批", "双方各执一份",
       "未经批准不得复制", "损坏照价赔偿", "保修期为两年", "做好交接签名", "结果公布于告示栏", "岗位职责见附表", "有关规定同时适用")  # fmt: skip
MORE = (
    "质量",
    "安全",
    "设备",
    "环境",
    "合同",
    "档案",
    "图纸",
    "费用",
    "人员",
    "秩序",
    "能耗",
    "绿化",
    "停车",
    "供电",
    "给排水",
    "弱电",
    "幕墙",
    "电梯",
    "空调",
    "消防",
)
ABOUT = (
    "管理",
    "检查",
    "报告",
    "记录",
    "标准",
    "方案",
    "计划",
    "台账",
    "培训",
    "评审",
    "考核",
    "通报",
    "统计",
    "改造",
    "预算",
    "资料",
)


@dataclass(frozen=True, slots=True)
class Record:
    """One record: what is searched, and what narrows and counts."""

    number: int
    title: str
    code: str
    creator: str
    body: str
    class_path: str
    family: str
    year: int
    level: int
    date: str
    name: str  # of the contact, somewhere in the text
    register: str  # a number like HT-2019-0032, somewhere in the text

    @property
    def uid(self) -> str:
        """Its key."""
        return f"r{self.number:08}"


def person(rng: random.Random) -> str:
    """A name of two or three characters."""
    return rng.choice(SURNAMES) + "".join(rng.choice(GIVEN) for _ in range(rng.choice((1, 2, 2))))


def firm(rng: random.Random) -> str:
    """A firm."""
    words = "".join(rng.choice(WORDS) for _ in range(rng.choice((2, 2, 3))))
    return rng.choice(CITIES) + words + rng.choice(TRADES) + rng.choice(FORMS)


def _day(rng: random.Random, year: int) -> str:
    return f"{year}年{rng.randrange(1, 13)}月{rng.randrange(1, 29)}日"


@cache
def clauses() -> tuple[str, ...]:
    """The clauses of the sample papers: their bodies, cut at punctuation and at blanks to be filled in."""
    found: dict[str, None] = {}
    for file in sorted(
        resources.files("archive.samples").joinpath("texts").iterdir(), key=lambda one: one.name
    ):
        if file.name.endswith(".toml"):
            for text in _texts(tomllib.loads(file.read_text("utf-8"))):
                found |= dict.fromkeys(one for one in re.split(r"[^\u4e00-\u9fff]+", text) if len(one) >= 5)
    return tuple(found)


def _texts(node: object) -> list[str]:
    if isinstance(node, str):
        return [node]
    parts = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [text for part in parts for text in _texts(part)]


def sentence(rng: random.Random, year: int) -> str:
    """One sentence of the trade; a few name people and firms, a few hold rare characters."""
    turn = rng.random()
    if turn < 0.12:
        parties = f"{person(rng)}与{firm(rng)}就{rng.choice(TOPICS)}一事"
        return f"{parties}于{_day(rng, year)}签署文件，金额人民币{rng.randrange(1000, 900_000)}元"
    if turn < 0.15:
        return "".join(chr(rng.randrange(0x4E00, 0x4E00 + 3000)) for _ in range(8))
    if turn < 0.65:
        return "，".join(rng.choice(clauses()) for _ in range(rng.choice((1, 2, 2, 3))))
    if turn < 0.75:
        return f"{rng.choice(MORE)}{rng.choice(ABOUT)}与{rng.choice(MORE)}{rng.choice(ABOUT)}由{rng.choice(WHO)}负责，{rng.choice(HOW)}"
    if turn < 0.85:
        return f"{rng.choice(WHO)}{rng.choice(WHEN)}{rng.choice(DOES)}，{rng.choice(DOES)}"
    return f"{rng.choice(WHO)}{rng.choice(WHEN)}{rng.choice(DOES)}，{rng.choice(HOW)}"


def record(number: int) -> Record:
    """Record *number*; always the same."""
    rng = random.Random(number * 2_654_435_761 % (1 << 61))
    year, (path, family) = rng.randrange(2008, 2026), rng.choice(CLASSES)
    unit, company, topic = (
        f"{rng.choice('ABCDE')}座{rng.randrange(1, 45)}{rng.randrange(1, 13):02}",
        firm(rng),
        rng.choice(TOPICS),
    )
    register, name = f"{family}-{year}-{rng.randrange(10_000):04}", person(rng)
    month, day = rng.randrange(1, 13), rng.randrange(1, 29)
    phone = f"1{rng.randrange(30, 99)}{rng.randrange(10**8):08}"
    parts = [f"{company}位于{unit}，联系人{name}，电话{phone}，编号{register}，日期{year}年{month}月{day}日"]
    length = len(parts[0])
    while length < LENGTH:
        parts.append(sentence(rng, year))
        length += len(parts[-1]) + 1
    title = rng.choice(TITLES).format(firm=company, unit=unit, topic=topic, year=year)
    return Record(
        number, title, f"K001-ZY·{family}·{year}·D30-{number:07}", company, "。".join(parts) + "。", path, family, year,
        rng.choice(LEVELS), f"{year}-{month:02}-{day:02}", name, register,
    )  # fmt: skip


# --- questions --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ask:
    """One question: words that must all be found, each as an exact phrase; and what narrows it."""

    words: tuple[str, ...]
    family: str = ""
    years: tuple[int, int] | None = None
    level: int | None = None  # at most


COMMON_WORDS = ("投诉", "装修", "物业", "客户", "业户", "服务", "管理", "部门", "人员", "资料")
COMMON_PHRASES = (
    "物业管理",
    "客户服务",
    "装修押金退还",
    "处理客户投诉",
    "有限公司",
    "服务质量",
    "岗位职责",
    "漏水投诉",
    "物业管理公司",
    "消防设施",
)
PAIRS = (("投诉", "处理"), ("装修", "审核"), ("押金", "退还"), ("电梯", "保养"), ("空调", "维修"), ("消防", "整改"),
         ("合同", "签署"), ("租约", "期满"), ("保险", "理赔"), ("验收", "记录"))  # fmt: skip


def questions(rows: int, per: int = 40) -> dict[str, list[Ask]]:
    """By class of question, drawn from the first *rows* records."""
    rng = random.Random(7)
    drawn = [record(rng.randrange(rows)) for _ in range(per)]
    return {
        "rare name": [Ask((one.name,)) for one in drawn],
        "code": [Ask((one.register,)) for one in drawn],
        "common word": [Ask((word,)) for word in COMMON_WORDS],
        "sampled phrase": [Ask((_cut(rng, one.body),)) for one in drawn],
        "common phrase": [Ask((phrase,)) for phrase in COMMON_PHRASES],
        "boolean and filter": [
            Ask(pair, CLASSES[at % 6][1], (2008 + at, 2013 + at), 20) for at, pair in enumerate(PAIRS)
        ],
    }


def _cut(rng: random.Random, body: str) -> str:
    """Four to six characters out of the middle of a clause."""
    runs = [
        run
        for run in body.replace("。", "，").split("，")
        if len(run) >= 8 and all("\u4e00" <= c <= "\u9fff" for c in run)
    ]
    run = rng.choice(runs)
    start = rng.randrange(len(run) - 5)
    return run[start : start + rng.choice((4, 5, 6))]
