"""Words that hold a numeral or a negation and state none, and what makes a figure of a numeral.  Data only.

In / Out: tables.  Order: not a stage; read by `stages._marks`.
Source: this project's own; a word counts when in doubt, so what is not sure to state nothing is left out.
"""

from __future__ import annotations

from typing import Final

_ORDINARY: Final = """
    一些 一样 一起 一定 一般 一直 一致 一切 一旦 一味 一同 一律 一番 一边 一面 一时 一下 一点 一度
    一道 一体 一流 一线 一带一路 一带 一再 一向 一贯 一共 一举 一手 一心一意 一心 一方面 一经 一并
    一概 一系列 一席 一路 一连 一齐 一身 一成不变 一如既往 一模一样 一五一十 一一 统一 唯一 同一
    单一 专一 逐一 之一 万一 进一步 不一 划一 独一无二 合一 如一 十分 十足 四处 四周 四季 四方
    四面八方 四川 四肢 三亚 三峡 三明 三农 三星 三角 三文鱼 三番五次 再三 五金 五湖四海 五颜六色
    七夕 七嘴八舌 七上八下 乱七八糟 八卦 八达岭 九寨沟 九江 九龙 不三不四 三三两两 两岸 两会 两国
    两侧 两旁 两者 两边 百姓 百货 百科 百度 百合 百般 百花齐放 百分百 千方百计 千家万户 千里 千克
    千米 千瓦 千伏 千卡 千帕 百帕 万物 万众 万岁 万里 万能 万分 亿万 零售 零食 零件 零星 零散 重阳
"""
#: Words that hold a numeral character and state no figure.
ORDINARY: Final = tuple(_ORDINARY.split())
#: Characters after which "一", "百", "千", "万", "亿" or "零" that stands alone is a figure.
MEASURES: Final = frozenset(
    "个個名位人次年月日天时時分秒起件家户张条條项項只头匹辆輛架艘台部本册支枚颗粒块片座栋间所层"
    "楼号期届场場轮局盘集章节篇首幅封份批种種类類元角吨噸克斤亩度倍成半代级等组組队班对双套岁歲"
    "周季国省市县区村镇公平立美英欧米里厘毫余多几来百千万亿"
)
_NOT_NEGATION: Final = """
    不过 不仅 不但 不断 不少 不同 不久 不管 不论 不得不 差不多 对不起 了不起 不禁 不妨 不愧 不锈钢
    不动产 不时 不单 不光 不只 不约而同 不一 不三不四 不丹 无论 无数 无线 无人机 无锡 无非 无疑 无不
    非常 非洲 非得 非遗 非典 非盟 除非 是非 南非 东非 西非 北非 莫非 未来 未婚夫 未婚妻 沉没 淹没
    没收 没落 出没 埋没 吞没 湮没
"""
#: Words that hold a character of negation and negate nothing.
NOT_NEGATION: Final = tuple(_NOT_NEGATION.split())
