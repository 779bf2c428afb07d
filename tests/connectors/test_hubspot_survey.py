"""What is proposed from the properties of a portal: by their names, in seven languages, if their kind fits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import pytest

from kam_sync.errors import PermissionDeniedError
from kam_sync.records import PlanPart, Role
from kam_sync.setup_ports import Proposal
from kam_sync_hubspot._checking import Gap
from kam_sync_hubspot._matching import SURE, score, tokens, values_for
from kam_sync_hubspot._option_words import CHOICES
from kam_sync_hubspot._setup_answers import PropertyDefinition, PropertyOption
from kam_sync_hubspot._surveying import PropertyCandidate, proposals
from kam_sync_hubspot._vocabulary import CONCEPTS, LANGUAGES, SUBJECTS
from support_hubspot import TinyPortal, connector_of
from support_hubspot import definition as wire_definition
from support_scripted_server import Reply, ScriptedServer


def define(
    name: str, type_: str, label: str = "", *options: str, field_type: str = "", flag: str = ""
) -> PropertyDefinition:
    """Return a property; an option is written `value` or `value=label`, and a flag is one that is set."""
    owner = type_ == "owner"
    pairs = [option.partition("=") for option in options]
    return PropertyDefinition(
        name=name,
        label=label or name.replace("_", " ").capitalize(),
        type="enumeration" if owner else type_,
        field_type=field_type,
        group="invented_group",
        referenced_object_type="OWNER" if owner else "",
        choices=tuple(PropertyOption(value=value, label=said or value) for value, _, said in pairs),
        hidden=flag == "hidden",
        calculated=flag == "calculated",
        read_only=flag == "read_only",
        hubspot_defined=flag == "hubspot_defined",
    )


def proposed(
    companies: Iterable[PropertyDefinition] = (),
    contacts: Iterable[PropertyDefinition] = (),
    tasks: Iterable[PropertyDefinition] = (),
) -> Mapping[str, Proposal]:
    given = {"companies": companies, "contacts": contacts, "tasks": tasks}
    found = proposals({kind: {each.name: each for each in listed} for kind, listed in given.items()})
    assert len({proposal.subject for proposal in found}) == len(found)
    return {proposal.subject: proposal for proposal in found}


def values(proposal: Proposal) -> Sequence[str]:
    return [candidate.value for candidate in proposal.candidates]


# Words -----------------------------------------------------------------------------------------------------------


def test_every_concept_has_words_in_every_language() -> None:
    for concept, words in CONCEPTS.items():
        assert tuple(words) == LANGUAGES, concept
        assert all(all(patterns) for patterns in words.values()), concept
    for subject in SUBJECTS.values():
        assert {*subject.needs, *subject.helps, *subject.never} <= CONCEPTS.keys()
    for name, choices in CHOICES.items():
        for words in choices.values():
            assert tuple(words) == LANGUAGES, name


def test_names_are_read_whatever_their_spelling() -> None:
    assert tokens("Nächste Planüberprüfung") == ("nachste", "planuberprufung")
    assert (
        tokens("nextPlanReview")
        == tokens("next_plan_review")
        == tokens("NEXT-Plan·Review")
        == ("next", "plan", "review")
    )
    assert tokens("Größe (EUR)") == ("grosse", "eur")
    assert tokens("") == tokens("—") == ()


LABELS = {
    "scope": (
        "Key account",
        "Schlüsselkunde",
        "Compte clé",
        "Cuenta clave",
        "Conta-chave",
        "Cliente chiave",
        "Sleutelaccount",
        "strategic_account",
        "Großkunde",
    ),
    "account.tier": (
        "Tier",
        "Kundenklasse",
        "Catégorie client",
        "Categoría de cliente",
        "Segmento de cliente",
        "Fascia cliente",
        "Klantcategorie",
    ),
    "account.revenue": (
        "Annual revenue",
        "Jahresumsatz",
        "Chiffre d'affaires",
        "Facturación",
        "Faturamento",
        "Fatturato",
        "Omzet",
    ),
    "roles.results_driver": (
        "Results driver",
        "Ergebnisverantwortliche",
        "Responsable des résultats",
        "Responsable de resultados",
        "Responsável pelos resultados",
        "Responsabile dei risultati",
        "Resultaatverantwoordelijke",
    ),
    "roles.relationship_lead": (
        "Relationship Lead",
        "Beziehungsmanagerin",
        "Responsable de la relation",
        "Responsable de la relación",
        "Gerente de relacionamento",
        "Responsabile della relazione",
        "Relatiebeheerder",
    ),
    "roles.innovator": (
        "Innovator",
        "Innovationsmanager",
        "Innovateur",
        "Innovadora",
        "Inovador",
        "Innovatrice",
        "Vernieuwer",
    ),
    "roles.collaborator": (
        "Collaborator",
        "Koordinatorin",
        "Collaboratrice",
        "Colaborador",
        "Colaboradora",
        "Collaboratore",
        "Samenwerkingspartner",
    ),
    "roles.technical_expert": (
        "Technical expert",
        "Technischer Experte",
        "Expert technique",
        "Experto técnico",
        "Especialista técnica",
        "Esperto tecnico",
        "Technisch specialist",
    ),
    "roles.project_manager": (
        "Project manager",
        "Projektleitung",
        "Chef de projet",
        "Jefa de proyecto|Gestora de proyecto",
        "Gerente de projeto",
        "Capoprogetto",
        "Projectleider",
    ),
    "plan.start_on": (
        "Plan start",
        "Planbeginn",
        "Début du plan",
        "Inicio del plan",
        "Início do plano",
        "Inizio del piano",
        "Begin accountplan",
    ),
    "plan.end_on": (
        "Plan end date",
        "Planende",
        "Fin du plan",
        "Fin del plan",
        "Fim do plano",
        "Fine del piano",
        "Einddatum plan",
    ),
    "plan.last_review_on": (
        "Last plan review",
        "Letzte Planüberprüfung",
        "Dernière revue du plan",
        "Última revisión del plan",
        "Última revisão do plano",
        "Ultima revisione del piano",
        "Laatste evaluatie van het plan",
    ),
    "plan.next_review_on": (
        "Next plan review",
        "Nächste Planüberprüfung",
        "Prochaine revue du plan",
        "Próxima revisión del plan",
        "Próxima revisão do plano",
        "Prossima revisione del piano",
        "Volgende evaluatie van het plan",
        "naechste_ueberpruefung",
    ),
    "plan.parts.key_relations": (
        "Key relations",
        "Schlüsselbeziehungen",
        "Relations clés",
        "Relaciones clave",
        "Relações-chave",
        "Relazioni chiave",
        "Relatiekaart",
    ),
    "plan.parts.current_state": (
        "SWOT",
        "Ausgangslage",
        "Situation actuelle",
        "Situación actual",
        "Situação atual",
        "Situazione attuale",
        "Huidige situatie",
    ),
    "plan.parts.revenue_goals": (
        "Revenue targets",
        "Umsatzziele",
        "Objectif de chiffre d'affaires",
        "Objetivos de ingresos",
        "Metas de receita",
        "Obiettivi di fatturato",
        "Omzetdoelen",
    ),
    "plan.parts.strategy": (
        "Account strategy",
        "Kundenstrategie",
        "Stratégie du compte",
        "Estrategia de la cuenta",
        "Estratégia da conta",
        "Strategia del cliente",
        "Klantstrategie",
    ),
    "contact.stance": ("Stance", "Haltung", "Posture", "Postura", "Atitude", "Atteggiamento", "Houding"),
    "contact.level": (
        "Seniority",
        "Hierarchieebene",
        "Niveau hiérarchique",
        "Nivel jerárquico",
        "Nível hierárquico",
        "Livello gerarchico",
        "Managementniveau",
    ),
    "contact.buying_roles": (
        "Buying role",
        "Kaufrolle",
        "Rôle d'achat",
        "Rol de compra",
        "Papel de compra",
        "Ruolo d'acquisto",
        "Inkooprol",
    ),
}
CASES = [(subject, label.partition("|")[2] or label) for subject, labels in LABELS.items() for label in labels]


@pytest.mark.parametrize(("subject", "label"), CASES, ids=lambda value: value)
def test_a_subject_is_told_in_every_language_and_by_no_other_subjects_words(subject: str, label: str) -> None:
    assert score(subject, label, "p1") >= SURE
    assert score(subject, "P1", label.replace(" ", "_").lower()) >= SURE, "by its internal name alone"
    others = [other for other in LABELS if other != subject and score(other, label, "p1") >= SURE]
    assert not others


@pytest.mark.parametrize(
    ("subject", "label"),
    [
        ("plan.start_on", "Plant start-up"),
        ("plan.start_on", "Planet start"),
        ("plan.end_on", "Weekend plan"),
        ("plan.next_review_on", "Next contract review"),
        ("plan.next_review_on", "Last review before next plan"),
        ("plan.last_review_on", "Previous price review"),
        ("plan.parts.strategy", "Contract strategy"),
        ("account.revenue", "Revenue goal"),
        ("account.tier", "Frontier"),
        ("account.tier", "Tierarzt"),
        ("scope", "Not a key account"),
        ("scope", "Potential key account"),
        ("scope", "Kein Schlüsselkunde"),
        ("scope", "Key account plan"),
        ("scope", "Monkey account"),
        ("roles.innovator", "Innovation budget"),
        ("tasks.key", "Key"),
    ],
)
def test_names_that_only_look_alike_say_nothing(subject: str, label: str) -> None:
    assert score(subject, label, "p1") < SURE


def test_what_is_out_of_use_is_not_sure() -> None:
    for label in ("Old next plan review", "Next plan review (do not use)", "Nächste Planüberprüfung alt"):
        assert 0 < score("plan.next_review_on", label, "p1") < SURE


def test_options_are_taken_for_our_values_in_every_language() -> None:
    stance = {
        "supporter": ("With us", "Unterstützer", "Soutien", "A favor", "Apoiadora", "Sostenitore", "Voorstander"),
        "neutral": ("Neutral", "Unentschieden", "Neutre", "Indecisa", "Neutro", "Neutrale", "Neutraal"),
        "blocker": ("Against us", "Gegner", "Opposant", "En contra", "Opositora", "Contrario", "Tegenstander"),
    }
    for ours, labels in stance.items():
        for place, label in enumerate(labels):
            assert values_for("contact.stance", [(f"v{place}", label)]) == {ours: (f"v{place}",)}, label
    assert values_for("contact.stance", [("x", "Not a supporter"), ("y", "Whatever")]) == {}
    found = values_for("contact.buying_roles", [("a", "Entscheiderin"), ("b", "Utilisateur"), ("c", "Decisora")])
    assert found == {"decision_maker": ("a", "c"), "end_user": ("b",)}


# Kinds -----------------------------------------------------------------------------------------------------------


def test_a_label_that_lies_about_its_kind_is_not_proposed() -> None:
    found = proposed(
        companies=[
            define("next_plan_review", "string"),
            define("innovator", "string"),
            define("key_account", "string"),
            define("annual_revenue", "string"),
            define("plan_strategy", "number"),
            define("account_tier", "bool"),
            define("strategy_file", "string", "Account strategy", field_type="file"),
        ],
        contacts=[define("stance", "string")],
        tasks=[define("kam_sync_key", "number")],
    )
    assert {subject: values(each) for subject, each in found.items() if each.candidates} == {"plans": ["companies"]}
    assert found["tasks.key"].chosen == ("kam_sync_key_2",), "the usual name is taken by something else"
    assert found["plan.parts.strategy"].chosen == ("kam_sync_plan_strategy",)


@pytest.mark.parametrize("flag", ["hidden", "calculated", "read_only", "hubspot_defined"])
def test_what_people_do_not_fill_is_not_proposed_for_what_they_must(flag: str) -> None:
    found = proposed([define("plan_next_review", "date", flag=flag)])
    assert values(found["plan.next_review_on"]) == []
    assert found["plan.next_review_on"].chosen == ("kam_sync_plan_next_review",)


def test_dates_that_our_own_tasks_move_are_never_proposed() -> None:
    found = proposed(
        [
            define("notes_next_activity_date", "datetime", "Next plan review"),
            define("notes_last_updated", "datetime", "Last plan review"),
            define("hs_last_sales_activity_timestamp", "datetime", "Last plan review"),
        ]
    )
    assert values(found["plan.next_review_on"]) == values(found["plan.last_review_on"]) == []


# Proposals -------------------------------------------------------------------------------------------------------


def test_nothing_that_fits_is_made_where_the_core_needs_it_and_else_left_out() -> None:
    found = proposed()
    made = {subject for subject, each in found.items() if each.chosen} - {"plans"}
    assert made == {
        "tasks.key",
        "plan.last_review_on",
        "plan.next_review_on",
        *(f"roles.{role}" for role in Role),
        *(f"plan.parts.{part}" for part in PlanPart),
    }
    assert found["roles.innovator"].because == (
        "no property of a company that could hold it says so by its name; "
        'setup would make "innovator_owner" ("Innovator")'
    )
    assert found["account.tier"].because.endswith("left out")
    assert found["scope"].because.endswith("without it every company counts")


def test_the_likeliest_comes_first_and_others_are_told() -> None:
    found = proposed(
        [
            define("review", "date", "Next review"),
            define("plan_review_next", "date", "Next account plan review"),
            define("nr_2019", "date", "Next plan review (old)"),
        ]
    )["plan.next_review_on"]
    assert values(found) == ["plan_review_next", "review", "nr_2019"]
    assert found.chosen == ("plan_review_next",)
    assert "2 others may be meant" in found.because


def test_the_order_does_not_hang_on_the_portals() -> None:
    given = [define(f"key_account_{letter}", "bool", "Key account") for letter in "cab"]
    for listed in (given, given[::-1]):
        assert values(proposed(listed)["scope"]) == ["key_account_a", "key_account_b", "key_account_c"]


def test_something_near_is_shown_but_not_chosen() -> None:
    found = proposed([define("gtm", "string", "Renewal pricing and channel strategy")])["plan.parts.strategy"]
    assert values(found) == ["gtm"]
    assert found.chosen == ("plan_strategy",)
    assert '"Renewal pricing and channel strategy" comes nearest' in found.because


def test_a_role_unites_what_is_named_after_it_and_shows_other_owners() -> None:
    found = proposed(
        [
            define("innovator_owner", "owner", "Innovator"),
            define("innovator_owner_2", "owner", "Second innovator"),
            define("csm", "owner", "Customer success manager"),
            define("project_lead", "owner", "Project lead"),
            define("hubspot_owner_id", "owner", "Company owner"),
        ]
    )
    assert found["roles.innovator"].chosen == ("innovator_owner", "innovator_owner_2")
    assert values(found["roles.innovator"]) == ["innovator_owner", "innovator_owner_2", "csm"]
    assert found["roles.innovator"].several
    assert values(found["roles.collaborator"]) == ["csm"]
    assert found["roles.collaborator"].chosen == ("collaborator_owner",)


def test_key_accounts_are_told_by_a_checkbox_or_by_options() -> None:
    flag = define("is_key", "bool", "Key account", "true=Yes", "false=No")
    target = define("hs_is_target_account", "bool", "Target Account", flag="hubspot_defined")
    kind = define(
        "kind",
        "enumeration",
        "Kind of customer",
        "ka=Key account",
        "sa=Strategic account",
        "std=Standard",
        "no=No key account",
    )
    yes_no = define("ka_flag", "enumeration", "Schlüsselkunde", "j=Ja", "n=Nein")
    found = proposed([target, kind, flag, yes_no])["scope"]
    assert values(found) == ["is_key", "ka_flag", "hs_is_target_account", "kind"]
    assert found.chosen == ("is_key",)
    read = {each.value: each.values[""] for each in found.candidates if isinstance(each, PropertyCandidate)}
    assert read == {
        "is_key": ("true",),
        "hs_is_target_account": ("true",),
        "kind": ("ka", "sa"),
        "ka_flag": ("j",),
    }
    assert "not for prospects alone" in proposed([target])["scope"].because
    assert proposed([kind])["scope"].because == 'options of "Kind of customer" speak of key accounts'


def test_choices_come_with_what_their_options_stand_for() -> None:
    stance = define("attitude", "enumeration", "Attitude", "w=With us", "n=Neutral", "a=Against", "?=Unknown")
    found = proposed(contacts=[stance])["contact.stance"]
    assert found.chosen == ("attitude",)
    [candidate] = found.candidates
    assert isinstance(candidate, PropertyCandidate)
    assert candidate.values == {"supporter": ("w",), "neutral": ("n",), "blocker": ("a",)}
    assert candidate.detail == "choice of contacts, with w, n, a"


def test_a_choice_whose_options_say_nothing_is_shown_only() -> None:
    found = proposed(contacts=[define("stance", "enumeration", "Stance", "1", "2")])["contact.stance"]
    assert (values(found), found.chosen) == (["stance"], ())


def test_hubspots_own_property_comes_first_where_it_is_read_by_default() -> None:
    found = proposed(
        [define("annualrevenue", "number", "Annual Revenue"), define("umsatz", "number", "Umsatz")],
        [define("hs_seniority", "enumeration", "Employment Seniority", "vp", "manager", flag="hubspot_defined")],
    )
    assert values(found["account.revenue"]) == ["annualrevenue", "umsatz"]
    assert "HubSpot's own" in found["account.revenue"].because
    assert found["contact.level"].chosen == ("hs_seniority",)


def test_three_hundred_properties_are_read_and_few_shown() -> None:
    noise = [define(f"feld_{number}", "date", f"Feld {number}") for number in range(150)]
    noise += [define(f"betreuer_{number}", "owner", f"Betreuer {number}") for number in range(150)]
    found = proposed([*noise, define("innovator", "owner"), define("plan_next_review", "date")])
    assert found["plan.next_review_on"].chosen == ("plan_next_review",)
    assert values(found["roles.innovator"])[0] == "innovator"
    assert all(len(each.candidates) <= 10 for each in found.values())
    questions = [each.question for each in found.values()]
    assert all(one != other for one, other in combinations(questions, 2))


def test_what_may_not_be_read_is_said_and_the_key_is_proposed_all_the_same() -> None:
    gap = Gap(name="", reason="the access token may not read the properties of tasks", fix="")
    found = {each.subject: each for each in proposals({"companies": {}, "contacts": gap, "tasks": gap})}
    assert found["tasks.key"].chosen == ("kam_sync_key",)
    assert "may not read the properties of tasks" in found["tasks.key"].because
    assert found["contact.stance"].chosen == ()


# The portal ------------------------------------------------------------------------------------------------------


def test_a_survey_takes_the_portals_name_zone_and_labels() -> None:
    server = ScriptedServer()
    portal = TinyPortal()
    portal.definitions["companies"] = [
        *portal.definitions["companies"],
        wire_definition("rev", "date", label="Prochaine revue du plan", modificationMetadata={"readOnlyValue": False}),
    ]
    server.answer = portal
    try:
        with connector_of(server) as connector:
            survey = connector.survey()
    finally:
        server.stop()
    assert (survey.org_name, survey.timezone) == ("HubSpot account 8123456", "Europe/Lisbon")
    assert survey.proposed["plan.next_review_on"] == ("rev",)
    assert survey.proposed["roles.innovator"] == ("innovator_owner",)
    assert len(server.requests) == 4


def test_a_zone_that_nobody_knows_is_utc() -> None:
    server = ScriptedServer()
    portal = TinyPortal()
    details = {"portalId": 8123456, "uiDomain": "app.hubspot.com", "timeZone": "Mars/Olympus"}
    portal.overrides["GET /account-info/2026-09/details"] = Reply(body=details)
    server.answer = portal
    try:
        with connector_of(server) as connector:
            assert connector.survey().timezone == "UTC"
    finally:
        server.stop()


def test_companies_that_may_not_be_read_end_a_survey_and_contacts_do_not() -> None:
    server = ScriptedServer()
    portal = TinyPortal()
    server.answer = portal
    try:
        portal.missing_scopes["/crm/properties/2026-09/contacts"] = "crm.schemas.contacts.read"
        with connector_of(server) as connector:
            [stance] = [each for each in connector.survey().proposals if each.subject == "contact.stance"]
            assert "may not read the properties of contacts" in stance.because
        portal.missing_scopes["/crm/properties/2026-09/companies"] = "crm.schemas.companies.read"
        with (
            connector_of(server) as connector,
            pytest.raises(PermissionDeniedError, match=r"crm\.schemas\.companies\.read"),
        ):
            connector.survey()
    finally:
        server.stop()
