"""Which charset a text is written in: mark, then strict UTF-8, then the reading with the commonest characters.

Short Chinese texts defeat general guessers; here a reading is scored by how many of its characters
people really write. GB18030 is the habit of the house, so Big5 and unmarked UTF-16 must win clearly.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping

SAMPLE = 64 * 1024
"""Bytes looked at to choose between readings."""

MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)

LEAST = 0.08
"""A guessed reading that scores less is no writing at all."""

SURELY = 0.5
"""GB18030 that scores more is writing, even where the bytes are sound UTF-8 (图注) that says nothing."""

HANDICAP: Mapping[str, float] = {
    "gb18030": 0.0,
    "utf-8": 0.05,
    "big5hkscs": 0.15,
    "utf-16-le": 0.2,
    "utf-16-be": 0.2,
}
"""How much better than GB18030 each reading must score, of a most of 1."""

DECLARED: Mapping[str, str] = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
}
"""Charsets as letters and pages declare them, read by their superset."""

COMMON = frozenset(
    "的一是不了在人有我他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水万市眼体别处总才场师书比住员九笑性通目华报立马命张活难神数件安表原车白应路期叫死常提感金何更反合放做系计或司利受光王果亲界及今京务制解各任至清物台象记边共风战干接它许八特觉望直服毛林题建南度统色字请交爱让认算论百吃义科怎元社术结六功指思非流每青管夫连远资队跟带花快条院变联权往展该领传近留红治决周保达办运武半候七必城父强步完革深区即求品士转量空甚众技轻程告江语英基派满式李息写呢识极令黄德收脸钱党倒未持取设始版双历越史商千片容研像找友孩站广改议形委早房音火际则首单据导影失拿网香似斯专石若兵弟谁校读志飞观争究包组造落视济喜离虽坏兴切证付楼层号室户租客费合约装修图纸案卷档借还阅签章印复份页册期限届满销毁移交登记鉴定密级客户业主承物业服务中心经理主管员收据发票押金水费供暖停车位仓库消防安全检查整改通知函件盖章甲乙丙丁楼宇设备维保养记录表格附件验收竣工项目工程施工单位变更备忘绿化清洁秩序维护投诉回访月度年度报告纪要会议培训合格证书"
    "這個們來時會過學國對後說為還發沒經無開長點業問間東門車電話題員書報馬張難數應號樓層戶約裝圖紙檔閱簽複頁冊屆滿銷毀記鑑級客賬費務單據產權許議證驗項設備維養緊織標準總經處實現動關係寫與當從請給讓進運達遠連選適風飛體興舊萬葉華樣橋機歷歲氣決況沖準漢灣為無爾獎環畫異療監盤確種積稱穩窮節築簡糧級純紅細終組結統絕絲綠維網緒線編縣繼續聯職聽腦臺舉藝藥虧蟲蘭術衛衝補製複規視覺親觀計訂討訓託設訪評詞試詩該詳認語誤課調談論諸證識議護讀變財責貴買貸費資質購轉軍農遲郵鄉釋鐵銀錢錯鎖鎮門閉陽陸隊際險隨雜雙離雲靈靜響頁項順須預領頭頻題願類顧顯飲養餘館驚龍"
    "，。、；：？！（）《》「」『』“”‘’【】—…·　％￥０１２３４５６７８９"
)


def decode(data: bytes, declared: str | None = None, *, whole: bool = True) -> tuple[str, str, int]:
    """The text, the charset it was read by, and how many characters could not be read.

    *declared* is believed when it reads the bytes without a slip; bytes that are not the *whole* text may end
    within a character.
    """
    known = _marked(data) or _believed(data, declared, whole=whole)
    charset = known or _likeliest(data[:SAMPLE])
    text = data.decode(charset, "replace").removeprefix("\ufeff")
    nonsense = known is None and score(text[:SAMPLE]) < LEAST
    return text, charset.removesuffix("-sig"), len(_telling(text)) if nonsense else text.count("\ufffd")


def declared(data: bytes, charset: str) -> str:
    """The text of bytes whose charset is stated with authority; guessed where they do not read by it."""
    try:
        return data.decode(charset) if charset else decode(data)[0]
    except (LookupError, UnicodeError):
        return decode(data, charset)[0]


def _marked(data: bytes) -> str | None:
    return next((charset for mark, charset in MARKS if data.startswith(mark)), None)


def _believed(data: bytes, stated: str | None, *, whole: bool) -> str | None:
    """UTF-8 or the stated charset, if the bytes read by it; if both do, the likelier of the two.

    A short GBK text may be sound UTF-8 by chance; a stated charset decides there, where it reads better.
    """
    named = DECLARED.get((stated or "").strip().lower(), (stated or "").strip())
    sound = {
        charset: text
        for charset in ("utf-8", named)
        if (text := _sound(data, charset, whole=whole)) is not None
    }
    if (
        not named
        and score(sound.get("utf-8", "")[:SAMPLE]) <= 0
        and score(_begun(data[:SAMPLE], "gb18030")) > SURELY
    ):
        return "gb18030"
    best = max(sound, key=lambda charset: score(sound[charset][:SAMPLE]), default=None)
    return codecs.lookup(best).name if best else None


def _sound(data: bytes, charset: str, *, whole: bool) -> str | None:
    try:
        if whole:
            text = data.decode(charset) if charset else "\0"
        else:
            text = codecs.getincrementaldecoder(charset)().decode(data) if charset in HANDICAP else "\0"
    except (LookupError, UnicodeError, ValueError):
        return None
    return None if "\0" in text else text


def _likeliest(sample: bytes) -> str:
    """The reading that scores best; where none looks like writing, the habit of the house."""
    scores = {charset: score(_begun(sample, charset)) for charset in HANDICAP}
    best = max(HANDICAP, key=lambda charset: scores[charset] - HANDICAP[charset])
    return best if scores[best] >= LEAST else next(iter(HANDICAP))


def _begun(sample: bytes, charset: str) -> str:
    """The sample as read by *charset*; a character cut in half at its end does not count."""
    return codecs.getincrementaldecoder(charset)("replace").decode(sample, final=False)


def score(text: str) -> float:
    """How much *text* looks like writing: 1 at best, below 0 for controls and unreadable characters.

    Letters and digits of ASCII read alike in every charset here, so they have no say.
    """
    telling = _telling(text)
    return sum(map(_worth, telling)) / len(telling) if telling else 1.0


def _telling(text: str) -> list[str]:
    return [one for one in text if not (one.isascii() and (one.isprintable() or one in "\r\n\t\f"))]


def _worth(one: str) -> float:
    if one in COMMON:
        return 1.0
    if "\u4e00" <= one <= "\u9fff":
        return 0.1
    return -1.0 if one == "\ufffd" or "\ue000" <= one <= "\uf8ff" or not one.isprintable() else 0.0
