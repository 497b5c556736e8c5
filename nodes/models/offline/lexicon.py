"""The words the model knows by heart, in English and Arabic."""

STOP = frozenset(
    """a an and are as at be been but by can could did do does for from had has have how if in into
    is it its may might more most must no not of on one only or other our out over should so some
    such than that the their them then there these they this those to under up was we were what
    when where which while who will with would you your about after all also any because before
    between both each many much new per very still yet i me my he she his her us am being let
    through during across near next within without against around like among instead until get
    gets go goes come comes take takes took make makes made here now just than too best good main
    every same
    في من على إلى الى عن مع هذا هذه ذلك تلك التي الذي الذين كان كانت يكون تكون قد لقد كل بعض أو او
    ثم أن ان إن لا ما لم لن هو هي هم كما بين بعد قبل عند حتى أي اي غير أكثر اكثر وقد وهو وهي ومن
    وفي وعلى لكن بل منذ خلال حيث إذا اذا لمدة و لي لنا نحن أنا انا ليس كيف متى أين اين هل مدة
    إنها انها إنه انه فيها فيه منها منه عليها عليه لها له بها به نحو كثير كثيرة جدا جدًا""".split()
)

# Words that ask for something; they say what to do, never what it is about.
INSTRUCTIONS = frozenset(
    """write draft plan plans summarise summarize summary review check list extract merge combine
    compare translate edit polish revise improve rewrite proofread prepare create make give show
    tell find search suggest recommend describe explain answer reply respond report outline
    generate produce choose pick select decide classify please want need would like help use
    using blog post article guide essay email letter page document
    following below given above text notes input request requested result results output
    research collect gather identify analyse analyze estimate calculate work brief short careful
    into based upon consider turn keep each based itinerary budget flights keywords key say lay
    خطط خطة اكتب لخص ملخص ملخصا موجز موجزا لموجز راجع دقق تحقق استخرج ادمج اجمع قارن ترجم حرر حسن
    أعد اعد جهز حضر أنشئ انشئ أعط اعط اعرض اذكر أخبرني اخبرني ابحث اقترح صف اشرح أجب اجب رد تقرير
    تقريرا اختر حدد صنف حلل احسب قدر رجاء رجاءً أريد اريد نريد أحتاج احتاج نحتاج ساعدني استخدم
    التالي التالية أدناه ادناه أعلاه اعلاه النص نص الملاحظات المدخلات الطلب النتائج النتيجة
    خططوا اكتبوا لخصوا صغ ضع رتب نظم برنامج""".split()
)

# What things do and are counted in: no part of a name.
VERBS = frozenset(
    """cost costs sell sells sold leave leaves left close closes closed open opens opened start
    starts end ends run runs show shows say says said tell tells fall falls fell rise rises rose
    grow grows grew last lasts need needs want wants become becomes became offer offers hold holds
    bring brings climb climbs arrive arrives depart departs book booked stand stands begin begins
    keep keeps pay pays expect expects swap swaps carry carries fit fits double doubles
    minute minutes hour hours day days week weeks month months year years night nights percent km
    استقر استقرت يصعد تصعد تكلف يكلف تبيع يبيع تغادر يغادر تغلق يغلق تفتح يفتح تبدأ يبدأ تنتهي
    ينتهي تستغرق يستغرق تحتاج يحتاج تنطلق ينطلق تصل يصل تقع يقع ترتفع يرتفع انخفض انخفضت ارتفع
    ارتفعت يجب يمكن تزدحم يزدحم دقيقة دقائق ساعة ساعات يوم أيام ليلة ليال شهر أشهر سنة سنوات عام
    كيلومتر كيلومترات""".split()
)

# Arabic words whose first letter is a root و, not the particle "and".
ROOT_WAW = frozenset(
    """وقت وجبة وجبات وسط وسائل وسيلة وصول وزن وزارة وزير وطن وطني وطنية وثائق وثيقة ورق ورشة ورش
    وظيفة وظائف واحد واحدة وحدة وحدات وحيد واسع واسعة واقع واقعية وادي واحة واحات وكالة وكالات وكيل
    ولاية ولايات ولد والد والدة وجهة وجهات وردة ورد ورود وجه وجوه وعد وفد وقود وليمة واجهة واجهات
    واجب واجبات وصفة وصفات وصف وضع وعي وديعة ودائع وداع وفرة وفاء وقوف ولادة وساطة واضح واضحة
    وارد واردات وباء وتر وتيرة وحش وحشي وحي ورشات ورم وريد وزراء وسام وشاح وصاية وصية وضوء وفاة
    وقاية وقف وكر ولاء وهم""".split()
)

NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "ثلاثة": 3, "أربعة": 4, "اربعة": 4, "خمسة": 5, "ستة": 6,
    "سبعة": 7, "ثمانية": 8, "تسعة": 9, "عشرة": 10,
}  # fmt: skip

CURRENCIES = (
    "USD EUR GBP JPY CHF SAR AED EGP MAD TND JOD KWD QAR TRY INR CNY dollars? euros? pounds? "
    "riyals? dirhams? dinars? دولارات دولار يورو ريالات ريال دراهم درهم جنيهات جنيه دنانير دينار "
    "ليرة"
).split()

# What a fact is called, by its role; keys and labels are compared in lower case without signs.
ROLES: dict[str, frozenset[str]] = {
    "destination": frozenset(
        "destination|city|place|location|country|where|to|الوجهة|وجهة|المدينة|المكان|البلد|إلى".split(
            "|"
        )
    ),
    "origin": frozenset(
        "origin|from|departure city|home|نقطة الانطلاق|الانطلاق من|المغادرة من|من".split("|")
    ),
    "days": frozenset(
        "days|duration|length|number of days|trip length|duration days|"
        "الأيام|أيام|المدة|عدد الأيام".split("|")
    ),
    "budget": frozenset(
        "budget|total|amount|total budget|budget usd|budget eur|max budget|spending limit|"
        "الميزانية|ميزانية|المبلغ|الإجمالي|المجموع".split("|")
    ),
    "currency": frozenset("currency|العملة".split("|")),
    "interests": frozenset(
        "interests|interest|likes|themes|preferences|activities|places|stops|sights|"
        "الاهتمامات|اهتمامات|اهتماماتي|اهتماماتنا|التفضيلات|الأنشطة|الأماكن".split("|")
    ),
    "travellers": frozenset(
        "travellers|travelers|travellers count|people|persons|adults|guests|passengers|group size|"
        "المسافرون|المسافرين|عدد المسافرين|الأشخاص|عدد الأشخاص".split("|")
    ),
    "dates": frozenset(
        "dates|date|start date|start|when|departure|departure date|month|"
        "التاريخ|التواريخ|تاريخ السفر|الموعد|تاريخ البدء|الشهر".split("|")
    ),
    "end": frozenset(
        "end date|end|return date|return|تاريخ العودة|العودة|تاريخ الانتهاء".split("|")
    ),
}

# Keys of result objects and of containers: they hold texts but say nothing about them.
CONTAINERS = frozenset(
    """master sub input inputs output outputs result results final finalresult masterresult
    subresults text content data value answer request draft steps tasks items messages body
    prompt notes fulltext description context""".split()
)
# What names a text that follows: `Draft: …` after a blank line.
BLOCKS = frozenset(
    "draft|title|العنوان|source|sources|outline|notes|text|message|document|feedback|points|trip|overview|parts|"
    "المسودة|المصدر|المصادر|المخطط|الملاحظات|النص|الرسالة|الوثيقة|النقاط|الرحلة".split("|")
)
PROSE = frozenset(("text", "body", "fulltext"))
TITLES = frozenset(("title", "العنوان"))
NOTES = frozenset(("notes", "الملاحظات", "ملاحظات"))
# Texts that say how to write, not what.
DIRECTIONS = frozenset(("outline", "feedback", "points", "المخطط", "النقاط"))
# Lists under these keys, or under none, are texts however short.
ANSWERS = frozenset(("", "sub", "results", "outputs", "sub results"))
WISHES = frozenset("input request question prompt query task goal الطلب السؤال".split())
# An object with one of these is the result of a run or of a node.
RESULTS = ("output", "success", "workflowId", "finalResult")
BOOKKEEPING = frozenset(
    """success duration step task strategy usage cost workflowid streamid index attempt error code
    timestamp method requestid prompttokens completiontokens totaltokens path""".split()
)
NAMES = ("node", "name", "agent", "title")
