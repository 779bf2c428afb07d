"""With every rule selected nobody is flooded: caps hold, and each task is one message about one topic."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from kam_sync import job
from kam_sync.local_crms import PersonsTask
from kam_sync.portfolio import Portfolio
from kam_sync.rendering import SUBJECTS
from kam_sync.session import JobSettings
from kam_sync.testing.seed import hubspot_portfolio, salesforce_portfolio
from support_catalogue_portfolios import PLANTED
from support_orgs import start_org

EVERY_RULE = {"select": ["KAM"], "top_tiers": ["A"]}
CASES = {
    "seeded, HubSpot": ("hubspot", hubspot_portfolio),
    "seeded, Salesforce": ("salesforce", salesforce_portfolio),
    "a gap for every rule": ("memory", lambda: PLANTED.portfolio),
}


def _tasks(kind: str, portfolio: Portfolio, folder: Path) -> list[PersonsTask]:
    """Every open task of ours after two days of runs under the default caps."""
    org = start_org(kind, folder, portfolio=portfolio, rules=EVERY_RULE, caps={})
    try:
        settings = JobSettings(clock=org.clock, sleep=lambda seconds: org.clock.advance(seconds=seconds))
        for _ in range(2):
            assert job.run(org.policy, org.store, settings, apply=True).exit_code == 0
            org.clock.advance(days=1)
        return [task for task in org.crm.people.tasks() if task.key and task.open]
    finally:
        org.close()


@pytest.mark.parametrize("case", CASES)
def test_no_account_has_more_than_the_capped_tasks_and_each_is_one_message(case: str, tmp_path: Path) -> None:
    kind, portfolio = CASES[case]
    tasks = _tasks(kind, portfolio(), tmp_path)
    assert len(tasks) > 20
    assert max(Counter(task.account for task in tasks).values()) <= 3
    assert max(Counter((task.account, task.subject) for task in tasks).values()) == 1
    for task in tasks:
        _assert_one_message(task)


def _assert_one_message(task: PersonsTask) -> None:
    asked = [words for words in SUBJECTS.values() if task.subject.endswith(f": {words}")]
    assert len(asked) == 1, task.subject
    text = re.sub(r"<[^>]+>", "\n", task.body)
    numbers = [int(number) for number in re.findall(r"^\s*(?:- )?(\d+)\. ", text, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 1
    for said in ("Why it matters: ", "What to do: ", "Done when: "):
        assert text.count(said) == len(numbers)
    headings = re.findall(r"^\s*\d+\. (.+)$", text, re.MULTILINE)
    assert len(set(headings)) == len(headings), "one task says a thing twice"
    assert "None" not in text
    assert not re.search(r"\b(account|contact|opportunity|plan|activity|roles)\.[a-z_]+", text), "a name of ours shows"
