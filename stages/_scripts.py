"""How much a decoded text looks like Chinese, Japanese, Korean, Cyrillic or Western European writing.

In: a text.  Out: a score of at most about 1, from the characters outside ASCII; a wrong encoding gives low ones.
Order: under `stages.decode` and `stages._mojibake`.
Source: the frequent characters are this project's own choice for news; the weights
were set on passages of 20, 60 and 150 characters in 38 pairs of language and encoding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import mul
from typing import Final

from stages import _t2s
from stages._late import late

#: Characters that news in simplified characters repeats most: function words, numbers, places, politics, trade.
_SIMPLIFIED: Final = (
    "的了是在不和有这那个我你他她它们们之其此以于与及而且或但因为所从到由对向被把将让给使"
    "会能可要应该必须想说道看见听问请告诉认知觉得就才都也还又再已曾正刚只仅很更最太非常真全总"
    "一二三四五六七八九十百千万亿两零多少半几每各第年月日时分秒天周星期今昨明早晚午夜春夏秋冬"
    "上下左右前后里外内中间东西南北边面头国家省市县区乡镇村街路地方城农民人口男女老小大孩子生"
    "学校教师育书文字语言报纸记者编辑责任新闻社电网站据消息来源访采发布表示介绍指出称报道"
    "政府党委主席总理部长局官员会议代表大法律规定制度治理管领导组织建设工作改革开放发展经济"
    "社会保障安全公共服务企业公司集团市场产品价格资金银行投融元美增长下降提高比同率亿达到超过"
    "科技术研究院所数据信息系统智能机器车电力水气能源环境保护生态气候变化雨雪风灾救援死亡伤"
    "医疗院病患者药健康疫情感染检测警察案件调查起诉判决军队战争和平国际关系合作交流美英法德日韩俄"
    "体育比赛球队员冠军赛场运动文化艺术电影音乐历史传统活动节举行办参加进出入开始结束完成实现"
    "通过推动加强支持促深持续重要主要基本具体特别相关不断问题情况原因结果影响作用方面目标任务计划"
    "成立取得获得新高好长远近快慢轻些什么怎样如何谁哪没无未自己别当然后而来去走起住行做用点件"
    "名位条次度性力心手口眼身马张王李金江河海山东广京沪港台湾线面化本定事业等们物种类型利益权量质"
    "接受收支付费税票房土产量供需求消费居住民族群众生命死活意见思想理论义真信息任何空间解回合式"
)
#: The same characters where traditional writing has another form, pair by pair.
_FORMS: Final = str.maketrans(
    "这个们与为从对将让给会应该须说见听问请诉认觉刚仅总万亿两几时东边面头国乡镇农学师书语报纸记编辑责"
    "任闻电网据访采发绍称道党长员议规导组织设开经济务业产价资银业增达过科术研数统机车气环护态气变灾"
    "伤医疗药检测调诉决军队战际关俄员军赛场运动艺乐历传举办进结实现通动强续体别问题况结响计划获远"
    "轻么样谁没无别当来后条马张广线当种类权质费税产众命论义间解术讯团亿场显热战单极标转该块专参级办县湾"
    "习区压厂严丽乌云补丰临难双观欢号图书写红约纪纯级维综录钟钱铁错键闭阳阴际陆陈险随隐雾页项顺预领频颜风飞饭馆验鱼鸟黄齐龙"
    "于里内争韩节断点沪",
    "這個們與為從對將讓給會應該須說見聽問請訴認覺剛僅總萬億兩幾時東邊面頭國鄉鎮農學師書語報紙記編輯責"
    "任聞電網據訪採發紹稱道黨長員議規導組織設開經濟務業產價資銀業增達過科術研數統機車氣環護態氣變災"
    "傷醫療藥檢測調訴決軍隊戰際關俄員軍賽場運動藝樂歷傳舉辦進結實現通動強續體別問題況結響計劃獲遠"
    "輕麼樣誰沒無別當來後條馬張廣線當種類權質費稅產眾命論義間解術訊團億場顯熱戰單極標轉該塊專參級辦縣灣"
    "習區壓廠嚴麗烏雲補豐臨難雙觀歡號圖書寫紅約紀純級維綜錄鐘錢鐵錯鍵閉陽陰際陸陳險隨隱霧頁項順預領頻顏風飛飯館驗魚鳥黃齊龍"
    "於裡內爭韓節斷點滬",
)
_TRADITIONAL: Final = _SIMPLIFIED.translate(_FORMS)
#: Simplified characters that come next.  Text is made of these and the frequent ones but for one character in
#: twenty; what a wrong reading gives is taken from all characters of the standard, four times as many.
_COMMON: Final = (
    "却爱青志望造观单声落诗首先随选反像往步确注形象养尽兴列初备证叫转越值故识程底花装容整联精拿适尔依除存引坚树石严层根状"
    "刻素积视排角黄细验效讲助失势尼兰置片围客座温优拥预错似突坐罗脸写紧既念读亲按款登怕静破追油苏讨武充切香免归波材试套盘"
    "皇朝妈爸爷奶哥姐弟妹婚友朋酒茶饭菜肉鱼鸡鸭牛羊猪狗猫鸟虫草木林森红橙蓝绿紫黑白灰铜铁钢玉珠衣裤鞋帽包箱桌椅床灯窗门墙"
    "屋楼顶室厅厨厕园冷热寒暖湿干燥晴阴云雾霜冰雷闪暴洪涝旱震脑额眉鼻耳嘴牙舌喉颈肩臂掌胸背腰腹腿脚骨血皮毛肝肺胃肾跑跳躺"
    "睡醒吃喝玩笑哭喊唱舞画拍打踢拉抓握抱扛搬送寄挂贴剪割挖埋喂买卖租借赚欠赔罚奖捐账润亏损股债券险贷押速缓急忙闲迟久暂永"
    "偶频屡低矮胖瘦粗宽窄厚薄浅短软硬松旧幼嫩坏丑善恶假虚弱富穷贵贱贫饱饿渴累困苦甜酸辣咸臭喜怒哀悲欢忧愁恐惧惊羞愧骄傲谦"
    "勇敢懦怯恨怨仇恩谢歉疑父母夫妻儿孙祖叔伯舅姑姨侄婆媳赵钱吴郑冯陈卫蒋沈杨朱秦许吕施孔曹华魏陶姜邹章潘葛范彭郎鲁韦苗俞"
    "袁柳唐薛贺倪汤毕郝傅卞齐伍余顾孟穆萧尹姚邵汪祁禹狄米贝伏戴谈宋茅庞熊纪舒屈项祝董梁杜阮季麻贾娄危童颜郭梅盛刁钟徐邱骆"
    "蔡田樊胡凌霍虞柯卢莫宗丁宣邓杭崔吉龚邢裴陆荣翁惠曲封储靳段巫乌焦巴弓牧谷侯宁甘厉戎符刘景詹龙叶幸黎蒲卓乔庄柴阎慕连习"
    "艾古易廖豫皖浙闽赣湘鄂粤桂琼川渝滇藏陕疆蒙辽冀晋津亚欧洲澳印泰柬缅菲坡克匈捷奥瑞挪丹芬荷葡班希腊伊朗色叙约旦沙阿酋埃"
    "肯坦赞桑墨秘择删添修复粘搜索找替换览另退录册密码户邮链址域端协配函串典循返异误译署版补漏洞毒防火压缩份恢磁夹径限处显"
    "卡键鼠屏幕钮图签页框架模块插扩令终控拟镜负载均衡监输订阅坛博档例仓库并隆冲默属功界播停止继顿构逻抽简杂难洁清晰混乱准"
    "便宜商考虑尝拒绝允禁激启闭休眠唤虽即否则甚至着鉴缺乏满含括涉覆盖遍散匹筛滤序算估评析纳演绎承担履享遵守违惩励批扬鼓抗"
    "罢游威竟直乎差仿佛概宝庆福寿财旺祥顺射击剑箭炮弹枪炸毁舰艇潜航飞翔驶驾舱岸滩岛屿湖泊溪泉井池塘堤坝桥隧渠稻麦豆粮棉糖"
    "盐醋酱蔬瓜桃梨苹萄柿枣栗烟抢偷盗骗杀害凶犯罪狱刑审讼仲裁词辩撤离逃避躲隐瞒揭露曝光泄窃矿煤炭铀核燃烧爆喷污尘废弃垃圾"
    "堆填婴孕妇残疾聋哑盲癌症肿瘤尿脂肪肥减岁世届旬刊篇幅句籍稿著述诺杯牌胜败赢厂铺店摊柜贩售购销货弘壮丽宏伟巨微迷岗职聘"
    "雇薪酬遣辞磋妥盟邦侨移疏营献慈愿募筹丝绸瓷漆雕绘绣牵阻碍妨扰矛盾纠纷尺寸丈亩斤吨升毫厘穿撒洒泼浇灌溉淋浴洗刷擦扫拖抹"
    "朵株棵枝茎芽籽壳吸呼喘咳嗽吐咽吞嚼咬舔嗅倒塌陷裂折碎锈腐烂吵闹骂斗殴撕扯拽尊敬佩羡嫉妒忌讳厌烦恼奇怪殊普泛狭隘糊楚透"
    "彻谨慎仔糙忽抵触碰撞摸创操级执够号话帮带戏某专互板驱味仍较维趣释独您致足钥派描础照跟赖吗呢笔踪吧略详骤询留待私针极截"
    "寻熟稳亮答探卷歌遇栏迎巧攻策灵靠佳递般占隔悉映媒唯掉栈托附锁荐兼固练双挑阶棒耗忘临跨帐惯授嵌滚尤良馈丢课延途努斯尾副"
    "侧丰训翻聊践偏神料绑汇稍敏庭竞哈逐摄秀币纯阵猜捕壁漂植帧末诸旨彩繁跃剧士卸轮搭赋崩仪糟酷措若惑塞奋汽聚烈绕距渐伴倾征"
    "讯浪倍趋拼尚旅挥滑遗冒幻侵妙培讶弄呈缘暗芯辨懂宿伙粉圆恰凭迫鲜盒净迅叠雅抛帖痛浮食辅乘狂敌怀缝敲迹斜摆胁饰纹摘旋拆瓶"
    "扇横伸圣携拓州轨轴丧邀沿耐垂掘峰赏棋综啊涯拦圈孤遭谱柱渡瓦尖沉纵诚央奏粒拨雄娱冻餐哲斥劳龄御灭礼野誉挺勾忠兆刺堂恭挡"
    "塔犹脆甲阳筑辆兽蛇塑渔绳舟帆锚虾蟹蜂竹莲菊樱兔虎鹿猴狼"
)
_COMMON_WEIGHT: Final = 0.6
_HANGUL: Final = (
    "이가은는을를의에서로으와과도만에게한하해했합니다고지기시사자정부대인일전제국주장보상리회관원수성공"
    "구동조금화민생경안오어나라있었습않없것수그저들및등년월일시분초만천백여명개중후내외신구새문학교"
    "방행위원선거발표결정계획지원사업기업시장경제산업기술연구개발세계미국북남한서울부산광역도군청"
    "경찰검찰법재판소송의혹수사조사밝혔다며면서까부터마대통령총리장관의원정당여야협약력력할될된되"
    "건강병원환자코로나확진감염예방접종교육학생교사대학문화예술영화음악선수경기팀승리축구야구"
    "보다더가장매우다시또한모두함께통해위해따라대해아니우유무료비용가격물가임금노동자회사직원"
    "진행실시추진강화확대감소증가최근지난올해내년오늘어제내일오전오후현재앞뒤트러스드프그크"
)
_MARKS: Final = "，。、；：？！“”‘’（）《》〈〉—…·「」『』【】％\u3000～－"
#: Marks of Western printing that every alphabet borrows.
_PRINTED: Final = "’‘“”–—…«»„‚°€£§©®™·•\u00a0№²³½¿¡ºª"

_Range = tuple[int, int, float]  # first, last, weight
#: What no right reading holds: private use, the replacement character, C1 controls.
_DAMAGE: Final[tuple[_Range, ...]] = ((0xE000, 0xF8FF, -1.5), (0xFFFD, 0xFFFD, -1.5), (0x80, 0x9F, -1.5))
_RARE: Final[tuple[_Range, ...]] = ((0xFF61, 0xFF9F, -1.5), (0x3400, 0x4DBF, -0.5), (0x20000, 0x3FFFF, -0.5))


ENOUGH: Final = 2000  # characters outside ASCII that tell what more of them would
_ASCII_RUN: Final = late("[\x00-\x7f]+")


@dataclass(frozen=True, slots=True)
class Script:
    """Weights of the characters outside ASCII: frequent ones count fully, others by the range they stand in."""

    name: str
    frequent: frozenset[str]
    ranges: tuple[_Range, ...]  # the first that holds the character counts
    other: float  # the weight of what is in no range
    common: frozenset[str] = frozenset()  # those that come next in frequency
    known: _Weights = field(init=False, compare=False, repr=False)  # weights, as they are asked for

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", _Weights(self))

    def weight(self, char: str) -> float:
        """Return what one character says for this script; the worst is -1.5."""
        return self.known[char]

    def score(self, text: str) -> float:
        """Return the mean weight of the characters outside ASCII; 0 where there are none."""
        return best(text, (self,))


class _Weights(dict[str, float]):
    """The weights of characters for a script; each is looked up in its ranges once."""

    __slots__ = ("_script",)

    def __init__(self, script: Script) -> None:
        self._script = script

    def __missing__(self, char: str) -> float:
        code, script = ord(char), self._script
        rest = next((weight for first, last, weight in script.ranges if first <= code <= last), script.other)
        self[char] = 1.0 if char in script.frequent else _COMMON_WEIGHT if char in script.common else rest
        return self[char]


def best(text: str, scripts: Sequence[Script]) -> float:
    """Return the best score of a text among scripts: the mean weight of its characters outside ASCII."""
    high = _ASCII_RUN.sub("", text)[:ENOUGH]
    counts = Counter(high)
    chars = sorted(counts)  # a sum of floats depends on the order
    numbers = [counts[char] for char in chars]
    size = max(1, len(high))
    sums: list[float] = [sum(map(mul, numbers, map(script.known.__getitem__, chars))) for script in scripts]
    return max(sums) / size


def reaches(mean: float, text: str, scripts: Sequence[Script]) -> bool:
    """Say whether `best` is at least so high, but for the rounding of a sum in another order: the quicker question."""
    high = _ASCII_RUN.sub("", text)[:ENOUGH]
    return any(sum(map(script.known.__getitem__, high)) >= mean * len(high) for script in scripts)


#: What GBK makes of the bytes A3 A0, a wide space to those who wrote them: private use, but no sign of damage.
_GBK_SPACE: Final = "\ue5e5"
_CHINESE: Final[tuple[_Range, ...]] = ((0x4E00, 0x9FFF, 0.0), *_DAMAGE, *_RARE)
_SAME: Final = frozenset(_COMMON)
_CHANGED: Final = frozenset(t for t, s in zip(_t2s.TRADITIONAL, _t2s.SIMPLIFIED, strict=True) if s in _SAME)
SIMPLIFIED: Final = Script(
    "simplified Chinese",
    frozenset(_SIMPLIFIED + _MARKS + _GBK_SPACE),
    _CHINESE,
    -0.2,
    _SAME,
)
TRADITIONAL: Final = Script(
    "traditional Chinese",
    frozenset(_TRADITIONAL + _MARKS),
    _CHINESE,
    -0.2,
    _SAME | _CHANGED,
)
KOREAN: Final = Script(
    "Korean",
    frozenset(_HANGUL + _MARKS),
    ((0xAC00, 0xD7A3, 0.1), (0x4E00, 0x9FFF, 0.0), *_DAMAGE, *_RARE),
    -0.2,
)
#: Kanji that news in Japanese repeats most, in the Japanese forms.
_KANJI: Final = (
    "日一国会人年大十二本中長出三同時政事自行社見月分議後前民生連五発間対上部東者党地合市業内相方四定今回新場金員九入"
    "選立開手米力学問高代明実円関決子動京全目表戦経通外最言氏現理調体化田当八六約主題下首意法不来作性的要用制治度務強気"
    "小七成期公野協取都和統以機平総加山思家話世受区領多県続進正安設保改数記院女初北午指権心界支第産結百派点教報済書府活"
    "原先共得解名交資予川向際査勝面委告軍文反元重近千考判認画海参売利組知案道信策集在件団別物側任引使求所次水半品昨論計"
    "死官増係感特情投示変打男基私各始島直両朝革価式確村提運終挙果西勢減台広容必応演電歳住争談能無再位置企真流格有疑口過"
    "局少放税検藤町常校料沢裁状工建語球営空職証土与急止送援供可役構木割聞身費付施切由説転食比難防補車優夫研収断井何南石"
    "足違消境神番規術護展態導鮮備宅害配副算視条幹独警宮究育席輸訪楽起万着乗店述残想線率病農州武声質念待試族象銀域助労例"
    "衛然早張映限親額監環験追審商葉義伝働形景落欧担好退準賞訴辺造英被株頭技低毎医復仕去姿味負閣韓渡失移差衆個門写評課末"
    "守若脳極種美岡影命含福蔵量望松非撃佐核観察整段横融型白深字答夜製票況音申様財港識注呼渉達震災雨雪旅客鉄駅館図登録社"
)
JAPANESE: Final = Script(
    "Japanese",
    frozenset(_MARKS + _KANJI),
    (
        *((0x3041, 0x3096, 1.25), (0x30A1, 0x30FC, 1.0), (0x4E00, 0x9FFF, 0.25), (0xFF10, 0xFF5A, 0.6)),
        *((0xFF61, 0xFF9F, -0.9), *_DAMAGE),
    ),
    -0.1,
)


#: What Chinese text of either writing is made of.
CHINESE_WRITINGS: Final = (SIMPLIFIED, TRADITIONAL)


_KANA: Final = late("[\u3041-\u3096\u30a1-\u30fc]")
_NO_KANA: Final = (
    0.6  # of the score: Japanese without kana is rare, and a curly quote before a letter reads as kanji
)


def japanese(text: str) -> float:
    """Return the score of Japanese, lowered where the text has no kana."""
    score = JAPANESE.score(text)
    return score if score <= 0 or _KANA.search(text) else _NO_KANA * score


def _alphabet(name: str, frequent: str, rest: str, *ranges: _Range) -> Script:
    """Return a script of letters: frequent ones 1, the rest about half, printers' marks a little."""
    weights = [(ord(c), ord(c), 0.4) for c in _PRINTED] + [(ord(c), ord(c), 0.55) for c in rest]
    return Script(name, frozenset(frequent), (*weights, *ranges, *_DAMAGE), -1.0)


#: Letters in order of frequency, then those that are rarer, then ranges.
CYRILLIC: Final = _alphabet(
    "Cyrillic", "оеаинтсрвлкмдпу", "", (0x0430, 0x045F, 0.55), (0x0400, 0x042F, 0.6), (0x0490, 0x0491, 0.55)
)
GREEK: Final = _alphabet("Greek", "αοιετσηρνπυμλκςάόίέή", "", (0x03AC, 0x03CE, 0.55), (0x0386, 0x03AB, 0.5))
HEBREW: Final = _alphabet("Hebrew", "יוהלארתבמשנ", "", (0x05D0, 0x05EA, 0.68))
ARABIC: Final = _alphabet("Arabic", "اليمونتربةعدسفهك", "،؛؟", (0x0621, 0x064A, 0.6))
THAI: Final = _alphabet("Thai", "านรกเอ่งท้มลวยัีดสปะิ", "", (0x0E01, 0x0E5B, 0.2))
WESTERN: Final = _alphabet(
    "Western European",
    "éèàçêôâîûëïüöäßñóíáúøåæãõœìòù’‘“”–—…«»„‚€£§°¿¡\u00a0·•©®™ºª½²³",
    "ÉÀÈÊÇÔÂÎÛËÏÖÄÜØÅÆÑÁÍÓÚÃÕŒÿýžšŽŠðþÐÞ´×¼¾",
)
POLISH: Final = _alphabet("Polish", "ąćęłńóśźż’‘“”–—…«»„‚€§°\u00a0", "ĄĆĘŁŃÓŚŹŻé")
CENTRAL: Final = _alphabet(
    "Central European", "áčďéěíňóřšťúůýžöüőűćăâîş’‘“”–—…«»„‚€§°\u00a0", "ÁČĎÉĚÍŇÓŘŠŤÚŮÝŽÖÜŐŰĆĐĂÂÎŞŢţđľĺŕôäĽ"
)
TURKISH: Final = _alphabet("Turkish", "ışğçöüİ’‘“”–—…«»„‚€§°\u00a0", "ŞĞÇÖÜâîû")

#: What no word has, and a wrong code page makes: a capital after a small letter, letters of two alphabets side by
#: side, a sign between letters, a letter on a figure.
_NO_WORD: Final = late(
    "[а-џα-ώ](?=[А-ЯΑ-Ω])|[A-Za-z](?=[\u0370-\u0eff])|[\u0370-\u0eff](?=[A-Za-z])"
    "|[a-zà-ž](?=[À-ÖØ-ÞĄĆĘŁŃŚŹŻČĎĚŇŘŠŤŮŽŐŰĂŞŢĞİŒŸ])"
    "|(?<=[A-Za-z])[¿¡]|(?<=[A-Za-z])[²³¹¼½¾ºª×´©®§°£€«»„‚–—…“](?=[a-z])|[À-ž](?=[0-9])"
    "|ς(?=[α-ώ])|[ΰΐ]|[ךםןףץ](?=[א-ת])"  # final letters within a word
    "|(?<![\u0e01-\u0e3a\u0e47-\u0e4e])[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]"  # Thai marks without a letter
)
#: What is not ASCII, with one character before and one after: all that `_NO_WORD` looks at.
_NEAR: Final = late("([\x00-\x7f]?[^\x00-\x7f]+)(?=([\x00-\x7f]?))")
#: Accented letters in a row: few words have two (créée), none has three.
_IN_ROW: Final = {
    "Polish": 0.0,
    "Central European": 0.4,
    "Turkish": 0.3,
    "Western European": 0.6,
}  # where rows are common
_ROW: Final = late(
    "(?!([\u00c0-\u017f])\\1(?![\u00c0-\u017f]))[\u00c0-\u017f]{2,}"
)  # Estonian doubles letters
#: What ě, ň, ů of Czech become in windows-1252: Italian and French have them at the end, Gaelic and Occitan within;
#: then the other letters that Czech and Slovak become.
_INSIDE: Final = late("[ìòù](?=[a-z])")
_CZECH: Final = late("[øýšžŠŽ¾¹³]")


#: Words of which every text has some, most of them of ASCII letters: where the accents fit two alphabets, they tell.
_WESTERN_WORDS: Final = (
    "the and of to in is for on with was that de la le les et des un une est dans pour qui sur au du el los las en que "
    "una por con para se der die und das den von mit ist im ein eine auf nicht i og at det som het een van o e do da "
    "di il che per non os as um uma não è à är och på"
)
_POLISH_WORDS: Final = "w na z i nie do o jest po przez od za jak oraz lub ma się że ze dla są jego ich"
_CENTRAL_WORDS: Final = (
    "na se v je do od po za pro ale jako jeho ze k s z by sa nie ako az egy hogy nem meg cu din"
)
_TURKISH_WORDS: Final = "ve bir bu ile de da olarak daha kadar sonra ise ya her olan biraz gibi yeni olacak"
_WORDS: Final = {
    WESTERN.name: frozenset(_WESTERN_WORDS.split()),
    POLISH.name: frozenset(_POLISH_WORDS.split()),
    CENTRAL.name: frozenset(_CENTRAL_WORDS.split()),
    TURKISH.name: frozenset(_TURKISH_WORDS.split()),
}
_CAPITALS: Final = 0.9  # of the score of the same text in small letters
_WORD_SHARE: Final = 0.3  # what a text of nothing but such words gains


def _letters(script: Script) -> Callable[[str], float]:
    """Return the score of an alphabet, lowered by what no word of it has."""
    words = _WORDS.get(script.name, frozenset())
    row = _IN_ROW.get(script.name, 0.9)

    def score(text: str) -> float:
        text = text[: 3 * ENOUGH]
        base = _CAPITALS * script.score(text.lower()) if text.isupper() else script.score(text)
        if base <= 0:
            return base
        near = " ".join(before + after for before, after in _NEAR.findall(text))
        rows = sum(len(match[0]) for match in _ROW.finditer(near))
        if words:
            seen = text.lower().split()
            base += _WORD_SHARE * sum(word in words for word in seen) / max(1, len(seen))
        inside = len(_INSIDE.findall(near)) if script is WESTERN else 0
        no_word = len(_NO_WORD.findall(near)) + (inside if _CZECH.search(near) else inside / 6)
        return base - (1.7 * no_word + row * rows) / len(_ASCII_RUN.sub("", text))

    return score


Row = tuple[str, Callable[[str], float], str]
#: Codec, score, and the name of the writing, in the order that settles equal scores.
EAST_ASIAN: Final[tuple[Row, ...]] = (
    ("gb18030", SIMPLIFIED.score, SIMPLIFIED.name),
    ("big5hkscs", TRADITIONAL.score, TRADITIONAL.name),
    ("cp949", KOREAN.score, KOREAN.name),
    ("cp932", japanese, JAPANESE.name),
    ("euc_jp", japanese, JAPANESE.name),
)
#: Those that a line of its own may have in a file of another encoding.
CHINESE: Final = EAST_ASIAN[:2]
ALPHABETIC: Final[tuple[Row, ...]] = tuple(
    (codec, _letters(script), script.name)
    for script, codecs in (
        (WESTERN, ("cp1252", "iso8859-15")),
        (CYRILLIC, ("cp1251", "koi8-r", "koi8-u", "cp866", "iso8859-5")),
        (POLISH, ("cp1250", "iso8859-2")),
        (CENTRAL, ("cp1250", "iso8859-2")),
        (TURKISH, ("cp1254",)),
        (GREEK, ("cp1253", "iso8859-7")),
        (HEBREW, ("cp1255",)),
        (ARABIC, ("cp1256",)),
        (THAI, ("cp874",)),
    )
    for codec in codecs
)

_ASCII: Final = frozenset(map(chr, range(0x20, 0x7F))) | frozenset("\t\n\r")
_WIDE_SCRIPTS: Final = Script(
    "UTF-16",
    frozenset(_SIMPLIFIED + _TRADITIONAL + _HANGUL + _MARKS) | _ASCII,
    (
        *(
            (0x00, 0x1F, -3.0),
            (0x7F, 0x9F, -3.0),
            (0xA0, 0x24F, 1.0),
            (0x370, 0x6FF, 1.0),
            (0x900, 0xEFF, 1.0),
        ),
        *((0x1E00, 0x1FFF, 1.0), (0x2010, 0x2044, 1.0), (0x3041, 0x30FC, 1.0), (0xFF01, 0xFF5E, 0.6)),
        *((0x4E00, 0x9FFF, 0.15), (0xAC00, 0xD7A3, 0.1), (0xE000, 0xF8FF, -3.0), (0xFFFE, 0xFFFF, -3.0)),
    ),
    -0.3,
)


def utf16_score(text: str) -> float:
    """Return how much of a text read as UTF-16 is common writing of any script; 1 is all, ASCII included."""
    text = text[:ENOUGH]
    counts = sorted(Counter(text).items())
    return sum(n * _WIDE_SCRIPTS.weight(char) for char, n in counts) / max(1, len(text))
