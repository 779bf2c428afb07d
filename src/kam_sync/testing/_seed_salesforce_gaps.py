"""The customers with gaps in the portfolio for Salesforce; every name is invented.

What is expected of a customer is written by hand from what was planted, never taken from a rule.
"""

from __future__ import annotations

from typing import Final

from kam_sync.portfolio import PortfolioPlan
from kam_sync.records import Grade, PlanPart
from kam_sync.testing._seed_parts import (
    all_by,
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
    # Nobody is the innovator.
    customer(
        "sogetsu",
        "株式会社 蒼月精工",
        "leila",
        six("leila", "leila", "", "amara", "haruto", "leila"),
        meeting("leila", 19, "定例会議"),
        revenue=1_900_000,
        contacts={"月岡 澄江": "購買部長"},
        expected=truth(roles="KAM101"),
    ),
    # Relationship lead and project manager are missing on a top-tier account: critical.
    customer(
        "pureunmaru",
        "주식회사 푸른마루 식품",
        "tomasz",
        six("tomasz", "", "amara", "amara", "haruto", ""),
        meeting("tomasz", 13, "분기 회의"),
        tier="A",
        revenue=5_400_000,
        contacts={"남궁하늬": "구매팀장"},
        expected=truth(roles="KAM101"),
    ),
    # No role is held at all; of a young plan only one part is written.
    customer(
        "himshikhar",
        "हिमशिखर वस्त्र उद्योग प्रा. लि.",
        "amara",
        {},
        task("amara", 20, "नमूने भेजना"),
        besides="amara leila",
        plan=PortfolioPlan(parts=frozenset({PlanPart.STRATEGY}), start_days=-20, next_review_days=45),
        revenue=430_000,
        contacts={"वसुंधरा चतुरंगे": "क्रय प्रमुख"},
        expected=truth(roles="KAM101", plan="KAM202"),
    ),
    # The only collaborator has left.
    customer(
        "oshaughnessy",
        "O'Shaughnessy's Quay Brewing",
        "haruto",
        six("haruto", "haruto", "sofia", "birgitta", "ruslan", "haruto"),
        meeting("haruto", 27, "Tasting & pricing"),
        quiet="birgitta",
        revenue=260_000,
        contacts={"Gráinne Ní Fhaoláin-Doyle": "Head of Procurement"},
        expected=truth(roles="KAM102"),
    ),
    # One of two relationship leads has left.
    customer(
        "jessamy",
        'Tom & Jessamy\'s "Little" Bakery',
        "sofia",
        six("sofia", "sofia birgitta", "leila", "leila", "ruslan", "sofia"),
        task("sofia", 8, 'Send the "small" mixer\'s drawings'),
        quiet="birgitta",
        revenue=190_000,
        contacts={"Jessamy Thistlewood-Pryce": "Owner"},
        expected=truth(roles="KAM102"),
    ),
    # The only results driver has left, nobody is the innovator, and there is no plan.
    customer(
        "fett",
        "<b>Fett & Kursiv</b> Druckerei",
        "mateus",
        six("birgitta", "mateus", "", "mateus", "haruto", "haruto"),
        meeting("mateus", 17, "<i>Druckfreigabe</i>"),
        quiet="birgitta",
        plan=None,
        revenue=350_000,
        contacts={"Anselm Krähwinkler": "Druckereileiter"},
        expected=truth(roles="KAM101 KAM102", plan="KAM201"),
    ),
    # The technical expert was named long ago and never did anything here.
    customer(
        "gelato",
        "Gelato 🍨 Luna Piena S.r.l.",
        "amara",
        six("amara", "amara", "amara", "leila", "ruslan", "amara"),
        meeting("amara", 24, "Riunione 🍦"),
        quiet="ruslan",
        revenue=410_000,
        contacts={"Ortensia Bellacqua-Drò": "Responsabile acquisti"},
        expected=truth(roles="KAM103"),
    ),
    # The innovator was last active long ago, nobody is the collaborator, the plan was never reviewed since its start.
    customer(
        "vieux-gue",
        "Société d'Étanchéité du Vieux-Gué",
        "ruslan",
        six("ruslan", "ruslan", "sofia", "", "tomasz", "ruslan"),
        long_ago("sofia"),
        task("ruslan", 15, "Envoyer l’échéancier"),
        quiet="sofia",
        plan=full_plan(),
        revenue=690_000,
        contacts={"Apolline Vaucressonnière": "Directrice des achats"},
        expected=truth(roles="KAM101 KAM103", plan="KAM205"),
    ),
    # No plan.
    customer(
        "angermossen",
        "Ångermossens Pappersbruk AB",
        "tomasz",
        six("tomasz", "tomasz", "amara", "amara", "haruto", "tomasz"),
        meeting("tomasz", 22, "Avstämning"),
        plan=None,
        revenue=1_480_000,
        contacts={"Rickard Sjöögren-Myhr": "Inköpschef"},
        expected=truth(plan="KAM201"),
    ),
    # Half of an older plan is empty.
    customer(
        "quintaneira",
        "Quintaneira Cortiças, Lda.",
        "mateus",
        six("mateus", "mateus", "leila", "leila", "ruslan", "sofia"),
        meeting("sofia", 18, "Visita à fábrica"),
        plan=half_plan(),
        revenue=240_000,
        contacts={"Conceição Vilarandelo": "Diretora de Compras"},
        expected=truth(plan="KAM202"),
    ),
    # The review was due on the date that was set for it.
    customer(
        "srouby",
        "Žďárkovské Šroubárny s.r.o.",
        "haruto",
        six("haruto", "haruto", "sofia", "amara", "ruslan", "amara"),
        task("amara", 26, "Poslat vzorky šroubů"),
        plan=full_plan(last=-192, following=-12),
        revenue=980_000,
        contacts={"Bořivoj Třešňák": "Vedoucí nákupu"},
        expected=truth(plan="KAM205"),
    ),
    # No date was set, and on a top-tier account the last review is too long ago.
    customer(
        "szekely",
        "Székelykőrös Malomipari Zrt.",
        "ruslan",
        six("ruslan", "ruslan", "sofia", "leila", "tomasz", "leila"),
        meeting("leila", 28, "Éves egyeztetés"),
        tier="A",
        plan=full_plan(last=-115),
        revenue=3_050_000,
        contacts={"Őrsi-Tűzkő Piroska": "Beszerzési vezető"},
        expected=truth(plan="KAM205"),
    ),
    # Half of the plan is empty and its review is overdue as well.
    customer(
        "valea-ursului",
        "Întreprinderea Forestieră Valea Ursuleților S.R.L.",
        "sofia",
        six("sofia", "sofia", "amara", "amara", "haruto", "haruto"),
        meeting("haruto", 21, "Ședință de lucru"),
        plan=half_plan(last=-190, following=-15),
        revenue=560_000,
        contacts={"Ilinca Țăndărescu-Ghiță": "Director achiziții"},
        expected=truth(plan="KAM202 KAM205"),
    ),
    # Nothing is planned: that one fact speaks for the open deal too.
    customer(
        "nandubay",
        "Ñandubay Maderas del Sur S.A.",
        "amara",
        six("amara", "amara", "leila", "leila", "ruslan", "sofia"),
        revenue=720_000,
        deals=(deal("nandubay-1", "Línea de secado «Ñ»", "amara", amount=310_000),),
        contacts={"Nahuel Iñíguez Pampliega": "Gerente de compras"},
        expected=truth(next_steps="KAM203"),
    ),
    # All that is open is long overdue.
    customer(
        "binh-nguyet",
        "Công ty TNHH Gốm Sứ Bình Nguyệt Lâu",
        "leila",
        six("leila", "leila", "amara", "amara", "haruto", "ruslan"),
        task("ruslan", -19, "Gửi báo giá"),
        task("leila", -44, "Gọi lại cho khách"),
        revenue=390_000,
        contacts={"Nguyễn Thị Ánh Khuê": "Trưởng phòng mua hàng"},
        expected=truth(next_steps="KAM204"),
    ),
    # A meeting is planned, but one task has no date.
    customer(
        "dok-khun",
        "บริษัท ดอกคูณทองคำ จำกัด",
        "mateus",
        six("mateus", "mateus", "leila", "leila", "haruto", "tomasz"),
        meeting("tomasz", 25, "ประชุมติดตามงาน"),
        task("mateus", None, "โทรหาลูกค้า"),
        revenue=280_000,
        contacts={"พิมพ์ลดา ศรีจันทร์ฉาย": "ผู้จัดการฝ่ายจัดซื้อ"},
        expected=truth(next_steps="KAM204"),
    ),
    # One deal has a task, one has a text, and one has nothing.
    customer(
        "galei-tzafon",
        'חברת גלי הצפון הכחול בע"מ',
        "sofia",
        six("sofia", "sofia", "amara", "amara", "ruslan", "amara"),
        task("sofia", 10, "שליחת הצעה", deal="galei-1"),
        revenue=830_000,
        deals=(
            deal("galei-1", "קו אריזה", "sofia"),
            deal("galei-2", "חלקי חילוף", "sofia", 50, next_step="להתקשר לגב' בן-שחר"),
            deal("galei-3", "שדרוג <2>", "sofia", 90),
        ),
        contacts={"תמרה בן-שחר אלגרנטי": "מנהלת רכש"},
        expected=truth(next_steps="KAM203"),
    ),
    # There is a step, beside a task long overdue; a deal has no step either.
    customer(
        "thokufjall",
        "Þokufjalla Jarðvarmi ehf.",
        "ingrid",
        six("ingrid", "ingrid", "sofia", "sofia", "haruto", "leila"),
        meeting("leila", 15, "Stöðufundur"),
        task("ingrid", -33, "Senda tilboð"),
        tier="A",
        revenue=2_150_000,
        deals=(deal("thokufjall-1", "Færiband 3", "ingrid"),),
        contacts={"Æsa Hrafnkelsdóttir Blöndal": "Innkaupastjóri"},
        expected=truth(next_steps="KAM203 KAM204"),
    ),
    # The deal's own task belongs to somebody who left; mending it is the one thing to do for the deal.
    customer(
        "mara",
        "Māra & Dēli Piensaimnieki SIA",
        "tomasz",
        six("tomasz", "tomasz", "amara", "amara", "haruto", "sofia"),
        meeting("sofia", 20, "Tikšanās"),
        task("birgitta", 18, "Sagatavot līgumu", deal="mara-1"),
        revenue=170_000,
        deals=(deal("mara-1", "Pudeļu līnija", "tomasz"),),
        contacts={"Līksma Ērgļkalne": "Iepirkumu vadītāja"},
        expected=truth(next_steps="KAM204"),
    ),
    # Nothing is in order: no role, no plan, no step, and nobody has done anything.
    customer(
        "semicolon",
        "Semi;colon'); -- Möbel \\ Design",
        "ruslan",
        {},
        plan=None,
        tier="A",
        revenue=1_260_000,
        contacts={"Leonhard O'Bramarbas": "Head of Buying"},
        expected=truth(roles="KAM101", plan="KAM201", next_steps="KAM203", relations="KAM501"),
    ),
    # The project manager has left, the technical expert is silent, nobody is the innovator, there is no plan, and
    # the text on the deal counts no more, since its close date has passed.
    customer(
        "rueckwaerts",
        "100 % Rück\\wärts_Optik {Linse}",
        "sofia",
        six("sofia", "sofia", "", "sofia", "tomasz", "birgitta"),
        task("sofia", 13, "Muster {1} prüfen"),
        long_ago("tomasz", -160),
        quiet="birgitta tomasz",
        besides="ingrid",
        plan=None,
        revenue=330_000,
        deals=(deal("rueckwaerts-1", "Linsen_%", "sofia", -25, next_step="Unterschrift"),),
        contacts={"Friedemann Zwölfinger": "Einkaufsleiter"},
        expected=truth(roles="KAM101 KAM102 KAM103", plan="KAM201", next_steps="KAM203"),
    ),
    # A plan without a single date.
    customer(
        "brunnsvik",
        "Brunnsviken Glas & Ljus KB",
        "haruto",
        six("haruto", "haruto", "leila", "leila", "ruslan", "haruto"),
        meeting("haruto", 14, "Uppföljning"),
        plan=full_plan(start=None),
        revenue=150_000,
        contacts={"Ödgärd Åkerlöf": "Platschef"},
        expected=truth(plan="KAM205"),
    ),
    # Owned by somebody who left: nobody is the results driver, and the tasks go to the former owner's manager.
    customer(
        "kizilyaprak",
        "Kızılyaprak Iplik ve Dokuma Ltd. Şti.",
        "declan",
        six("", "tomasz", "tomasz", "leila", "haruto", "tomasz"),
        meeting("tomasz", 29, "Fabrika ziyareti"),
        revenue=620_000,
        contacts={"İlknur Çağlayangil-Öz": "Tedarik Müdürü"},
        expected=truth(roles="KAM101", process="KAM804"),
    ),
    # One person does everything here. Two open deals are provided for: one by a task of its own, one by the text on it.
    customer(
        "thalassinos",
        "Αφοί Θαλασσινού Ναυπηγική Α.Ε.",
        "sofia",
        all_by("sofia"),
        task("sofia", 14, "Αποστολή προσφοράς", deal="thalassinos-1"),
        revenue=880_000,
        deals=(
            deal("thalassinos-1", "Γραμμή «Αιγαίο» 2", "sofia", amount=240_000),
            deal("thalassinos-2", "Ανταλλακτικά", "sofia", 35, next_step="Τηλεφώνημα στον κ. Ξενάκη-Ρούσσο"),
        ),
        contacts={"Φώτης Θαλασσινός": "Διευθυντής", "Ελπινίκη Μαυροθαλασσίτη": "Προμήθειες"},
        expected=truth(relations="KAM501"),
    ),
    # Of three people whom we know we speak with the executive only.
    customer(
        "kowhai",
        "Kōwhai Ridge Timber Ltd",
        "mateus",
        six("mateus", "mateus", "amara", "amara", "ruslan", "haruto"),
        meeting("haruto", 17, "Hui at the mill"),
        unmet="person1 colleague",
        revenue=460_000,
        contacts={"Marama Te Kāhurangi-Pike": "Mill Manager"},
        expected=truth(relations="KAM502"),
    ),
    # No executive is known; everybody else was met.
    customer(
        "baridi",
        "Kisiwa Baridi Ice Works",
        "tomasz",
        six("tomasz", "tomasz", "leila", "leila", "haruto", "tomasz"),
        task("tomasz", 11, "Tuma orodha ya bei"),
        executive=False,
        revenue=210_000,
        contacts={"Neema Mwakasege-Ulaya": "Purchasing", "Idrissa Pembamoto": "Vice President Production"},
        expected=truth(relations="KAM508"),
    ),
    # On a top-tier account the executive was last talked to half a year ago, and only two others lately.
    customer(
        "combe-noire",
        "Ateliers de la Combe-Noire S.A.S.",
        "leila",
        six("leila", "leila", "sofia", "sofia", "haruto", "leila"),
        long_ago("leila", -190, contacts=("executive",)),
        meeting("leila", 22, "Point trimestriel"),
        tier="A",
        unmet="executive",
        revenue=2_700_000,
        contacts={"Églantine Vauquelin-Roche": "Responsable méthodes"},
        expected=truth(relations="KAM502 KAM508"),
    ),
    # The latest grade is a C; a meeting is agreed, but no first target is set.
    customer(
        "yaguarete",
        "Frigorífico Yaguareté Dormido S.A.",
        "haruto",
        six("haruto", "haruto", "amara", "sofia", "ruslan", "haruto"),
        meeting("haruto", 6, "Reunión de servicio"),
        revenue=1_340_000,
        contacts={"Itatí Ñamandú Larraondo": "Jefa de planta"},
        feedback=(grade(Grade.A_MINUS, -115), grade(Grade.C, -21, "Tres entregas tardías")),
        expected=truth(service="KAM602"),
    ),
)
"""What each lacks, and so what is expected, stands beside it."""
