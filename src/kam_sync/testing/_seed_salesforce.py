"""The people of the portfolio for Salesforce and its customers without gaps; every name is invented.

Names hold what breaks careless code: quotes, apostrophes, ampersands, angle brackets, backslashes, emoji, and
scripts that run from right to left.
"""

from __future__ import annotations

from typing import Final

from kam_sync.portfolio import PortfolioPlan, PortfolioUser
from kam_sync.records import Grade, PlanPart
from kam_sync.testing._seed_parts import (
    all_by,
    customer,
    deal,
    full_plan,
    grade,
    half_plan,
    meeting,
    six,
    task,
)

USERS: Final = (
    PortfolioUser(slug="ingrid", name="Ingrid Þórsdóttir Lundqvist", email="ingrid@fjordband.example"),
    PortfolioUser(slug="mateus", name="Mateus Figueirôa Brandão", email="mateus@fjordband.example", manager="ingrid"),
    PortfolioUser(slug="leila", name="لیلا کاوه‌نیا", email="leila@fjordband.example", manager="ingrid"),
    PortfolioUser(slug="tomasz", name="Tomasz Wąsowicz-Żuk", email="tomasz@fjordband.example", manager="ingrid"),
    PortfolioUser(slug="amara", name="Amara N’Diaye-Okonjo", email="amara@fjordband.example", manager="mateus"),
    PortfolioUser(slug="haruto", name="葉山 遥斗", email="haruto@fjordband.example", manager="mateus"),
    PortfolioUser(slug="sofia", name="Σοφία Καλλιμάρη", email="sofia@fjordband.example", manager="mateus"),
    PortfolioUser(slug="ruslan", name="Руслан Ткачівський", email="ruslan@fjordband.example", manager="ingrid"),
    # Left the company; still named in several account teams.
    PortfolioUser(
        slug="birgitta",
        name="Birgitta Ekelöv-Strand",
        email="birgitta@fjordband.example",
        active=False,
        manager="ingrid",
    ),
    # Left the company; still owns an account, but holds no role anywhere.
    PortfolioUser(
        slug="declan", name="Declan O’Rahilly-Quirke", email="declan@fjordband.example", active=False, manager="ingrid"
    ),
)

HEALTHY: Final = (
    customer(
        "overgard",
        "Øvergård Sjømat & Sønner AS",
        "leila",
        six("leila", "leila", "amara", "amara", "haruto", "tomasz"),
        meeting("tomasz", 16, "Styringsmøte"),
        tier="A",
        revenue=4_200_000,
        contacts={"Sunniva Kvåle-Ås": "Innkjøpssjef", "Håkon Brekkhus Ødven": "Teknisk direktør"},
        feedback=(grade(Grade.B),),
    ),
    # Six people for six roles; no next review is set, the last one is recent enough for tier B.
    customer(
        "lakowski",
        "Łąkowskie Młyny Żytnie Sp. z o.o.",
        "tomasz",
        six("tomasz", "leila", "amara", "haruto", "ruslan", "sofia"),
        task("sofia", 12, "Wysłać harmonogram"),
        revenue=1_150_000,
        plan=full_plan(last=-110),
        contacts={"Jadwiga Śnieżek-Ćwir": "Dyrektor zakupów"},
    ),
    customer(
        "baerenthal",
        "Kräuterhof Bärenthal GmbH & Co. KG",
        "haruto",
        six("haruto", "haruto", "sofia", "sofia", "ruslan", "haruto"),
        meeting("haruto", 23, "Jahresgespräch"),
        tier="A",
        revenue=2_900_000,
        contacts={"Dr. Wiebke Süßenguth": "Geschäftsführerin", "Jörg Häußermann-Groß": "Einkauf"},
    ),
    # The subsidiary has the same team as its parent.
    customer(
        "baerenthal-tirol",
        "Kräuterhof Bärenthal Tirol Ges.m.b.H.",
        "haruto",
        six("haruto", "haruto", "sofia", "sofia", "ruslan", "haruto"),
        task("haruto", 9, "Muster nach Tirol senden"),
        parent="baerenthal",
        tier="C",
        revenue=310_000,
        contacts={"Vroni Plötzeneder": "Betriebsleiterin"},
    ),
    # Created twelve days ago: no plan needed yet, nobody has had the time to be silent.
    customer(
        "camlik",
        "Çınaraltı Cam Sanayii A.Ş.",
        "amara",
        six("amara", "amara", "leila", "leila", "haruto", "amara"),
        meeting("amara", 5, "Tanışma toplantısı"),
        quiet="amara leila haruto",
        created=-12,
        since=-11,
        plan=None,
        contacts={"Gülşen Yığitbaşoğlu": "Satın Alma Müdürü"},
    ),
    # The only step is a task a few days late, which still counts.
    customer(
        "severny",
        "ООО «Северный Янтарь-Логистика»",
        "ruslan",
        six("ruslan", "ruslan", "sofia", "ruslan", "tomasz", "ruslan"),
        task("ruslan", -4, "Согласовать объёмы"),
        revenue=640_000,
        contacts={"Пётр Щёголев-Ёжиков": "Начальник склада"},
    ),
    # Two hold one role; a young plan may still have an empty part.
    customer(
        "dnipro",
        "ТОВ «Дніпрова Хвиля Плюс»",
        "ruslan",
        six("ruslan", "ruslan tomasz", "amara", "leila", "haruto", "tomasz"),
        meeting("tomasz", 30, "Нарада щодо плану"),
        plan=PortfolioPlan(
            parts=frozenset(PlanPart) - {PlanPart.STRATEGY}, start_days=-21, last_review_days=None, next_review_days=69
        ),
        revenue=770_000,
        contacts={"Їжакевич Ганна Юхимівна": "Комерційна директорка"},
    ),
    # A key account for a month: the team was named then and has done nothing yet.
    customer(
        "nakhil",
        "شركة واحة النخيل الذهبي للتمور",
        "leila",
        six("leila", "amara", "amara", "leila", "haruto", "leila"),
        meeting("leila", 11, "اجتماع المراجعة"),
        quiet="leila amara haruto",
        since=-33,
        fields={"key_since": -34},
        revenue=520_000,
        contacts={"سلمى الغدير الهاشمي": "مديرة المشتريات", "يزن بن عُقبة": "المدير الفني"},
    ),
    # The latest grade is low, and that is in hand: a first target is set and a meeting is agreed.
    customer(
        "tuulikallio",
        "Tuulikallion Höyläämö Oy",
        "mateus",
        six("mateus", "mateus", "sofia", "amara", "ruslan", "mateus"),
        meeting("mateus", 9, "Palautekeskustelu"),
        revenue=470_000,
        contacts={"Säde Lumikuru": "Hankintapäällikkö"},
        feedback=(grade(Grade.B_PLUS, -120), grade(Grade.C_PLUS, -12, "Spare parts came late")),
        fields={"recovery_target": "B-"},
    ),
)
"""No task is expected here."""

OUT_OF_SCOPE: Final = (
    # Nothing at all is in order, but it is no key account.
    customer(
        "azarakhsh",
        "گروه صنعتی آذرخش کویر",
        "leila",
        {},
        key_account=False,
        tier="C",
        plan=None,
        deals=(deal("azarakhsh-1", "خط بسته‌بندی", "leila"),),
        bought=880_000,
        contacts={"کیانوش ژاله‌پور": "مدیر خرید"},
    ),
    customer(
        "cuihu",
        "翠湖智能装备有限公司",
        "declan",
        all_by("birgitta"),
        task("birgitta", -300, "发送报价"),
        key_account=False,
        quiet="birgitta",
        plan=half_plan(following=-200),
        bought=760_000,
        contacts={"欧阳沁竹": "采购经理"},
    ),
)
"""Gaps at customers that are no key accounts: nothing is expected here either."""
