"""What people call things: the words by which fields, objects and values of an org are recognised.

In English, German, French, Spanish, Portuguese, Italian and Dutch, written here without accents, likeliest first. Words
are compared after `words_of`, so that `Nächste Überprüfung`, `Naechste_Ueberpruefung__c` and `NaechsteUeberpruefung__c`
are the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD: Final = re.compile(r"[a-z0-9]+")
_UMLAUTS: Final = (("ae", "a"), ("oe", "o"), ("ue", "u"), ("ß", "ss"))
_PREFIX: Final = 5
"""From so many letters a word is taken as the beginning of one, so that `strateg` finds `strategisch`."""
_ENDINGS: Final = frozenset({"s", "es", "e", "n", "en"})
"""How plurals end."""
_INSIDE: Final = 7
"""From so many letters a word may stand inside another one, as in German and Dutch compounds."""


def _split(words: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in words.split(","))


NEGATIONS: Final = frozenset(
    _split(
        "not, no, non, former, formerly, ex, old, deprecated, obsolete, unused, test, kein, keine, nicht, ehemalig, "
        "ehemaliger, ehemals, alt, veraltet, ancien, ancienne, pas, antiguo, antigua, obsoleto, nao, antigo, vecchio, "
        "niet, geen, oud, voormalig"
    )
)
"""Words that turn a label into its opposite; what bears one is never proposed."""

PHRASES: Final[Mapping[str, tuple[str, ...]]] = {
    "scope": _split(
        "key account, keyaccount, strategic account, strategic customer, target account, named account, "
        "schlusselkunde, strategisch kunde, grosskunde, compte cle, client cle, grand compte, compte strategique, "
        "cuenta clave, cliente clave, cuenta estrategica, conta chave, cliente chave, conta estrategica, cliente "
        "chiave, cliente strategico, cliente direzionale, sleutelklant, sleutelaccount, strategische klant, topklant, "
        "strategic, strategisch, strategique, estrategico, strategico"
    ),
    "account.tier": _split(
        "tier, account class, customer class, abc class, abc, classification, segment, customer category, account "
        "category, kundenklasse, kundensegment, abc klasse, kundenkategorie, categorie client, niveau client, "
        "segmento, categoria cliente, clase cliente, clasificacion, classificacao, classe cliente, fascia cliente, "
        "klantklasse, klantsegment, klantcategorie"
    ),
    "account.revenue": _split(
        "annual revenue, revenue, turnover, jahresumsatz, umsatz, chiffre affaires, ingresos anuales, ingresos, "
        "facturacion, receita anual, receita, faturamento, fatturato, ricavi, jaaromzet, omzet"
    ),
    "contact.level": _split(
        "level, seniority, management level, hierarchy, hierarchieebene, hierarchiestufe, niveau hierarchique, nivel "
        "jerarquico, nivel hierarquico, livello gerarchico, livello, nivel, niveau, ebene"
    ),
    "contact.stance": _split(
        "stance, attitude, sentiment, disposition, einstellung, haltung, actitud, atitude, atteggiamento, houding, "
        "position towards us"
    ),
    "contact.buying_roles": _split(
        "buying role, buyer role, decision role, role in decision, buying center, buying centre, kaufrolle, "
        "einkaufsrolle, entscheiderrolle, role achat, rol de compra, papel compra, ruolo acquisto, kooprol, "
        "aankooprol"
    ),
    "roles.results_driver": _split(
        "results driver, result driver, results owner, ergebnisverantwortlich, ergebnistreiber, responsable "
        "resultats, responsable resultados, responsavel resultados, responsabile risultati, "
        "resultaatverantwoordelijke"
    ),
    "roles.relationship_lead": _split(
        "relationship lead, relationship manager, relationship owner, beziehungsmanager, beziehungsverantwortlich, "
        "kundenbetreuer, responsable relation, responsable relaciones, gestor relacionamento, responsabile relazioni, "
        "relatiebeheerder, relatiemanager, client partner"
    ),
    "roles.innovator": _split(
        "innovator, innovation lead, innovation manager, innovationsmanager, innovateur, innovador, inovador, "
        "innovatore"
    ),
    "roles.collaborator": _split(
        "collaborator, collaboration lead, kollaborateur, kooperationsverantwortlich, collaborateur, colaborador, "
        "collaboratore, samenwerkingspartner"
    ),
    "roles.technical_expert": _split(
        "technical expert, technical specialist, technical lead, solution architect, solution engineer, sales "
        "engineer, pre sales, presales, technisch experte, fachexperte, technikexperte, expert technique, experto "
        "tecnico, especialista tecnico, esperto tecnico, technisch expert"
    ),
    "roles.project_manager": _split(
        "project manager, project lead, program manager, projektleiter, projektmanager, projektleitung, chef projet, "
        "jefe proyecto, gestor proyecto, gerente projeto, gestor projeto, capo progetto, responsabile progetto, "
        "projectleider, projectmanager"
    ),
    "plans": _split(
        "account plan, accountplan, key account plan, customer plan, kundenplan, kundenentwicklungsplan, plan de "
        "compte, plan compte, plan cuenta, plan conta, piano account, piano cliente, klantplan, strategic plan, plan"
    ),
    "plan.start_on": _split(
        "start date, valid from, startdatum, gultig ab, beginn, date debut, debut, fecha inicio, data inicio, inicio, "
        "data inizio, inizio, aanvang, start"
    ),
    "plan.end_on": _split(
        "end date, valid until, valid to, enddatum, gultig bis, date fin, fecha fin, data fim, data fine, einddatum, "
        "termino, fin, fim, fine, ende, end"
    ),
    "plan.last_review_on": _split(
        "last review, last reviewed, previous review, letzt uberprufung, letzt review, letzt prufung, derniere "
        "revue, dernier examen, ultima revision, ultima revisao, ultima revisione, laatste review, laatste "
        "beoordeling, laatste evaluatie, reviewed on"
    ),
    "plan.next_review_on": _split(
        "next review, nachst uberprufung, nachst review, nachst prufung, prochaine revue, prochain examen, "
        "proxima revision, proxima revisao, prossima revisione, volgende review, volgende beoordeling, volgende "
        "evaluatie, review due"
    ),
    "plan.parts.key_relations": _split(
        "relationship map, key relation, key relationship, key contact, stakeholder map, stakeholder, "
        "beziehungslandkarte, beziehungsnetz, schlusselbeziehung, relations cles, relaciones clave, relacoes chave, "
        "relazioni chiave, sleutelrelaties, relationship"
    ),
    "plan.parts.current_state": _split(
        "current state, current situation, account challenges, swot, ausgangslage, ist situation, situation actuelle, "
        "situacion actual, situacao atual, situazione attuale, huidige situatie, challenges"
    ),
    "plan.parts.revenue_goals": _split(
        "revenue goal, revenue target, sales target, sales goal, financial goal, umsatzziel, objectif chiffre "
        "affaires, objetivo ingresos, meta receita, obiettivo fatturato, omzetdoel, revenue plan"
    ),
    "plan.parts.strategy": _split(
        "strategic priorities, account strategy, strategy, kundenstrategie, strategie, estrategia, strategia, vision"
    ),
    "tasks.key": _split("kam sync key, kamsync key, kam sync"),
}
"""Subject → what it is called."""

EXCLUDED: Final[Mapping[str, frozenset[str]]] = {
    "scope": frozenset(
        _split(
            "manager, owner, lead, since, date, team, plan, review, potential, candidate, reason, score, "
            "former, previous"
        )
    ),
    "account.tier": frozenset(
        _split("industry, product, credit, risk, partner, support, price, pricing, tax, market, service")
    ),
    "account.revenue": frozenset(
        _split("target, goal, plan, potential, ziel, date, currency, share, last, next, quarter")
    ),
    "contact.level": frozenset(_split("service, support, risk, credit, influence, access, education, language")),
    "plans": frozenset(
        _split(
            "payment, service, floor, pricing, maintenance, subscription, product, project, visit, marketing, "
            "insurance, action, item, objective, measure, line, zahlungsplan, wartungsplan, rate, billing, health, care"
        )
    ),
    "plan.start_on": frozenset(_split("review, next, last, kickoff, project")),
    "plan.end_on": frozenset(_split("review, next, last, user")),
}
"""Subject → words that show that something else is meant."""

CHOICES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "contact.stance": {
        "supporter": _split(
            "supporter, supportive, champion, advocate, promoter, ambassador, positive, favorable, favourable, with "
            "us, befurworter, unterstutzer, positiv, partisan, positif, partidario, defensor, positivo, apoiador, "
            "sostenitore, favorevole, voorstander, positief"
        ),
        "neutral": _split("neutral, neutre, neutro, neutrale, neutraal, indifferent"),
        "blocker": _split(
            "blocker, opponent, detractor, negative, against us, hostile, gegner, kritiker, negativ, opposant, "
            "detracteur, negatif, opositor, detractora, negativo, bloqueador, oppositore, tegenstander, negatief"
        ),
    },
    "contact.level": {
        "executive": _split(
            "executive, c level, c suite, board, managing director, geschaftsfuhrung, geschaftsleitung, vorstand, "
            "direction generale, direccion general, alta direccion, diretoria executiva, direzione generale, "
            "directie, bestuur"
        ),
        "director": _split("director, vice president, vp, bereichsleiter, directeur, diretor, direttore"),
        "manager": _split(
            "manager, head of, team lead, abteilungsleiter, teamleiter, responsable, gerente, responsabile, "
            "afdelingshoofd"
        ),
        "staff": _split(
            "staff, employee, specialist, individual contributor, mitarbeiter, sachbearbeiter, collaborateur, "
            "empleado, funcionario, impiegato, medewerker"
        ),
    },
    "contact.buying_roles": {
        "decision_maker": _split("decision maker, entscheider, decideur, decisor, decisore, beslisser"),
        "economic_buyer": _split("economic buyer, economic decision maker, budget owner, budgetverantwortlich"),
        "technical_buyer": _split("technical buyer, evaluator, technisch einkaufer, evaluateur, evaluador"),
        "champion": _split("champion, coach, promoter"),
        "executive_sponsor": _split("executive sponsor, sponsor"),
        "influencer": _split("influencer, beeinflusser, influenceur, influenciador, beinvloeder"),
        "end_user": _split("end user, business user, user, anwender, utilisateur, usuario, utente, gebruiker"),
        "blocker": _split("blocker, blockierer, bloqueur, bloqueador"),
    },
}
"""Canonical name → our value → what orgs call it; the first of our values that fits is taken."""

YES: Final = frozenset(_split("yes, ja, oui, si, sim, true, y, 1"))
"""What stands for a tick where a picklist is used as a checkbox."""
ACTIVE: Final = _split("active, aktiv, actif, activo, ativo, attivo, actief, in progress, running")
"""What a plan in force is called."""


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a label or an API name: small, without accents, `ae` as `a`."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    plain = _CAMEL.sub(" ", plain.removesuffix("__c").replace("_", " ")).lower()
    for written, meant in _UMLAUTS:
        plain = plain.replace(written, meant)
    return tuple(_WORD.findall(plain))


def _meets(wanted: str, word: str) -> bool:
    if word == wanted or (word.startswith(wanted) and word[len(wanted) :] in _ENDINGS):
        return True
    if len(wanted) >= _PREFIX and word.startswith(wanted):
        return True
    return len(wanted) >= _INSIDE and wanted in word


def rank(phrases: Sequence[str], text: str, excluded: frozenset[str] = frozenset()) -> tuple[int, int] | None:
    """Return how well a label or name fits: the place of the phrase and how many words are left over; least is best.

    Args:
        phrases: What a subject is called, likeliest first.
        text: The label or the name.
        excluded: Words that show that something else is meant, beside negations.
    """
    words = words_of(text)
    if not words or not (NEGATIONS | excluded).isdisjoint(words):
        return None
    for place, phrase in enumerate(phrases):
        wanted = words_of(phrase)
        if all(any(_meets(each, word) for word in words) for each in wanted):
            return place, max(0, len(words) - len(wanted))
    return None


def choices_of(canonical: str, values: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return our value → those of a picklist that mean it; each of the picklist's at most once."""
    found: dict[str, list[str]] = {}
    for value in values:
        for choice, phrases in CHOICES.get(canonical, {}).items():
            if rank(phrases, value) is not None:
                found.setdefault(choice, []).append(value)
                break
    return {choice: tuple(found[choice]) for choice in CHOICES.get(canonical, {}) if choice in found}
