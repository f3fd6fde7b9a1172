"""The words an invented office is made of: departments, posts, firms, surnames. Pure tables."""

from __future__ import annotations

COMPANY = "听松和园物业服务有限公司"
FONDS = "K001"

#: code, Chinese name, English name, the word used in document numbers
DEPARTMENTS = (
    ("ZJL", "总经理办公室", "General Manager's Office", "办"),
    ("KF", "客服部", "Customer Service", "客"),
    ("GC", "工程部", "Engineering", "工"),
    ("AB", "安保部", "Security", "安"),
    ("CW", "财务部", "Finance", "财"),
    ("RS", "人事行政部", "Human Resources and Administration", "人"),
)

#: account, name, department, post as it is called, roles, clearance
PEOPLE = (
    ("gao.yuan", "高远", "ZJL", "总经理", ("GM",), "SECRET"),
    ("xu.lan", "许岚", "ZJL", "总经理秘书", ("GM_SECRETARY",), "SECRET"),
    ("jiang.wen", "蒋雯", "ZJL", "档案管理员", ("ARCHIVIST",), "CONFIDENTIAL"),
    ("lin.xiao", "林晓", "ZJL", "审计员", ("AUDITOR",), "INTERNAL"),
    ("shen.lu", "沈璐", "KF", "客服部经理", ("DEPT_MANAGER",), "CONFIDENTIAL"),
    ("qiu.ping", "邱萍", "KF", "客服主管", ("CS_SUPERVISOR",), "CONFIDENTIAL"),
    ("zhou.min", "周敏", "KF", "客服部文员", ("CLERK",), "CONFIDENTIAL"),
    ("luo.jing", "罗静", "KF", "资料员", ("RECORDS_CLERK",), "CONFIDENTIAL"),
    ("tan.yue", "谭悦", "KF", "楼层管家", ("STAFF",), "INTERNAL"),
    ("pan.jie", "潘洁", "KF", "楼层管家", ("STAFF",), "INTERNAL"),
    ("meng.hao", "孟浩", "GC", "工程部经理", ("DEPT_MANAGER",), "CONFIDENTIAL"),
    ("ye.ting", "叶婷", "GC", "工程部文员", ("CLERK",), "INTERNAL"),
    ("ding.rui", "丁锐", "GC", "机电工程师", ("STAFF",), "INTERNAL"),
    ("fan.lei", "范磊", "GC", "土建工程师", ("STAFF",), "INTERNAL"),
    ("feng.bo", "冯博", "AB", "安保部经理", ("DEPT_MANAGER",), "INTERNAL"),
    ("bai.ling", "白玲", "AB", "安保部文员", ("CLERK",), "INTERNAL"),
    ("cheng.yi", "程毅", "AB", "巡逻领班", ("STAFF",), "INTERNAL"),
    ("qin.yu", "秦宇", "AB", "安全保密员", ("SECURITY_ADMIN",), "CONFIDENTIAL"),
    ("su.qin", "苏琴", "CW", "财务部经理", ("DEPT_MANAGER",), "CONFIDENTIAL"),
    ("gu.fang", "顾芳", "CW", "会计", ("STAFF",), "INTERNAL"),
    ("mo.yan", "莫妍", "CW", "财务部文员", ("CLERK",), "INTERNAL"),
    ("han.mei", "韩梅", "RS", "人事主管", ("HR", "DEPT_MANAGER"), "SECRET"),
    ("wei.na", "魏娜", "RS", "人事行政部文员", ("CLERK",), "INTERNAL"),
    ("he.xin", "何昕", "RS", "系统管理员", ("SYSTEM_ADMIN",), "INTERNAL"),
)

#: code, name: firms the office hires
CONTRACTORS = (
    ("CB01", "洁庭环境服务有限公司"),
    ("CB02", "青禾园艺养护有限公司"),
    ("CB03", "安澜有害生物防治有限公司"),
    ("CB04", "恒梯电梯工程有限公司"),
    ("CB05", "磐守保安服务有限公司"),
    ("CB06", "宁燧消防器材有限公司"),
    ("CB07", "启枢智能科技有限公司"),
    ("CB11", "匠木装饰工程有限公司"),
    ("CB12", "格物建筑装饰有限公司"),
    ("CB13", "新柠室内设计工程有限公司"),
    ("CB14", "筑白装饰设计有限公司"),
)

#: code, name, the word it uses in its own document numbers
OUTSIDE_UNITS = (
    ("WD01", "听松街道办事处", "听街办函"),
    ("WD02", "望鹤市消防事务中心", "望消函"),
    ("WD03", "望鹤供水服务所", "望供函"),
    ("WD04", "望鹤城市清运服务站", "望清函"),
    ("WD05", "香港匯景測量師行", "HV"),
    ("WD06", "明衡律师事务所", "明衡函字"),
    ("WD07", "听松置业集团", "听置"),
    ("WD08", "望鹤市住房和城乡事务局", "望住建"),
    ("WB01", "和园业主委员会", "和业委"),
)

#: Firms that rent offices and shops.
FIRMS = (
    "蓝筝设计（Blue Kite Design）有限公司",
    "岚桥软件有限公司",
    "拾穗教育咨询有限公司",
    "远樵国际货运代理有限公司",
    "景行会计师事务所",
    "North Pier 贸易有限公司",
    "鹿鸣健康管理有限公司",
    "白榆建筑设计有限公司",
    "曜石数据服务有限公司",
    "归雁旅行社有限公司",
    "青简文化传播有限公司",
    "Quince Lab 生物科技有限公司",
    "沐川投资管理有限公司",
    "长亭人力资源有限公司",
)
SHOPS = (
    "小满咖啡",
    "阿茶餐厅",
    "四时花店",
    "味间面馆",
    "Maple 便利店",
    "一苇书房",
    "木棉药房",
    "晨跑运动用品店",
)

#: Further firms are made of a word and a trade.
FIRM_WORDS = ("云帆", "知秋", "远岫", "朴石", "澄江", "栖木", "九畹", "晴川", "怀瑾", "南窗", "松间", "北辰")
FIRM_TRADES = ("科技", "咨询", "贸易", "设计", "文化传播", "餐饮管理", "电子商务", "物流")

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜谢邹苏潘葛范彭鲁韦马苗方俞任袁柳"
GIVEN = (
    *("子衿", "若溪", "明哲", "雨桐", "思远", "嘉木", "知微", "清扬", "静姝", "景行", "维桢", "乐山"),
    *("望舒", "书禾", "一鸣", "文渊", "予安", "亦凡", "霁月", "修远", "如松", "晚晴", "国栋", "秀英"),
    *("建平", "丽华", "志强", "海燕", "玉兰", "德明", "淑芬", "永康"),
)

#: code, name, kind, parent, lockable
PLACES = (
    ("DA", "档案室", "ROOM", None, True),
    ("ZJ", "总经理办公室资料间", "ROOM", None, True),
    ("GCZ", "工程部资料间", "ROOM", None, False),
    ("DA-G01", "文书档案柜", "CABINET", "DA", False),
    ("DA-G02", "业户档案柜（一）", "CABINET", "DA", True),
    ("DA-G03", "业户档案柜（二）", "CABINET", "DA", True),
    ("DA-G04", "装修档案柜", "CABINET", "DA", True),
    ("DA-G05", "管护记录柜", "CABINET", "DA", False),
    ("ZJ-G01", "合同档案柜", "CABINET", "ZJ", True),
    ("ZJ-G02", "涉密文件柜", "CABINET", "ZJ", True),
    ("GCZ-G01", "图纸柜", "CABINET", "GCZ", False),
)

#: Layers in every cabinet, from the top, and how many volumes stand side by side on one.
LAYERS, ON_A_LAYER = 5, 20

#: class: what its volumes are called (R15); other classes leave the title to the catalogue
VOLUME_TITLES = {
    "YH·01": "和园物业客服部{premises}单元{occupant}入住收楼材料",
    "YH·02": "和园物业客服部{premises}单元{occupant}登记与身份资料",
    "YH·03": "和园物业客服部{premises}单元{occupant}钥匙交接与托管资料",
    "YH·04": "和园物业客服部与{premises}单元{occupant}来往函件",
    "YH·05": "和园物业客服部{premises}单元{occupant}修缮与回访记录",
    "YH·06": "和园物业客服部{premises}单元{occupant}投诉处理记录",
    "YH·07": "和园物业客服部{premises}单元{occupant}退租迁出材料",
    "ZX·01": "和园物业客服部{premises}单元{work}申请资料",
    "ZX·02": "和园物业客服部{premises}单元{work}图纸与审图意见",
    "ZX·03": "和园物业客服部{premises}单元{work}许可与进场资料",
    "ZX·04": "和园物业客服部{premises}单元{work}巡查与违章记录",
    "ZX·05": "和园物业客服部{premises}单元{work}竣工与消防验收资料",
    "ZX·06": "和园物业客服部{premises}单元{work}押金退还资料",
    "ZX·07": "和园物业客服部{premises}单元{work}物品放行记录",
    **{f"HT·0{n}": "{company}与{counterparty}{subject}合同" for n in range(1, 7)},
    "HT·07": "{company}与{counterparty}{subject}合同选聘、考评与付款资料",
    "WS·LW": "{correspondent}{year}年来函",
}
