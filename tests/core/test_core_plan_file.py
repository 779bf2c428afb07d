"""The plan file: survives the way to disk and back, only its owner reads it, and what is damaged is said."""

from __future__ import annotations

import datetime as dt
import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from core.core_builders import (
    NOW,
    PASSED,
    failing,
    judged,
)
from core.core_planning import (
    Books,
    born,
    dismissed,
    plan,
)
from kam_sync.errors import ConfigError
from kam_sync.plans import PLAN_HOURS, PLAN_VERSION, OrgPlan, Plan, Queued, Refusal, load_plan, save_plan
from kam_sync.severity import Severity

DISMISSED = dismissed(failing(account="renew"))
SOLVED = born(failing(account="close"))

FULL = replace(
    plan(
        failing(account="renew"),
        failing(account="create"),
        judged(PASSED, account="close"),
        books=Books(
            links=(DISMISSED.link, SOLVED.link),
            tasks=(DISMISSED.task, SOLVED.task),
            today=dt.date(2026, 5, 1),
        ),
    ),
    watermarks={"account": NOW},
    queued=(Queued(account_id="a", account_name="Łódź", topic="plan", severity=Severity.LOW, cap="3 live tasks"),),
    refusals=(Refusal(name="closings", reason="too many"),),
)


def a_plan(*orgs: OrgPlan) -> Plan:
    return Plan(
        created_at=NOW, expires_at=NOW + dt.timedelta(hours=PLAN_HOURS), policy_hash="abc", orgs=orgs or (FULL,)
    )


def saved(folder: Path, given: Plan | None = None) -> Path:
    path = folder / "plan.json"
    save_plan(given or a_plan(), path)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_plan(path)
    return str(caught.value)


def test_a_plan_survives_the_file(tmp_path: Path) -> None:
    assert {operation.step.value for operation in FULL.operations} == {"create", "renew", "close"}
    assert load_plan(saved(tmp_path)) == a_plan()


def test_an_empty_plan_survives_too(tmp_path: Path) -> None:
    empty = a_plan(OrgPlan(org="one", org_uid="org-1"))
    assert load_plan(saved(tmp_path, empty)) == empty


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    assert stat.S_IMODE(saved(tmp_path).stat().st_mode) == 0o600


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    (tmp_path / "plan.json").touch(mode=0o644)
    assert stat.S_IMODE(saved(tmp_path).stat().st_mode) == 0o600


def test_a_shorter_plan_leaves_nothing_of_a_longer_one(tmp_path: Path) -> None:
    saved(tmp_path)
    empty = a_plan(OrgPlan(org="one", org_uid="org-1"))
    assert load_plan(saved(tmp_path, empty)) == empty


def test_a_place_that_cannot_be_written_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        save_plan(a_plan(), tmp_path / "nowhere" / "plan.json")


def test_the_file_says_at_once_whether_anything_is_written(tmp_path: Path) -> None:
    text = saved(tmp_path).read_text(encoding="utf-8")
    assert text.startswith('{\n "no_changes": false,\n "version": 1,')
    nothing = a_plan(OrgPlan(org="one", org_uid="org-1"))
    assert json.loads(saved(tmp_path, nothing).read_text(encoding="utf-8"))["no_changes"] is True


def test_names_are_readable_in_the_file(tmp_path: Path) -> None:
    text = saved(tmp_path).read_text(encoding="utf-8")
    assert "Łódź" in text
    assert '"severity": "low"' in text


# -- what is no plan file ---------------------------------------------------------------------------------------------


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert "cannot read the plan file" in refusal(tmp_path / "plan.json")
    assert "FileNotFoundError; make one with `plan`" in refusal(tmp_path / "plan.json")


@pytest.mark.parametrize("content", [b"", b"{", b"not JSON", b"\xff\xfe{}"])
def test_what_is_not_json_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    assert "cannot read the plan file" in refusal(path)


@pytest.mark.parametrize("content", ["[]", "null", "{}", '{"version": 2}', '{"version": "1"}', '{"orgs": []}'])
def test_another_version_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(content, encoding="utf-8")
    assert "is not a plan file of this version of kam-sync; make a new one with `plan`" in refusal(path)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('"policy_hash": "abc",', "", "policy_hash"),
        ('"step": "create"', '"step": "destroy"', "orgs.0.operations.1.step"),
        ('"created_at": "2026-03-02T09:00:00Z"', '"created_at": "soon"', "created_at"),
        ('"deleted": false', '"deleted": "perhaps"', "orgs.0.operations.0.before.deleted"),
        ('"severity": "high"', '"severity": "bad"', "orgs.0.operations.0.link.findings.0.severity"),
    ],
)
def test_damage_is_said_with_its_place_and_without_content(tmp_path: Path, old: str, new: str, place: str) -> None:
    path = saved(tmp_path)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    message = refusal(path)
    assert message == f"the plan file {path} is damaged at {place}; make a new one with `plan`"


def test_a_damaged_key_is_damage(tmp_path: Path) -> None:
    path = saved(tmp_path)
    key = FULL.operations[0].link.key
    path.write_text(path.read_text(encoding="utf-8").replace(f'"key": "{key}"', '"key": "k1abc"'), encoding="utf-8")
    assert "is damaged at" in refusal(path)


# -- what a plan says of itself ---------------------------------------------------------------------------------------


def test_counts_are_of_steps_in_alphabetical_order() -> None:
    assert list(FULL.counts.items()) == [("close", 1), ("create", 1), ("renew", 1)]


def test_creations_are_new_tasks_first_or_not() -> None:
    assert FULL.creations == 2


def test_writes_are_the_operations_that_reach_the_crm() -> None:
    assert len(FULL.writes) == 3
    noted = plan(failing(), books=born(failing()).seen(deleted=True).books())
    assert (len(noted.operations), noted.writes) == (1, ())
    assert a_plan(noted).no_changes


def test_the_version_and_the_hours_are_those_of_the_design() -> None:
    assert (PLAN_VERSION, PLAN_HOURS) == (1, 24)
