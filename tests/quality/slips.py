"""Short papers of the front desk whose every fact is drawn here, with the many ways in which people write it."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass

#: Names of two to four characters; many begin like another.
NAMES = (
    "王伟", "王伟明", "王伟", "张三", "张三丰", "李娜", "李娜英", "刘洋", "刘洋洋", "陈静", "陈静怡", "赵云峰", "赵云",
    "欧阳修远", "欧阳修", "司马明", "司马明月", "诸葛文", "黄磊", "黄磊磊", "孙丽", "孙丽华", "禤文", "禤文杰", "仝芳",
    "阿依古丽", "周末", "高明", "高明远", "方正", "方正平", "于洋", "何必", "常乐", "安宁", "钱多多",
)  # fmt: skip
UNITS = tuple(f"{b}{f:02}{n:02}" for b in "ABC" for f in (3, 8, 12, 13, 20) for n in (1, 2, 3, 11))
PLATES = (
    "粤B12K3N",
    "粤B12K3M",
    "粤A8D55Q",
    "湘E00712",
    "京N6F2T9",
    "粤BD12345",
    "粤B77X01",
    "沪C9K8L7",
    "皖A0T6P3",
    "粤BF66088",
)
PHONES = tuple(f"138001380{n:02}" for n in range(0, 40, 3)) + tuple(
    f"0755-2688{n:04}" for n in range(1000, 1400, 70)
)
GOODS = ("办公桌椅六套", "文件柜三个", "旧沙发一张", "LED显示屏两块", "UPS电源一台", "跑步机一台", "钢琴一架", "服务器机柜",
         "打印机两台", "4K摄像头八只", "Wi-Fi路由器", "绿萝二十盆", "石膏板余料", "保险箱一只", "HP墨盒一箱")  # fmt: skip
TROUBLES = ("卫生间漏水", "空调不制冷", "走廊灯不亮", "门禁卡失效", "楼上装修噪音", "电梯困人", "下水道堵塞", "玻璃幕墙渗水",
            "B1层车库积水", "消防栓滴漏", "Wi-Fi信号差", "CCTV黑屏", "白蚁蛀门框", "排烟管异味", "道闸不抬杆", "墙面发霉")  # fmt: skip
DONE = (
    "已更换配件",
    "已疏通",
    "已约厂家上门",
    "转外包单位处理",
    "业户自行处理",
    "已列入大修计划",
    "已协调双方",
    "重新注册门禁卡",
)
MATERIALS = (
    "防火板",
    "ISO9001认证证书",
    "SGS检测报告",
    "乳胶漆",
    "PVC线管",
    "φ20镀锌管",
    "E1级细木工板",
    "3M贴膜",
)
SUBJECTS = ("车位月卡", "信报箱", "广告灯箱", "外墙招牌", "会议室", "临时电源", "货梯", "充电桩")

Said = tuple[str, str]  # as it is meant, as it is written


def _day(rng: random.Random) -> Said:
    day = dt.date(2012, 1, 1) + dt.timedelta(days=rng.randrange(14 * 365))
    return day.isoformat(), rng.choice(list(written(day)))


def written(day: dt.date) -> Iterator[str]:
    """The forms in which *day* stands in papers."""
    y, m, d = day.year, day.month, day.day
    digits = "〇一二三四五六七八九"
    year = "".join(digits[int(c)] for c in str(y))
    yield from (f"{y}年{m}月{d}日", f"{y}年{m:02}月{d:02}日", f"{y} 年 {m} 月 {d} 日", day.isoformat())
    yield from (f"{y}.{m}.{d}", f"{y}.{m:02}.{d:02}", f"{y}/{m}/{d}", day.strftime("%Y%m%d"))
    for zero in "〇零○":
        yield f"{year.replace('〇', zero)}年{_count(m)}月{_count(d)}日"


def _count(number: int) -> str:
    tens, ones = divmod(number, 10)
    digits = "〇一二三四五六七八九"
    return ("" if not tens else "十" if tens == 1 else digits[tens] + "十") + (digits[ones] if ones else "")


def _unit(rng: random.Random) -> Said:
    unit = rng.choice(UNITS)
    building, number = unit[0], unit[1:]
    return unit, rng.choice(
        (unit, unit, f"{building}-{number}", f"{building}座{number}", f"{building} {number}")
    )


def _plate(rng: random.Random) -> Said:
    plate = rng.choice(PLATES)
    return plate, rng.choice(
        (plate, f"{plate[:2]}·{plate[2:]}", f"{plate[:2]}-{plate[2:]}", f"{plate[:2]} {plate[2:]}")
    )


def _phone(rng: random.Random) -> Said:
    phone = rng.choice(PHONES)
    if "-" in phone:
        return phone, rng.choice((phone, phone.replace("-", " "), phone))
    return phone, rng.choice(
        (phone, f"{phone[:3]}-{phone[3:7]}-{phone[7:]}", f"{phone[:3]} {phone[3:7]} {phone[7:]}")
    )


def _money(rng: random.Random) -> Said:
    yuan = rng.choice((2_800, 28_000, 12_800, 5_000, 50_000, 128_000, 1_280, 3_600))
    return f"{yuan}元", rng.choice((f"{yuan}元", f"{yuan:,}元"))


def _contract(rng: random.Random) -> Said:
    code = f"HT-{rng.randrange(2014, 2020)}-{rng.randrange(1, 40):04}"
    return code, rng.choice((code, code.replace("-", "—"), code.replace("-", "－"), code.replace("-", "/")))


def _permit(rng: random.Random) -> Said:
    code = f"ZXXK-{rng.randrange(2014, 2020)}-{rng.randrange(1, 30):03}"
    return code, rng.choice((code, code, code.lower(), code.replace("-", "_")))


def _from(table: tuple[str, ...]):
    return lambda rng: (rng.choice(table),) * 2


DRAWN = {"name": _from(NAMES), "other": _from(NAMES), "unit": _unit, "plate": _plate, "phone": _phone, "day": _day,
         "until": _day, "money": _money, "contract": _contract, "permit": _permit, "goods": _from(GOODS),
         "trouble": _from(TROUBLES), "done": _from(DONE), "material": _from(MATERIALS),
         "subject": _from(SUBJECTS)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of slip: class, kind of paper, department, title and text with holes."""

    class_code: str
    doc_type: str
    department: str
    title: str
    body: str


FORMS = (
    Form("ZX·07", "物品放行条", "AB", "{unit}单元物品放行条", "{name}凭本条将{goods}搬出{unit}单元，车牌{plate}，放行日期{day}。经手人{other}，电话{phone}。"),
    Form("YH·05", "报修单", "GC", "{unit}单元{trouble}报修单", "{day}，{unit}业户{name}来电：{trouble}。电话{phone}。处理结果：{done}。"),
    Form("YH·10", "停车协议", "KF", "{name}停车位使用协议", "{unit}业户{name}，车牌{plate}，自{day}起至{until}止使用地库固定车位，月租{money}。联系电话{phone}。"),
    Form("FW·04", "来访登记", "AB", "来访登记 {plate}", "{day}来访：{name}，到{unit}找{other}，驾车{plate}，事由：{subject}。"),
    Form("HT·05", "采购合同", "ZJL", "{material}采购合同{contract}", "合同编号{contract}，乙方代表{name}，供应{material}，总价{money}，{day}签订，{until}前交货。"),
    Form("ZX·03", "施工许可", "KF", "{unit}单元施工许可{permit}", "许可证{permit}：准许{name}自{day}起在{unit}施工，材料为{material}，押金{money}。安全员{other}，电话{phone}。"),
    Form("YH·06", "投诉记录", "KF", "{name}关于{trouble}的投诉", "{day}接{unit}单元{name}投诉：{trouble}，曾于{until}报修。{done}，{other}回访满意。"),
    Form("FW·05", "租用申请", "KF", "{subject}租用申请", "申请人{name}（{unit}单元，电话{phone}）拟自{day}起租用{subject}，已交保证金{money}。经办{other}。"),
    Form("YS·01", "钥匙借用单", "KF", "{unit}单元钥匙借用单", "{name}于{day}借用{unit}单元备用钥匙一把，用于处理{trouble}，证明人{other}。"),
    Form("WS·NB", "便条", "KF", "便条：{subject}", "请{name}转告{other}：{subject}的费用{money}于{day}到账，合同号{contract}，详询{phone}。"),
)  # fmt: skip


def slip(form: Form, rng: random.Random) -> tuple[dict[str, str], dict[str, str]]:
    """The facts of one slip: as they are meant, and as they are written on it."""
    meant: dict[str, str] = {}
    put: dict[str, str] = {}
    for hole, draw in DRAWN.items():
        meant[hole], put[hole] = draw(rng)
    while meant["other"] == meant["name"]:
        meant["other"], put["other"] = DRAWN["other"](rng)
    holes = [hole for hole in DRAWN if f"{{{hole}}}" in form.title + form.body]
    return {hole: meant[hole] for hole in holes}, {hole: put[hole] for hole in holes}
