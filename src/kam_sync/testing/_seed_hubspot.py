"""The people of the portfolio for HubSpot and its customers without gaps; every name is invented.

Names hold what breaks careless code: quotes, apostrophes, ampersands, angle brackets, HTML entities, emoji, and
scripts that run from right to left.
"""

from __future__ import annotations

from typing import Final

from kam_sync.portfolio import PortfolioPlan, PortfolioUser
from kam_sync.records import Grade, PlanPart
from kam_sync.testing._seed_parts import (
    all_by,
    call,
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
    PortfolioUser(slug="noor", name="نور الحلبوني القطان", email="noor@palmyrene.example"),
    PortfolioUser(slug="camille", name="Camille d’Aubrac-Lefèvre", email="camille@palmyrene.example", manager="noor"),
    PortfolioUser(slug="jiho", name="한 지호", email="jiho@palmyrene.example", manager="noor"),
    PortfolioUser(slug="priya", name="प्रिया वैद्यनाथन", email="priya@palmyrene.example", manager="camille"),
    PortfolioUser(slug="lucas", name="Lucas Ibarrondo Güell", email="lucas@palmyrene.example", manager="camille"),
    PortfolioUser(slug="mei", name="梅 若琳", email="mei@palmyrene.example", manager="camille"),
    PortfolioUser(slug="oksana", name="Оксана Гриньова-Бойчук", email="oksana@palmyrene.example", manager="noor"),
    # Left the company; still named in several roles.
    PortfolioUser(slug="elif", name="Elif Şahinbaşoğlu", email="elif@palmyrene.example", active=False, manager="noor"),
    # Left the company; holds no role, but still owns an account.
    PortfolioUser(
        slug="henrik", name="Henrik Vånås-Åberg", email="henrik@palmyrene.example", active=False, manager="noor"
    ),
    # Nobody: a queue, which owns an account all the same.
    PortfolioUser(slug="queue", name="Sammelstelle Anfragen", email="anfragen@palmyrene.example", person=False),
)

HEALTHY: Final = (
    customer(
        "hostmane",
        "Høstmåne Bryggeri ApS",
        "camille",
        six("camille", "camille", "priya", "priya", "mei", "lucas"),
        meeting("lucas", 17, "Kvartalsmøde"),
        tier="A",
        revenue=3_600_000,
        contacts={"Øjvind Skræderdal": "Indkøbschef", "Ragnhild Ærøboe": "Driftsleder"},
        feedback=(grade(Grade.B),),
    ),
    customer(
        "kypseli",
        "Κυψέλη του Ζεφύρου Ο.Ε.",
        "priya",
        six("priya", "camille", "mei", "jiho", "lucas", "oksana"),
        task("oksana", 13, "Αποστολή δειγμάτων"),
        plan=full_plan(last=-105),
        revenue=480_000,
        contacts={"Ανθή Μελισσουργού": "Υπεύθυνη αγορών"},
    ),
    # One person in all six roles, but not the only one who is active.
    customer(
        "lunny-bobr",
        "АО «Лунный Бобёр»",
        "oksana",
        all_by("oksana"),
        task("oksana", 10, "Отправить образцы", deal="bobr-1"),
        besides="jiho",
        revenue=910_000,
        deals=(
            deal("bobr-1", "Линия «Плотина»", "oksana", amount=180_000),
            deal("bobr-2", "Плёнка 50 мкм", "oksana", 40, next_step="Созвониться с технологом"),
        ),
        contacts={"Всеволод Ёлкин-Щукарёв": "Директор по закупкам"},
    ),
    # The group and its branch have the same team.
    customer(
        "huettenwerk",
        "Hüttenwerk Görlitzberg & Cie",
        "jiho",
        six("jiho", "jiho", "oksana", "oksana", "mei", "jiho"),
        meeting("jiho", 24, "Planungsgespräch"),
        tier="A",
        revenue=6_100_000,
        contacts={"Dr.-Ing. Käthe Grünewäldchen": "Technische Leiterin"},
    ),
    customer(
        "huettenwerk-sud",
        "Hüttenwerk Görlitzberg Süd – Werk „Zwei“",
        "jiho",
        six("jiho", "jiho", "oksana", "oksana", "mei", "jiho"),
        task("jiho", 8, "Versandetiketten prüfen"),
        parent="huettenwerk",
        tier="C",
        revenue=700_000,
        contacts={"Ägidius Möllenhoff-Brück": "Werksleiter"},
    ),
    # Created ten days ago: no plan needed yet, nobody has had the time to be silent.
    customer(
        "guelbahar",
        "Gülbahçem Tekstil Ltd. Şti.",
        "lucas",
        six("lucas", "lucas", "mei", "mei", "priya", "lucas"),
        meeting("lucas", 6, "Tanışma"),
        quiet="lucas mei priya",
        created=-10,
        since=-9,
        plan=None,
        contacts={"Yağmur Çiçekoğulları": "Satın Alma"},
    ),
    # A task a few days late still counts; two share one role; a young plan may have an empty part.
    customer(
        "sarab",
        "مؤسسة نجمة السراب للنقل",
        "noor",
        six("noor", "noor mei", "priya", "lucas", "mei", "noor"),
        task("noor", -4, "إرسال العرض"),
        plan=PortfolioPlan(parts=frozenset(PlanPart) - {PlanPart.CURRENT_STATE}, start_days=-18, next_review_days=72),
        revenue=350_000,
        contacts={"ريماس آل زُهير": "مديرة العمليات"},
    ),
    # A key account for a month: the team was named then and has done nothing yet.
    customer(
        "simorgh",
        "شرکت بازرگانی سیمرغ دریابار",
        "noor",
        six("noor", "camille", "camille", "noor", "mei", "noor"),
        meeting("noor", 12, "جلسه معارفه"),
        quiet="noor camille mei",
        since=-31,
        fields={"key_since": -32},
        revenue=270_000,
        contacts={"ژیوان پارسی‌نژاد": "مدیر تدارکات"},
    ),
    # The latest grade is low, and that is in hand: a first target is set and a call is agreed.
    customer(
        "ambatovola",
        "Ambatovola Lavanila SARLU",
        "jiho",
        six("jiho", "jiho", "priya", "camille", "mei", "jiho"),
        call("jiho", 8, "Appel qualité"),
        revenue=330_000,
        contacts={"Hanitriniaina Razafimbola": "Directrice logistique"},
        feedback=(grade(Grade.B_MINUS, -9, "Labels came off"),),
        fields={"recovery_target": "B"},
    ),
)
"""No task is expected here."""

OUT_OF_SCOPE: Final = (
    customer(
        "vilna-banka",
        "Ledo Drugelis ir Partneriai UAB",
        "lucas",
        {},
        key_account=False,
        tier="C",
        plan=None,
        deals=(deal("drugelis-1", "Plėvelės", "lucas"),),
        bought=720_000,
        contacts={"Žydrūnė Šiaučiūnaitytė": "Pirkimų vadovė"},
    ),
    customer(
        "vazi",
        "შპს «ქარვის ვაზი»",
        "henrik",
        all_by("elif"),
        task(None, -90, "წერილის გაგზავნა"),
        key_account=False,
        quiet="elif",
        plan=half_plan(following=-120),
        bought=610_000,
        contacts={"ნინიკო ცისარტყელაშვილი": "შესყიდვების მენეჯერი"},
    ),
)
"""Gaps at customers that are no key accounts: nothing is expected here either."""
