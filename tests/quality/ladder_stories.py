"""Texts of the ladder that are no article of the samples: notices, bulletins, one event in two hands, repeats that are meant.

Written for this project; places, people and papers are invented.
"""

from __future__ import annotations

from typing import Final

#: Only date, weekday and hour differ.
DATED: Final = (
    "{place}气象台{month}月{day}日{hour}时发布：今天白天到夜间{sky}，请市民外出时留意沿江路段的浓雾和滑坡提示牌。",
    (
        "{place}客运站通知：{month}月{day}日（{weekday}）起，开往石桥、青坪、柳坡方向的班车改在北广场上车，站内问讯处照常办公，"
        "请提前到站候车，携带大件行李的旅客从西侧通道进站。"
    ),
    (
        "{place}供水公司公告：因管道检修，{month}月{day}日{hour}时起青石巷、竹竿巷、马灯巷一带停水，恢复供水的时间另行通知，请居民提前储水，"
        "关好阀门，由此带来的不便敬请谅解。"
    ),
    (
        "{place} Harbour Office: on {weekday_en}, {day} {month_en}, the north pontoon is closed for the weekly inspection of the chains; boats "
        "use the south steps, and the office answers questions at the usual window from breakfast until the evening tide."
    ),
)
#: Only a name differs.
NAMED: Final = (
    (
        "应市友协邀请，{name}代表团今天下午抵达本市，开始为期数天的友好访问。代表团将参观老城的手工作坊、湿地公园和海事学校，"
        "并与本地的教师、园艺师和船员座谈。友协的工作人员到码头迎接，学生们献上了亲手编的草环。"
    ),
    (
        "市图书馆本周末的公开讲座由{name}主讲，题目是怎样读懂一张老地图。讲座在三楼报告厅举行，入场不收费，座位先到先得，"
        "听众可以带着自家收藏的地图来，讲座之后有人帮助辨认和登记。"
    ),
    (
        "经评审委员会讨论并向社会公示，本年度的街巷记录者称号授予{name}。评审委员会认为，获奖者长年记录老街的招牌、吆喝和天井，"
        "文字朴素，图片可靠，为后来的人留下了可以查对的材料。"
    ),
    (
        "The harbour choir has chosen {name} as its next conductor after auditions that lasted all spring. The singers voted by ballot in the net "
        "loft, and the result was read out by the oldest of the basses. The first concert under the new baton is the candlelit evening on the quay."
    ),
)
NAMES: Final = (
    ("埃塞俄比亚", "匈牙利", "葡萄牙"),
    ("岑望舒", "顾北辰", "蓝采薇"),
    ("鲁一苇", "慕听松", "冉知微"),
    ("Maud Ellery", "Piers Holloway", "Agnes Tarn"),
)
#: Two names differ, of a place and of a person: another event in the same words.
VISITS: Final = (
    (
        "应{place}商会邀请，灯塔合唱团指挥{name}今天启程，前往当地访问演出。代表团将同当地的学校、剧院和渔业合作社座谈，"
        "交流合唱训练和旧船坞改造的经验，并在港口广场举行一场不售票的音乐会。"
    ),
    (
        "The lighthouse choir will sing in {place} at the invitation of the chamber of trade, and {name} will conduct. The singers will "
        "meet pupils, actors and the fishing cooperative, and give a concert without tickets on the square in front of the harbour."
    ),
)
VISITED: Final = (
    (("青螺", "岑望舒"), ("白沙", "顾北辰"), ("云岭", "蓝采薇")),
    (("Harrow", "Maud Ellery"), ("Pelham", "Piers Holloway"), ("Stell", "Agnes Tarn")),
)
WEEKDAYS: Final = ("星期一", "星期二", "星期三", "星期四", "星期五")
WEEKDAYS_EN: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
MONTHS_EN: Final = ("March", "April", "May", "June", "July")

#: Notices that come again and again: the same words, another number, date and address.
RECURRING: Final = (
    (
        "柳湾粮油批发市场行情 第{issue}期",
        "{month}月{day}日，晚籼米每公斤{a}.{b}元，粳米每公斤{c}.{d}元，菜籽油每桶{e}元，成交{f}吨。",
        "市场管理处提醒：交易请在磅房过秤，票据当面点清；对质量有异议的，当天可以到服务台申请复检，复检不收费。",
    ),
    (
        "云岭县寻物启事（{issue}号）",
        "{month}月{day}日在第{a}路公共汽车上拾得布包一个，内有钥匙{b}把、饭票{c}张和一本卷了边的歌本，失主可在每天上午到总站认领。",
        "认领时请说出包里的一样东西。逾期无人认领的物品，交由慈善商店保管，账目每季公布在站台的木牌上。",
    ),
    (
        "青螺湾潮汐预告（{issue}）",
        "{month}月{day}日高潮{a}时{b}分，潮高{c}厘米；低潮{d}时{e}分，潮高{f}厘米。",
        "赶海的市民请在落潮时下滩，在岗亭的红旗升起以后一个钟头内上岸；礁石湿滑，老人和孩子须有人陪同。",
    ),
    (
        "Harrow Fish Market, list {issue}",
        "On {day} {month_en} the boats landed {a} boxes of whiting, {b} of herring and {c} of crab; whiting made {d} shillings, crab {e}.",
        (
            "Buyers are asked to settle at the clerk's window before noon, and to return the boxes rinsed; boxes that are not returned are "
            "charged with the next list, and the money goes to the widows' fund of the harbour."
        ),
    ),
    (
        "云岭县小客车指标配置公告（第{issue}次）",
        "本次申请编码共{f}个，经审核有效编码{c}个，配置指标{e}个，摇号在{month}月{day}日上午于公证处大厅进行。",
        "申请人可以凭编码在服务大厅的触摸屏上查询结果。指标自公布之日起按规定的期限使用，过期作废，作废的指标转入后面的配置。",
    ),
)

#: A bulletin of which the figures differ from issue to issue; with outlets that print it, and what each adds.
BULLETINS: Final = (
    (
        "云岭县水情公报 第{issue}号",
        "{month}月{day}日8时，石鼓水文站水位{a}.{b}米，流量{c}立方米每秒；过去24小时流域平均降雨{d}毫米，最大点雨量出现在青坪，为{e}毫米。",
        "县水文局说，上游三座水库按调度运行，下泄流量为{f}立方米每秒，沿岸的取水口和渡口照常开放，护堤员每两个钟头巡查一遍。",
        "公报由值班工程师签发，下一期仍在次日上午发布，听众可以在广播里收听，也可以到大桥北头的水尺旁自己看。",
    ),
    (
        "Harrow harbour bulletin no. {issue}",
        "At 8 o'clock on {day} {month_en} the gauge at the mole stood at {a}.{b} feet, the wind was {c} knots, and {d} vessels lay at the quay.",
        "In the day before, {e} vessels came in and {f} went out; the pilots report that the bar is being sounded and that the leading lights burn.",
        "The bulletin is signed by the officer of the watch, and the next one is read out from the steps of the customs house in the morning.",
    ),
)
#: Lines longer than a name: a single short difference would be one for a person to look at.
OUTLETS: Final = (
    ((), ()),
    (("海湾在线驻云岭县记者站今日编发",), ("责任编辑：和小满",)),
    (("本台早间节目播发的水情消息如下",), ("来源：云岭广播",)),
)
OUTLETS_EN: Final = (
    ((), ()),
    (("By our harbour correspondent",), ("Sign up for our newsletter",)),
    (("From the wire",), ("All rights reserved.",)),
)

#: One event, told by two reporters: neither is a copy of the other, though they quote the same people.
EVENTS: Final = (
    (
        (
            "石桥镇的老渡船停航，新桥今早通车",
            "今天早上七点，石桥镇新桥放行第一辆车，渡船同时停航。桥长412米，造价6800万元，修了整整三年。",
            "摆渡四十一年的艄公郗大江把缆绳解下来，交给了镇里的展览馆。“船也该歇歇了。”他说。",
            "镇政府表示，渡口的石阶会保留下来，夏天仍供孩子们下水。",
        ),
        (
            "过河不再等船：一座桥和一个艄公的早晨",
            "郗大江五点就醒了。他在船头坐到天亮，看着对岸的人排队等着过桥，没有一个人朝渡口走来。",
            "这座412米长的桥花掉6800万元，从打桩到通车用了三年。七点整，鞭炮响过，车灯亮成一串。",
            "老人没有上桥。四十一年里他送过产妇、送过新娘，也送过棺木。缆绳如今挂在展览馆的墙上，“船也该歇歇了”，他对记者说。",
        ),
    ),
    (
        (
            "青坪粮站火灾扑灭，无人受伤",
            "昨夜十一时许，青坪粮站二号库房起火。消防队出动九辆车、五十二人，凌晨两点将火扑灭，没有人受伤。",
            "据初步调查，起火的是一台没有断电的烘干机，烧掉稻谷约三十吨。粮站站长秋以宁说，其余库房没有受到影响，收购今天照常进行。",
        ),
        (
            "粮站夜里着火，邻居先拎来了水桶",
            "住在粮站隔壁的豆腐匠最先看见火光。等到消防队的九辆车开进院子，巷子里的人已经用水桶接了一条长龙。",
            "五十二名消防员干到凌晨两点。站长秋以宁蹲在门口点数：约三十吨稻谷没了，人一个不少。",
            "他承认，烘干机下班时没有断电。“收购今天照常进行，”他说，“可是这个教训得写在墙上。”",
        ),
    ),
    (
        (
            "云岭队点球取胜，捧回县际杯",
            "县际足球杯决赛昨天下午在柳湾体育场结束，云岭队在点球大战中以5比4战胜柳湾队，这是该队十二年来首次夺冠。",
            "常规时间双方战成1比1。柳湾队第三十分钟由角球得分，云岭队在下半场补时扳平。守门员柯小寒扑出两粒点球，当选最佳球员。",
        ),
        (
            "柯小寒的两次扑救，让一座县城没有睡觉",
            "当柯小寒第二次向左扑去的时候，云岭县城广场上的人已经不敢看大屏幕了。球打在他的拳头上，弹出了底线。",
            "5比4，点球。十二年没有摸过奖杯的云岭队，从柳湾把它带了回来。此前九十分钟，他们一直在追赶一个第三十分钟丢掉的角球，直到补时才把比分扳成1比1。",
            "“我只是猜，”这位二十二岁的邮递员说，“送信的人都知道狗往哪边扑。”",
        ),
    ),
    (
        (
            "柳湾图书馆夜间开放，首夜来了三百多人",
            "柳湾市图书馆从昨晚起开放到午夜，首夜接待读者317人。馆长敖青说，试行期为三个月，费用由一家文具厂承担。",
            "值夜的是十六名志愿者，多数是退休教师。馆里备了热水和毯子，但不许过夜。",
        ),
        (
            "午夜的图书馆里，有人在写情书，有人在补数学",
            "灯一直亮到零点。敖青馆长站在门口数人头，数到317就不再数了。",
            "靠窗的一桌是三个补数学的中学生，对面的货车司机在写一封信，写了又划掉。十六名志愿者轮流添热水，他们大多教过书，忍不住要管闲事。",
            "夜间开放先试三个月，钱是文具厂出的。毯子可以借，过夜不行。",
        ),
    ),
    (
        (
            "Storm takes the roof off Pelham school",
            "A gust of 71 miles an hour lifted the roof off Pelham school shortly after nine on Tuesday night. No one was in the building.",
            (
                "The headmistress, Ruth Corrigan, said that 140 pupils would be taught in the chapel and the drill hall until the summer. The county "
                "has promised 25,000 pounds towards a new roof."
            ),
        ),
        (
            "Lessons among the pews as Pelham counts its slates",
            "There were slates in the pond and slates in the vicar's roses, and by Wednesday noon 140 children were doing sums in a chapel.",
            (
                "The wind that unroofed their school on Tuesday night was clocked at 71 miles an hour on the mole. 'We were lucky with the clock,' "
                "said Ruth Corrigan, who has been headmistress for eleven years. 'At nine in the morning I would not like to think.'"
            ),
            "The county will give 25,000 pounds. A builder who looked at the rafters whistled, and wrote down twice as much.",
        ),
    ),
    (
        (
            "Council votes to keep the foghorn",
            "Harrow council voted by 9 to 6 last night to keep the foghorn on the east mole, which residents of the new flats had asked to be silenced.",
            "The vote followed a debate of three hours. The horn will sound only when visibility is under half a mile, the clerk said.",
        ),
        (
            "Nine hands went up, and the old bull may bellow on",
            (
                "They call it the bull. It has bellowed from the east mole since before anyone in the chamber was born, and last night it came within "
                "two hands of being put down."
            ),
            (
                "Nine councillors were for it and 6 against, after three hours in which fishermen spoke of brothers and the people from the flats spoke "
                "of sleep. The clerk found the peace: under half a mile of sight, the bull may speak; over it, not a word."
            ),
        ),
    ),
    (
        (
            "Sunken ferry bell raised after forty years",
            "Divers raised the bell of the ferry Mallow from the bed of the sound on Saturday, forty years after she was lost. It weighs 180 pounds.",
            "The bell will hang in the church at Stell, where relatives of the 14 drowned have asked that it be rung once a year.",
        ),
        (
            "It came up green and full of sand",
            "The diver who found it thought at first that it was a cooking pot. Then he rubbed it with his glove and read MALLOW.",
            (
                "On Saturday the sling went down and the bell came up, 180 pounds of it, green, and pouring sand. On the jetty stood the sons and "
                "daughters of the 14. Nobody cheered. They want it rung at Stell, once a year, and otherwise left in peace; the vicar has agreed."
            ),
        ),
    ),
)

#: Repeats inside a file that are meant: what comes again and again, between the lines of an article.
REFRAIN: Final = {
    False: ("摇啊摇，钟声会应你，", "摇啊摇，灯火看得见。"),
    True: ("Row, and the bell will answer,", "row, and the lamp will see."),
}
#: Labels and stock answers of a transcript.
TRANSCRIPT: Final = {
    False: ("记者：", "请您接着说。", "答：", "没有别的了，就是这些。"),
    True: ("Q:", "Would you go on, please?", "A:", "That is all there is to it."),
}
#: The entries of a list, under one heading after another.
STEPS: Final = {
    False: ("第{n}次", "擀成长方形，抹一层油，撒少许盐，再从两端向中间折拢。", "盖上湿布，静置片刻。"),
    True: (
        "Round {n}",
        "Roll it out into a sheet, brush it with butter and fold both ends to the middle.",
        "Cover it and let it rest.",
    ),
}
#: Headings of the items of a bulletin.
ITEMS: Final = {
    False: ("一、秋粮收购工作会议召开", "二、红崖隧道左洞贯通", "三、冬季防火工作部署会召开"),
    True: ("1. The harbour board meets", "2. News from the slipway", "3. The parishes confer"),
}
#: What several items of a bulletin have in common, word for word.
ATTENDANCE: Final = {
    False: (
        "出席会议的有宫远志、戚曼秋、鲍立群、谈守正，以及农业农村、财政、水利、交通运输、应急管理、气象、供销等部门的主要负责人，"
        "各乡镇分管负责同志和种粮大户代表列席，会议由办公室记录并存档备查。"
    ),
    True: (
        "Present were the harbour master, the clerk of works, the two surveyors, the heads of the pilots, the lifeboat, the customs house "
        "and the fish market, and the delegates of the parishes; the minutes were taken by the office and lie open for inspection."
    ),
}
#: A statement that many papers quote whole, each in a story of its own.
STATEMENT: Final = {
    False: (
        "受托管理方在书面答复中说：此次调整经过公开征求意见，共收到来信和电话意见若干，多数来信者关心的是老人和学生的出行，"
        "其次才是价格；凡是提出具体线路的意见，都已经逐条登记并写明采纳与否的理由，登记簿存放在服务大厅，任何人都可以翻看和抄录。"
    ),
    True: (
        "The managers said in a written answer that the change had been made after an open consultation; most of those who wrote were "
        "worried about the elderly and about pupils, fewer about the price; every suggestion of a route had been entered in a book with "
        "the reason for taking it up or leaving it, and the book lay in the hall, where anybody could read and copy it."
    ),
}
#: The last lines that all articles of one site share.
SITE_TAIL: Final = {
    False: "本台是由沿江十二个乡镇合办的公共电台。听众可以在每天傍晚的节目里留言，编辑会逐条登记，并在周末的节目中答复。",
    True: (
        "The Herald is owned by its readers. Letters are printed in the order in which they come, and answered in the last issue of the month."
    ),
}
WEEKS: Final = ("初霜", "大雾", "开犁", "涨潮", "晒谷", "收网", "封山", "踏青", "望月", "守岁")
WEEKS_EN: Final = ("Harvest", "Lantern", "Regatta", "Candle")
