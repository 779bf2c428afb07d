"""The customers with gaps in the portfolio for HubSpot; every name is invented.

What is expected of a customer is written by hand from what was planted, never taken from a rule.
"""

from __future__ import annotations

from typing import Final

from kam_sync.portfolio import PortfolioPlan
from kam_sync.records import Grade, PlanPart
from kam_sync.testing._seed_parts import (
    all_by,
    canceled,
    customer,
    deal,
    full_plan,
    grade,
    half_plan,
    long_ago,
    meeting,
    six,
    task,
    truth,
)

GAPS: Final = (
    # Nobody is the technical expert.
    customer(
        "yinxinggu",
        "银杏谷雾生物科技有限公司",
        "mei",
        six("mei", "mei", "priya", "priya", "", "mei"),
        meeting("mei", 20, "季度会议"),
        revenue=2_200_000,
        contacts={"司徒映雪": "采购总监"},
        expected=truth(roles="KAM101"),
    ),
    # Project manager and relationship lead are missing on a top-tier account: critical.
    customer(
        "muteki",
        "有限会社 霧笛堂",
        "priya",
        six("priya", "", "lucas", "lucas", "jiho", ""),
        task("priya", 15, "見積書を送る"),
        tier="A",
        revenue=4_700_000,
        contacts={"霧島野 すみれ": "仕入部長"},
        expected=truth(roles="KAM101"),
    ),
    # No role is held at all; of a young plan only one part is written.
    customer(
        "dalmuri",
        "주식회사 달무리빛 전자",
        "lucas",
        {},
        meeting("lucas", 19, "실무 회의"),
        besides="lucas mei",
        plan=PortfolioPlan(parts=frozenset({PlanPart.KEY_RELATIONS}), start_days=-16, next_review_days=60),
        revenue=1_300_000,
        contacts={"제갈다솜": "구매 담당"},
        expected=truth(roles="KAM101", plan="KAM202"),
    ),
    # The only innovator has left.
    customer(
        "chandraveena",
        "चंद्रवीणा मसाला उद्योग",
        "camille",
        six("camille", "camille", "elif", "jiho", "mei", "camille"),
        meeting("camille", 21, "समीक्षा बैठक"),
        quiet="elif",
        revenue=540_000,
        contacts={"इंद्रायणी पंतसचिवे": "ख़रीद प्रबंधक"},
        expected=truth(roles="KAM102"),
    ),
    # One of two project managers has left; the other keeps the role.
    customer(
        "darcy",
        "D'Arcy-O'Neillan & Daughters' Shipping",
        "jiho",
        six("jiho", "jiho", "lucas", "lucas", "oksana", "jiho elif"),
        task("jiho", 9, 'Send "Bill of Lading"'),
        quiet="elif",
        revenue=1_750_000,
        contacts={"Saoirse D'Arcy-O'Neillan": "Managing Director"},
        expected=truth(roles="KAM102"),
    ),
    # Two roles rest on somebody who left, nobody is the collaborator, and there is no plan.
    customer(
        "unquote",
        '"Quote" Unquote Publishing Ltd',
        "oksana",
        six("elif", "oksana", "elif", "", "mei", "oksana"),
        meeting("oksana", 18, "'Single' & \"double\" quotes"),
        quiet="elif",
        plan=None,
        revenue=220_000,
        contacts={"Peregrine Ampersand-Jones": "Production Director"},
        expected=truth(roles="KAM101 KAM102", plan="KAM201"),
    ),
    # The collaborator was named long ago and never did anything here.
    customer(
        "script",
        "<script>alert('x')</script> Studios",
        "mei",
        six("mei", "mei", "priya", "lucas", "priya", "mei"),
        task("mei", 14, "<img src=x onerror=alert(1)>"),
        quiet="lucas",
        revenue=130_000,
        contacts={"Zenobia <b>Quill</b>": "Studio Manager"},
        expected=truth(roles="KAM103"),
    ),
    # Two people are silent in their roles, so that only one is active; one role is missing, and the plan was never
    # reviewed since its start.
    customer(
        "rotfuchs",
        "🦊 Rotfuchs Robotik GmbH",
        "camille",
        six("camille", "", "oksana", "jiho", "jiho", "camille"),
        long_ago("oksana"),
        long_ago("jiho", -130),
        meeting("camille", 23, "Roboter-Demo 🤖"),
        quiet="oksana jiho",
        plan=full_plan(),
        revenue=2_450_000,
        contacts={"Lioba Füchslein": "Leiterin Einkauf"},
        expected=truth(roles="KAM101 KAM103", plan="KAM205", relations="KAM501"),
    ),
    # No plan.
    customer(
        "etoile-filante",
        "Brasserie de l'Étoile Filante",
        "lucas",
        six("lucas", "lucas", "priya", "priya", "jiho", "oksana"),
        meeting("oksana", 16, "Dégustation"),
        plan=None,
        revenue=320_000,
        contacts={"Maëlys Courtebotte": "Responsable achats"},
        expected=truth(plan="KAM201"),
    ),
    # Half of an older plan is empty.
    customer(
        "zlaty-snek",
        "Pekárna U Zlatého Šnečka",
        "priya",
        six("priya", "priya", "lucas", "mei", "jiho", "mei"),
        task("mei", 27, "Zaslat ceník"),
        plan=half_plan(),
        revenue=90_000,
        contacts={"Květoslava Říhošková": "Majitelka"},
        expected=truth(plan="KAM202"),
    ),
    # The review was due on the date that was set for it.
    customer(
        "tunderkert",
        "Tündérkerti Gyógynövény Kft.",
        "jiho",
        six("jiho", "jiho", "priya", "lucas", "mei", "priya"),
        meeting("priya", 22, "Egyeztetés"),
        plan=full_plan(last=-195, following=-11),
        revenue=260_000,
        contacts={"Bűbájos Töhötöm": "Ügyvezető"},
        expected=truth(plan="KAM205"),
    ),
    # No date was set, and on a top-tier account the last review is too long ago; half of the plan is empty too.
    customer(
        "poiana",
        "Fabrica de Sticlă Poiana Albăstrelelor",
        "noor",
        six("noor", "noor", "priya", "mei", "oksana", "jiho"),
        task("jiho", 25, "Trimitere mostre"),
        tier="A",
        plan=half_plan(start=-300, last=-112, following=None),
        revenue=1_950_000,
        contacts={"Brândușa Țuțuianu-Șerb": "Director tehnic"},
        expected=truth(plan="KAM202 KAM205"),
    ),
    # The only meeting was canceled: that one fact speaks for the open deal too.
    customer(
        "cazorlilla",
        "Cooperativa Olivarera Ñusta de Cazorlilla",
        "camille",
        six("camille", "camille", "priya", "priya", "mei", "oksana"),
        canceled("camille", 12, "Visita anulada"),
        revenue=410_000,
        deals=(deal("cazorlilla-1", "Garrafas 5 l", "camille", 45),),
        contacts={"Begoña Muñiz-Ibáñez Peñaloza": "Compras"},
        expected=truth(next_steps="KAM203"),
    ),
    # All that is open is long overdue.
    customer(
        "mare-cheia",
        "Empresa de Pescas Maré-Cheiazinha",
        "lucas",
        six("lucas", "lucas", "mei", "priya", "jiho", "mei"),
        task("mei", -23, "Enviar orçamento"),
        task("lucas", -60, "Telefonar à Dona Graça"),
        revenue=380_000,
        contacts={"Graça Vasconcelos Simão": "Sócia-gerente"},
        expected=truth(next_steps="KAM204"),
    ),
    # A meeting is planned, but one task has no owner.
    customer(
        "hoa-sen",
        "Nhà máy Dệt Hoa Sen Sương Trắng",
        "oksana",
        six("oksana", "oksana", "priya", "jiho", "mei", "lucas"),
        meeting("lucas", 26, "Họp tiến độ"),
        task(None, 11, "Gửi mẫu vải"),
        revenue=290_000,
        contacts={"Trần Thị Bích Hường": "Quản lý mua hàng"},
        expected=truth(next_steps="KAM204"),
    ),
    # One deal has a meeting, one has a text, one is won, and one has nothing.
    customer(
        "doi-mok",
        "ร้านกาแฟดอยหมอกขาวนวล",
        "priya",
        six("priya", "priya", "mei", "lucas", "oksana", "oksana"),
        meeting("oksana", 13, "ชิมกาแฟ", deal="doi-mok-1"),
        revenue=160_000,
        deals=(
            deal("doi-mok-1", "ถุงกาแฟ", "priya"),
            deal("doi-mok-2", "แก้วกระดาษ", "priya", 30, next_step="ส่งตัวอย่าง"),
            deal("doi-mok-3", "ฝาแก้ว", "priya", -80, is_open=False),
            deal("doi-mok-4", "กล่องของขวัญ", "priya", 85),
        ),
        contacts={"ชลธิชา พงษ์พนาวัลย์": "เจ้าของร้าน"},
        expected=truth(next_steps="KAM203"),
    ),
    # There is a step, beside a task long overdue; a deal has no step either.
    customer(
        "levana",
        "קפה הרי הלבנה הכחולה",
        "mei",
        six("mei", "mei", "jiho", "lucas", "oksana", "priya"),
        task("priya", 16, "שיחת מעקב"),
        task("mei", -28, "שליחת חוזה"),
        tier="A",
        revenue=880_000,
        deals=(deal("levana-1", "כוסות נייר", "mei"),),
        contacts={"עדן קרניאל-ברק": "מנהלת תפעול"},
        expected=truth(next_steps="KAM203 KAM204"),
    ),
    # The deal's own task is long overdue; mending it is the one thing to do for the deal.
    customer(
        "vcela",
        "Záhorácka Včielka a.s.",
        "jiho",
        six("jiho", "jiho", "camille", "oksana", "mei", "lucas"),
        meeting("lucas", 28, "Stretnutie"),
        task("jiho", -17, "Poslať zmluvu", deal="vcela-1"),
        revenue=140_000,
        deals=(deal("vcela-1", "Poháre na med", "jiho"),),
        contacts={"Ľubica Ďurčanská-Hŕbová": "Vedúca nákupu"},
        expected=truth(next_steps="KAM204"),
    ),
    # Nothing is in order: no role, no plan, no step, nobody has done anything. It is owned by somebody who left.
    customer(
        "kamen",
        "Հայկական Քարե Պարտեզ ՍՊԸ",
        "henrik",
        {},
        tier="A",
        plan=None,
        revenue=1_020_000,
        contacts={"Արփինե Քարամյան-Վարդի": "Գնումների ղեկավար"},
        expected=truth(roles="KAM101", plan="KAM201", next_steps="KAM203", relations="KAM501", process="KAM804"),
    ),
    # The project manager has left, the technical expert is silent, nobody is the innovator, there is no plan, and
    # the text on the deal counts no more, since its close date has passed.
    customer(
        "entity",
        "&amp; Söhne Entity &lt;GmbH&gt;",
        "noor",
        six("noor", "noor", "", "noor", "jiho", "elif"),
        task("noor", 17, "Angebot &euro; prüfen"),
        long_ago("jiho", -170),
        quiet="elif jiho",
        besides="priya",
        plan=None,
        revenue=230_000,
        deals=(deal("entity-1", "Kartons &nbsp; Größe 5", "noor", -20, next_step="Unterschrift abwarten"),),
        contacts={"Ottokar Säbelzahn": "Geschäftsführer"},
        expected=truth(roles="KAM101 KAM102 KAM103", plan="KAM201", next_steps="KAM203"),
    ),
    # A plan without a single date.
    customer(
        "kalynova",
        "ПП «Калинова Піч-Хатинка»",
        "oksana",
        six("oksana", "oksana", "lucas", "lucas", "jiho", "oksana"),
        meeting("oksana", 15, "Дегустація"),
        plan=full_plan(start=None),
        revenue=110_000,
        contacts={"Одарка Ґудзь-Їжак": "Власниця"},
        expected=truth(plan="KAM205"),
    ),
    # One person does everything here, and knows no executive.
    customer(
        "tjalkarra",
        "Tjalkarra Salt & Spice Pty Ltd",
        "mei",
        all_by("mei"),
        meeting("mei", 18, "Saltworks visit"),
        executive=False,
        revenue=250_000,
        contacts={"Kirrily Wandandian-Frost": "Buyer", "Corbin Ashgrove-Teale": "Packing Manager"},
        expected=truth(relations="KAM501 KAM508"),
    ),
    # Of three people whom we know we speak with two.
    customer(
        "vihreaniemi",
        "Vihreäniemen Marjajaloste Ky",
        "lucas",
        six("lucas", "lucas", "priya", "mei", "jiho", "lucas"),
        task("lucas", 12, "Lähetä näytteet"),
        unmet="colleague",
        revenue=190_000,
        contacts={"Aune Hämärinen-Sundqvist": "Hankinta"},
        expected=truth(relations="KAM502"),
    ),
    # On a top-tier account the executive was last talked to half a year ago; everybody else was met.
    customer(
        "puma-blanco",
        "Embotelladora Puma Blanco S.A.C.",
        "priya",
        six("priya", "priya", "lucas", "lucas", "mei", "oksana"),
        long_ago("priya", -185, contacts=("executive",)),
        meeting("oksana", 24, "Revisión anual"),
        tier="A",
        unmet="executive",
        revenue=2_900_000,
        contacts={"Yaretzi Quillahuamán": "Jefa de compras", "Baltazar Ocoruro Inti": "Planificación"},
        expected=truth(relations="KAM508"),
    ),
    # A queue owns it, so that nobody is responsible.
    customer(
        "nattljus",
        "Nattljusets Tvålkokeri AB",
        "queue",
        six("oksana", "oksana", "jiho", "jiho", "mei", "oksana"),
        meeting("oksana", 21, "Provleverans"),
        revenue=170_000,
        contacts={"Tuva-Lisa Granudde": "Inköp"},
        expected=truth(process="KAM804"),
    ),
    # The latest grade is a D, and nothing is agreed but to send something.
    customer(
        "okavango",
        "Okavandu Crate & Carton (Pty) Ltd",
        "camille",
        six("camille", "camille", "mei", "lucas", "priya", "camille"),
        task("camille", 10, "Send the new samples"),
        revenue=1_150_000,
        contacts={"Boitumelo Tsholofelang": "Supply Manager"},
        feedback=(grade(Grade.B_PLUS, -112), grade(Grade.D, -18, "Crates split twice")),
        expected=truth(service="KAM602"),
    ),
)
"""What each lacks, and so what is expected, stands beside it."""
