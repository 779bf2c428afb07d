"""The assignments file: read strictly, matched to people, and never a reason to forget what is unknown."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from core.core_builders import (
    AMAL,
    BO,
    USERS,
    by_id,
    gone,
)
from kam_sync.assignments import Assignment, as_roles, describe_with, load_assignments
from kam_sync.errors import ConfigError
from kam_sync.ports import OrgDescription, SetupFinding
from kam_sync.records import Role

HEADER = "org,account,role,person,since\n"


def written(folder: Path, text: str, *, encoding: str = "utf-8") -> Path:
    path = folder / "roles.csv"
    path.write_bytes(text.encode(encoding))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_assignments(path)
    return str(caught.value).removeprefix(f"{path}:")


# -- reading ----------------------------------------------------------------------------------------------------------


def test_lines_are_grouped_by_org(tmp_path: Path) -> None:
    text = HEADER + "one,acme,innovator,amal,2026-01-31\ntwo,beta,collaborator,bo,\none,acme,innovator,bo,\n"
    found = load_assignments(written(tmp_path, text))
    assert found["one"] == [
        Assignment(account_id="acme", role=Role.INNOVATOR, person="amal", since=dt.date(2026, 1, 31)),
        Assignment(account_id="acme", role=Role.INNOVATOR, person="bo"),
    ]
    assert found["two"] == [Assignment(account_id="beta", role=Role.COLLABORATOR, person="bo")]


def test_since_and_the_order_of_columns_are_free(tmp_path: Path) -> None:
    found = load_assignments(written(tmp_path, "person,role,account,org,note\namal,innovator,acme,one,x\n"))
    assert found["one"] == [Assignment(account_id="acme", role=Role.INNOVATOR, person="amal")]


def test_what_a_spreadsheet_makes_is_read(tmp_path: Path) -> None:
    text = HEADER.replace("\n", "\r\n") + '"one", acme , Results Driver ,"Zoë ""Z"" Ōta",\r\n'
    found = load_assignments(written(tmp_path, text, encoding="utf-8-sig"))
    assert found["one"] == [Assignment(account_id="acme", role=Role.RESULTS_DRIVER, person='Zoë "Z" Ōta')]


def test_a_file_with_no_lines_assigns_nothing(tmp_path: Path) -> None:
    assert not load_assignments(written(tmp_path, HEADER))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "1: the column 'org' is missing; needed are org, account, role, person"),
        ("org,account,person\n", "1: the column 'role' is missing; needed are org, account, role, person"),
        (HEADER + "one,acme,innovator,amal,\none,acme,innovator,,\n", "3: the column 'person' is empty"),
        (HEADER + "one,acme\n", "2: the column 'role' is empty"),
        (HEADER + "one,acme,boss,amal,\n", "2: 'boss' is not a role; there are: results_driver, relationship_lead, "),
        (HEADER + "one,acme,innovator,amal,31.01.2026\n", "2: `since` is a date such as 2026-01-31"),
        (HEADER + 'one,"ac\nme",innovator,amal,\none,acme,,amal,\n', "4: the column 'role' is empty"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, message: str) -> None:
    assert refusal(written(tmp_path, text)).startswith(message)


def test_a_file_that_is_not_there_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: FileNotFoundError"):
        load_assignments(tmp_path / "roles.csv")


def test_a_file_that_is_not_utf_8_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: UnicodeDecodeError"):
        load_assignments(written(tmp_path, HEADER + "one,acme,innovator,Müller,\n", encoding="latin-1"))


def test_a_broken_quotation_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Error"):
        load_assignments(written(tmp_path, HEADER + 'one,"acme"x,innovator,amal,\n'))


# -- people -----------------------------------------------------------------------------------------------------------

LINE = Assignment(account_id="acme", role=Role.INNOVATOR, person="amal", since=dt.date(2026, 1, 31))


@pytest.mark.parametrize("person", ["amal", "amal@vendor.example", "Amal@Vendor.EXAMPLE"])
def test_a_person_is_found_by_id_or_by_address_in_any_case(person: str) -> None:
    (role,) = as_roles([replace(LINE, person=person)], by_id(*USERS))
    assert (role.user_id, role.holder_name, role.role, role.since) == ("amal", None, LINE.role, LINE.since)
    assert (role.account_id, role.source) == ("acme", "assignments file")


def test_somebody_outside_the_crm_is_known_by_name_only() -> None:
    (role,) = as_roles([replace(LINE, person="Zoë Ōta")], by_id(*USERS))
    assert (role.user_id, role.holder_name) == (None, "Zoë Ōta")


def test_the_identity_of_an_assignment_does_not_hang_on_how_the_person_is_written() -> None:
    lines = [replace(LINE, person=person) for person in ("amal", "amal@vendor.example", "AMAL@vendor.example")]
    assert len({role.id for role in as_roles(lines, by_id(*USERS))}) == 1


def test_two_holders_of_a_role_are_two_assignments() -> None:
    roles = as_roles([LINE, replace(LINE, person="bo"), replace(LINE, role=Role.COLLABORATOR)], by_id(*USERS))
    assert len({role.id for role in roles}) == 3


def test_an_address_in_use_twice_means_the_active_user() -> None:
    line, former = replace(LINE, person="amal@vendor.example"), replace(gone(AMAL), id="former")
    found = [as_roles([line], by_id(*users))[0].user_id for users in ((AMAL, former, BO), (former, AMAL, BO))]
    assert found == ["amal", "amal"]


# -- what an org with a file is said to know --------------------------------------------------------------------------

UNMAPPED = OrgDescription(
    org_uid="org-1",
    name="One",
    unknown={"roles": "not mapped", "roles.innovator": "not mapped", "plans": "not mapped"},
    setup=(
        SetupFinding(subject="roles", problem="no role is mapped", fix="map one"),
        SetupFinding(subject="plans", problem="no plan is mapped", fix="map one"),
    ),
    labels={"roles.innovator": 'the property "Innovator"'},
)


def test_an_org_without_lines_is_described_as_it_is() -> None:
    assert describe_with([], UNMAPPED) is UNMAPPED


def test_with_a_file_no_role_is_unknown_for_want_of_a_field() -> None:
    described = describe_with([LINE], UNMAPPED)
    assert dict(described.unknown) == {"plans": "not mapped"}
    assert [finding.subject for finding in described.setup] == ["plans"]


def test_a_role_without_a_field_is_changed_in_the_file() -> None:
    labels = describe_with([LINE], UNMAPPED).labels
    assert labels["roles.innovator"] == 'the property "Innovator"'
    assert labels["roles.results_driver"] == "the role results driver in the assignments file"


def test_a_mapped_field_that_cannot_be_read_stays_unknown() -> None:
    lost = replace(UNMAPPED, unknown={"roles.innovator": "the field Innovator__c cannot be read"}, setup=())
    other = replace(LINE, account_id="beta", role=Role.COLLABORATOR)
    assert "roles.innovator" in describe_with([other], lost).unknown
