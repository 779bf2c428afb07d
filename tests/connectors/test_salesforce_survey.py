"""What a survey proposes, by what fields, objects and values are called: in seven languages, and where labels lie."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import responses

from kam_sync.records import Role
from kam_sync.setup_ports import Proposal
from kam_sync_salesforce._schema import object_info
from kam_sync_salesforce._survey import propose
from kam_sync_salesforce._survey_fields import OrgCandidate
from kam_sync_salesforce._survey_words import PHRASES, choices_of, rank, words_of
from support_salesforce import Org, described, flag, long_text, lookup, picklist

Described = Mapping[str, object]
TEAM_ROLE = picklist("TeamMemberRole", "Account Manager", "Sales Rep")
PLAN = (lookup("AccountId", "Account"), picklist("Status", "Not Started", "Active"))


def survey(**objects: tuple[Described, ...]) -> dict[str, Proposal]:
    """Return the proposals for an org of these objects; `Account` and the account team are there if not given."""
    whole = {"Account": (), "AccountTeamMember": (TEAM_ROLE,), **objects}
    infos = [
        object_info({"name": name, "label": name.removesuffix("__c").replace("_", " "), "fields": list(fields)})
        for name, fields in whole.items()
    ]
    return {each.subject: each for each in propose({info.name.lower(): info for info in infos})}


def labelled(field: Described, label: str) -> Described:
    return {**field, "label": label}


def values(proposal: Proposal) -> list[str]:
    return [candidate.value for candidate in proposal.candidates]


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Key Account", "X1__c"),
        ("Strategic account?", "X1__c"),
        ("Ist Schlüsselkunde", "X1__c"),
        ("X1", "IstSchluesselkunde__c"),
        ("Compte clé", "X1__c"),
        ("Cuenta estratégica", "X1__c"),
        ("Conta-chave", "X1__c"),
        ("Cliente strategico", "X1__c"),
        ("Sleutelklant", "X1__c"),
    ],
)
def test_the_flag_of_key_accounts_is_found_in_seven_languages(label: str, name: str) -> None:
    found = survey(Account=(labelled(flag(name), label), flag("Is_Partner__c")))
    assert found["scope"].chosen == (name,)


@pytest.mark.parametrize(
    ("subject", "label"),
    [
        ("plan.next_review_on", "Next review"),
        ("plan.next_review_on", "Nächste Überprüfung"),
        ("plan.next_review_on", "Prochaine revue"),
        ("plan.next_review_on", "Próxima revisión"),
        ("plan.next_review_on", "Próxima revisão"),
        ("plan.next_review_on", "Prossima revisione"),
        ("plan.next_review_on", "Volgende beoordeling"),
        ("plan.last_review_on", "Last reviewed on"),
        ("plan.last_review_on", "Letztes Review"),
        ("plan.last_review_on", "Dernière revue du plan"),
        ("plan.last_review_on", "Laatste evaluatie"),
        ("plan.start_on", "Gültig ab"),
        ("plan.end_on", "Einddatum"),
    ],
)
def test_dates_of_plans_are_found(subject: str, label: str) -> None:
    plan = (*PLAN, labelled(described("D1__c", "date"), label), described("D2__c", "date"))
    found = survey(AccountPlan=plan)
    assert found[subject].chosen == ("AccountPlan.D1__c",)
    others = {name for name in found if name.startswith("plan.") and name.endswith("_on")} - {subject}
    assert not [name for name in others if found[name].candidates]


@pytest.mark.parametrize(
    ("role", "label"),
    [
        (Role.RESULTS_DRIVER, "Responsable de résultats"),
        (Role.RELATIONSHIP_LEAD, "Relationship Manager"),
        (Role.INNOVATOR, "Innovationsmanager"),
        (Role.COLLABORATOR, "Colaborador"),
        (Role.TECHNICAL_EXPERT, "Technischer Experte"),
        (Role.TECHNICAL_EXPERT, "Pre-Sales"),
        (Role.PROJECT_MANAGER, "Projectleider"),
        (Role.PROJECT_MANAGER, "Chef de projet"),
    ],
)
def test_roles_are_found_among_user_lookups(role: Role, label: str) -> None:
    field = labelled(lookup("L1__c", "User"), label)
    second = lookup("Innovator__c" if role is not Role.INNOVATOR else "Collaborator__c", "User")
    found = survey(Account=(field, second, lookup("OwnerId", "User")))
    assert found[f"roles.{role.value}"].chosen == ("Account.L1__c",)


def test_where_two_roles_are_kept_the_others_are_added() -> None:
    team = (picklist("TeamMemberRole", "Innovator", "Projektleiter", "Account Manager"),)
    found = survey(AccountTeamMember=team)
    assert found["roles.innovator"].chosen == ("AccountTeamMember.TeamMemberRole=Innovator",)
    assert found["roles.project_manager"].chosen == ("AccountTeamMember.TeamMemberRole=Projektleiter",)
    assert found["roles.collaborator"].chosen == ("AccountTeamMember.TeamMemberRole=Collaborator",)
    assert 'setup can make the value "Collaborator"' in found["roles.collaborator"].because
    lookups = survey(Account=(lookup("Innovator__c", "User"), lookup("Project_Manager__c", "User")))
    assert lookups["roles.technical_expert"].chosen == ("Account.Technical_Expert__c",)


def test_one_standard_value_that_sounds_like_a_role_does_not_decide() -> None:
    team = (picklist("TeamMemberRole", "Account Manager", "Pre-Sales Consultant"),)
    expert = survey(AccountTeamMember=team)["roles.technical_expert"]
    assert values(expert) == ["AccountTeamMember.TeamMemberRole=Pre-Sales Consultant"]
    assert expert.chosen == ("AccountTeamMember.Account_Roles__c=Technical Expert",)
    assert "does not keep the other roles there" in expert.because


def test_a_picklist_for_several_roles_comes_before_the_single_one() -> None:
    team = (picklist("TeamMemberRole", "Innovator"), picklist("Parts__c", "Innovator", "Collaborator", multi=True))
    innovator = survey(AccountTeamMember=team)["roles.innovator"]
    assert values(innovator) == [
        "AccountTeamMember.Parts__c=Innovator",
        "AccountTeamMember.TeamMemberRole=Innovator",
    ]
    assert innovator.chosen == (values(innovator)[0],)
    assert "there is also AccountTeamMember.TeamMemberRole=Innovator" in innovator.because
    assert innovator.several


def test_a_value_of_a_picklist_may_say_which_accounts_are_key_accounts() -> None:
    segment = picklist("Segment__c", "Small", "Strategic", "Former key account")
    yes_no = picklist("Key_Account__c", "Ja", "Nein")
    assert survey(Account=(segment,))["scope"].chosen == ("Segment__c=Strategic",)
    assert values(survey(Account=(segment, yes_no))["scope"]) == ["Key_Account__c=Ja", "Segment__c=Strategic"]


def test_labels_that_lie_are_not_believed() -> None:
    account = (
        described("Key_Account__c", "date"),
        lookup("Key_Account_Manager__c", "User"),
        labelled(flag("Key_Account_Old__c"), "Key Account"),
        labelled(flag("Key_Account_2__c"), "No longer a key account"),
        {**flag("Key_Account_3__c"), "filterable": False},
        labelled(described("Tier__c", "double"), "Tier"),
        labelled(lookup("Innovator__c", "Contact"), "Innovator"),
        lookup("Project_Manager__c", "User", "Contact"),
    )
    contact = (
        picklist("Stance__c", "Sitting", "Standing"),
        described("Level__c", "double"),
        labelled(picklist("Buying_Role__c", "Entscheider", "Budget owner", "Unklar"), "Rolle im Buying Center"),
    )
    found = survey(Account=account, Contact=contact)
    assert values(found["scope"]) == ["Key_Account_Old__c"], "an old name with a good label is what the label says"
    assert found["account.tier"].candidates == found["roles.innovator"].candidates == ()
    assert found["contact.stance"].chosen == found["contact.level"].chosen == ()
    (buying,) = found["contact.buying_roles"].candidates
    assert isinstance(buying, OrgCandidate)
    assert buying.choices == {"decision_maker": ("Entscheider",), "economic_buyer": ("Budget owner",)}


def test_what_salesforce_or_our_own_tasks_move_is_never_proposed() -> None:
    moved = {**described("LastActivityDate", "date"), "label": "Last Review", "updateable": False}
    touched = {**described("LastModifiedDate", "datetime"), "label": "Next Review"}
    fixed = {**described("StartDate", "date"), "updateable": False}
    found = survey(AccountPlan=(*PLAN, moved, touched, fixed))
    assert not [each for each in found.values() if any("Date" in value for value in values(each))]
    assert found["plan.next_review_on"].chosen == ("AccountPlan.Next_Review__c",)


def test_plans_are_found_in_salesforces_object_in_an_own_one_or_on_accounts() -> None:
    own = (
        lookup("Customer__c", "Account"),
        picklist("Status__c", "Entwurf", "Aktiv"),
        described("Review_Due__c", "date"),
    )
    assert survey(AccountPlan=PLAN, Account_Plan__c=own)["plans"].chosen == ("AccountPlan.AccountId",)
    found = survey(Kundenplan__c=own, Floor_Plan__c=own, Plant__c=own, Payment_Plan__c=own)
    assert values(found["plans"]) == ["Kundenplan__c.Customer__c"]
    (candidate,) = found["plans"].candidates
    assert isinstance(candidate, OrgCandidate)
    assert candidate.active == ("Status__c", "Aktiv")
    assert found["plan.next_review_on"].chosen == ("Kundenplan__c.Review_Due__c",)
    assert found["plan.last_review_on"].chosen == ("Kundenplan__c.Last_Review__c",)
    account = (described("Next_Plan_Review__c", "date"), described("Next_Invoice__c", "date"), long_text("Strategy__c"))
    found = survey(Account=account)
    assert found["plans"].chosen == ("Account",)
    assert found["plan.next_review_on"].chosen == ("Account.Next_Plan_Review__c",)
    assert found["plan.parts.strategy"].chosen == ("Account.Plan_Strategy__c",), "a strategy need not be of the plan"
    nothing = survey()
    assert nothing["plans"].chosen == ("Account",)
    assert "setup can make" in nothing["plans"].because


def test_the_key_is_kam_syncs_own_never_another_integrations() -> None:
    def external(name: str, length: int = 64) -> Described:
        return described(name, externalId=True, unique=True, length=length)

    assert survey(Task=(external("Sync_Id__c"), external("External_Key__c")))["tasks.key"].candidates == ()
    assert survey(Task=(external("KamSync_Key__c", 20),))["tasks.key"].candidates == ()
    found = survey(Task=(external("Sync_Id__c"), external("Kam_Sync_Key_2__c")))["tasks.key"]
    assert found.chosen == ("Kam_Sync_Key_2__c",)
    assert survey()["tasks.key"].chosen == ("KamSync_Key__c",)


def test_three_hundred_fields_and_hostile_labels_are_no_trouble() -> None:
    hostile = "\x1b[31m\u202eKey Account\n# }: '\""
    many = [labelled(flag(f"Flag_{number}__c"), f"Key account of region {number}") for number in range(300)]
    found = survey(Account=(*many, labelled(flag("Best__c"), "Key Account"), labelled(flag("Worst__c"), hostile)))
    scope = found["scope"]
    assert (scope.chosen, len(scope.candidates)) == (("Best__c",), 12)
    assert "there are also" in scope.because
    strange = picklist("Segment__c", "Key account ${HOME}", "")
    assert survey(Account=(strange,))["scope"].candidates == (), "a policy file has no way to write it"


def test_nothing_is_proposed_of_objects_that_cannot_be_seen() -> None:
    assert [proposal.subject for proposal in propose({})][-1] == "tasks.key"
    only_account = {proposal.subject: proposal for proposal in propose({"account": object_info(_account())})}
    assert only_account["roles.innovator"].chosen == ("Account.Innovator__c",)
    assert "contact.level" not in only_account


def _account() -> dict[str, object]:
    return {"name": "Account", "label": "Account", "queryable": True, "fields": []}


def test_subjects_are_unique_and_every_proposal_has_its_reason() -> None:
    found = survey(AccountPlan=PLAN, Contact=(), Task=())
    assert all(each.because and each.question.endswith((".", "?")) for each in found.values())
    assert {f"roles.{role.value}" for role in Role} <= set(found)
    assert len(found) == 22


@pytest.mark.parametrize("subject", PHRASES)
def test_every_phrase_finds_itself(subject: str) -> None:
    for phrase in PHRASES[subject]:
        assert rank(PHRASES[subject], phrase) is not None, phrase


def test_words_are_compared_without_case_accents_and_umlauts() -> None:
    assert words_of("NächsteÜberprüfung__c") == words_of("Naechste_Ueberpruefung__c") == ("nachste", "uberprufung")
    assert rank(("plan",), "Plans") == (0, 0)
    assert rank(("plan",), "Plant") is None
    assert rank(("revenue goal",), "Revenue Goals FY26") == (0, 1)
    assert rank(("umsatzziel",), "Jahresumsatzziele") == (0, 0)
    assert rank(("key account",), "Kein Key Account") is None


def test_values_are_understood_once_each() -> None:
    assert choices_of("contact.stance", ["Gegner", "Neutral", "Befürworter", "Champion", "?"]) == {
        "supporter": ("Befürworter", "Champion"),
        "neutral": ("Neutral",),
        "blocker": ("Gegner",),
    }
    assert choices_of("contact.level", ["Geschäftsführung", "Managing Director", "VP Sales", "Sachbearbeiter"]) == {
        "executive": ("Geschäftsführung", "Managing Director"),
        "director": ("VP Sales",),
        "staff": ("Sachbearbeiter",),
    }


def test_a_survey_reads_the_schema_alone_in_few_calls() -> None:
    org = Org()
    org.objects["Kundenplan__c"] = [lookup("Account__c", "Account")]
    org.rows["Organization"] = [[{"Id": "00Dxx0000000001AAA", "Name": "Ardentia", "TimeZoneSidKey": "Europe/Lisbon"}]]
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        org.serve(mock)
        connector = org.connector()
        found = connector.survey()
        connector.close()
    assert (found.org_name, found.timezone) == ("Ardentia", "Europe/Lisbon")
    assert found.proposed["roles.innovator"] == ("AccountTeamMember.Account_Roles__c=Innovator",)
    assert len(org.sent) == 4, "a login, the list, one batch of descriptions, the organization"
    assert {sent.soql.partition(" FROM ")[2].split(" ")[0] for sent in org.sent if sent.soql} == {"Organization"}
    assert set(org.described()) == {"Account", "Contact", "AccountTeamMember", "AccountPlan", "Task", "Kundenplan__c"}


def test_a_time_zone_that_is_none_becomes_utc() -> None:
    org = Org()
    org.rows["Organization"] = [[{"Id": "00Dxx0000000001AAA", "Name": None, "TimeZoneSidKey": "Mars/Olympus"}]]
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        org.serve(mock)
        connector = org.connector()
        assert (connector.survey().timezone, connector.survey().org_name) == ("UTC", "")
        connector.close()
