"""The pytest plugin: silent until a conftest.py asks, then it holds a connector or a rule pack to the contract."""

from __future__ import annotations

import subprocess
import sys

import pytest

import kam_sync.testing.pytest_suite
import kam_sync_hubspot.local_crm
import kam_sync_rules

pytest_plugins = ["pytester"]
LOADED = (kam_sync.testing.pytest_suite, kam_sync_hubspot.local_crm, kam_sync_rules)
"""Loaded before pytester starts, which forgets after each session what was loaded within it."""

ALONE = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:xdist", "-q")
"""Without plugins that only cost time here."""
RULE = '''\
import datetime as dt

from kam_sync.records import Account, AccountSnapshot, Contact
from kam_sync.rules_api import Example, Problem, RuleContext, RuleParams, rule
from kam_sync.severity import Severity


class Params(RuleParams):
    """None."""


def examples():
    context = RuleContext(today=dt.date(2026, 11, 23))
    some = (Contact(id="C1", account_ids=("A1",), name="Zoë", title="Buyer"),)
    bare = AccountSnapshot(org_uid="example", account=Account(id="A1", name="Żubr"), users={})
    full = AccountSnapshot(org_uid="example", account=bare.account, users={}, known_contacts=some)
    gone = AccountSnapshot(org_uid="example", account=bare.account, users={}, unknown=frozenset({"contacts"}))
    return (
        Example(title="Nobody", snapshot=bare, context=context, expected=EXPECTED),
        Example(title="Somebody", snapshot=full, context=context),
        Example(title="Not read", snapshot=gone, context=context, unknown=True),
    )


@rule(code="NEW001", name="nobody", catalogue_id="", topic="relations", needs=("contacts",), uses=USES,
      severity=Severity.LOW, params=Params, examples=examples)
def nobody(snapshot, context, params):
    """Flags it.

    What it does: looks.
    Why it matters: it does.
    Example: this.
    Fix: mend it.
    """
    if any(READ for contact in snapshot.contacts):
        return ()
    return [Problem(title="t", why="w", action="a", done_when="d")]


RULES = (nobody,)
'''


def install(pytester: pytest.Pytester, source: str, *, pack: str = "new_rules") -> None:
    """Put a rule pack on the path with the metadata that an installer writes."""
    info = pytester.mkdir(f"{pack}-1.dist-info")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {pack}\nVersion: 1\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[kam_sync.rules]\n{pack} = {pack}:RULES\n", encoding="utf-8")
    pytester.makepyfile(**{pack: source})
    pytester.syspathinsert()


def checked(pytester: pytest.Pytester, conftest: str, *options: str) -> pytest.RunResult:
    pytester.makeconftest(conftest)
    return pytester.runpytest_inprocess(*ALONE, *options)


def test_the_plugin_loads_nothing_heavy() -> None:
    allowed = {"kam_sync", "kam_sync.testing", "kam_sync.testing.pytest_plugin"}
    ours = "sorted(name for name in sys.modules if name.startswith('kam_sync') or name in {'pydantic', 'sqlalchemy'})"
    program = f"import sys, kam_sync.testing.pytest_plugin; print(*{ours})"
    done = subprocess.run([sys.executable, "-c", program], check=True, env={}, capture_output=True, text=True)  # noqa: S603 - our own interpreter
    assert set(done.stdout.split()) == allowed


def test_it_does_nothing_until_a_conftest_asks(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_own="def test_own(): pass")
    result = checked(pytester, "import pytest\n\n@pytest.fixture\ndef kam_sync_of_mine(): return 1\n")
    result.assert_outcomes(passed=1)


def test_a_rule_pack_that_keeps_the_contract_passes(pytester: pytest.Pytester) -> None:
    text = RULE.replace("EXPECTED", '("",)').replace("USES", "()").replace("READ", "contact")
    install(pytester, text)
    checked(pytester, 'kam_sync_rules = "new_rules"').assert_outcomes(passed=11)


@pytest.mark.parametrize(
    ("expected", "uses", "read", "failing"),
    [
        ("()", "()", "contact", "test_example"),
        ('("",)', "()", "contact.title", "test_a_rule_says_the_same_of_what_it_names_alone"),
        (
            '("",)',
            '("contact.title",)',
            'contact.title and "contact.title" not in snapshot.unknown',
            "test_what_is_used_and_becomes_unknown_neither_opens_nor_closes",
        ),
        ('("",)', '("contact.titel",)', "contact", "test_a_rule_names_only_what_there_is_and_nothing_twice"),
    ],
)
def test_a_rule_pack_that_breaks_it_fails(
    pytester: pytest.Pytester, expected: str, uses: str, read: str, failing: str
) -> None:
    install(pytester, RULE.replace("EXPECTED", expected).replace("USES", uses).replace("READ", read))
    result = checked(pytester, 'kam_sync_rules = "new_rules"')
    result.stdout.fnmatch_lines([f"FAILED conftest.py::TestRules::{failing}*"])


def test_what_is_tolerated_for_a_reason_passes(pytester: pytest.Pytester) -> None:
    read = 'contact.title and "contact.title" not in snapshot.unknown'
    install(pytester, RULE.replace("EXPECTED", '("",)').replace("USES", '("contact.title",)').replace("READ", read))
    result = checked(
        pytester,
        "from kam_sync.testing.rule_contract import Effect, Tolerated\n"
        'kam_sync_rules = ("new_rules",)\n'
        "kam_sync_tolerated = (\n"
        '    Tolerated(effect=Effect.OPENS, names="contact.title", codes="NEW001", reason="it spares somebody"),\n'
        ")\n",
        "-k",
        "used",
    )
    result.assert_outcomes(passed=1, deselected=10)


def test_the_standard_pack_has_rules_over_the_portfolio_too(pytester: pytest.Pytester) -> None:
    result = checked(pytester, 'kam_sync_rules = "standard"', "-k", "TestPortfolioRules and KAM405")
    assert result.parseoutcomes()["passed"] == 1


@pytest.mark.parametrize(
    ("conftest", "said"),
    [
        ('kam_sync_conector = "hubspot"', "'kam_sync_conector' is none of kam_sync_connector, kam_sync_rules*"),
        ('kam_sync_connector = "hubspt"', "no connector 'hubspt' is installed; there are: *hubspot*"),
        ("kam_sync_connector = 3", "kam_sync_connector is the name of a connector*"),
        ('kam_sync_rules = "standrad"', "no rule pack 'standrad' is installed; there are: *standard*"),
        ("kam_sync_rules = ()", "kam_sync_rules names no pack with rules"),
        ("kam_sync_rules = 3", "kam_sync_rules is the name of a rule pack*"),
        ("kam_sync_tolerated = ()", "kam_sync_tolerated is about rules*"),
        ('kam_sync_rules = "standard"\nkam_sync_tolerated = 3', "kam_sync_tolerated is a sequence of*"),
    ],
)
def test_what_cannot_be_checked_is_said_in_a_sentence(pytester: pytest.Pytester, conftest: str, said: str) -> None:
    result = checked(pytester, conftest)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{said}"])
    assert "Traceback" not in result.stdout.str()


def test_a_connector_is_checked_on_the_local_crm_that_is_installed_for_it(pytester: pytest.Pytester) -> None:
    result = checked(pytester, 'kam_sync_connector = "hubspot"', "-k", "knows_its_org or history_of_owners")
    result.assert_outcomes(passed=2, deselected=31)


def test_a_connector_without_a_local_crm_is_told_what_to_do(pytester: pytest.Pytester) -> None:
    result = checked(pytester, 'kam_sync_connector = "memory"', "-k", "knows_its_org")
    result.assert_outcomes(errors=1, deselected=32)
    result.stdout.fnmatch_lines(["*no local CRM 'memory' is installed*override kam_sync_org*"])


MEMORY = """\
import pytest
from kam_sync.testing.contract_orgs import contract_org
from kam_sync.testing.memory import MemoryConnector, MemoryCrm

kam_sync_connector = "memory"


class Forgetful(MemoryConnector):
    def find_tasks(self, lookups):
        return {lookup.key: None for lookup in lookups}


@pytest.fixture
def kam_sync_org(tmp_path, kam_sync_portfolio):
    with contract_org(MemoryCrm, CONNECTOR, tmp_path, portfolio=kam_sync_portfolio) as org:
        yield org
"""


def test_a_fixture_of_ones_own_says_what_is_checked(pytester: pytest.Pytester) -> None:
    checked(pytester, MEMORY.replace("CONNECTOR", "MemoryConnector")).assert_outcomes(passed=33)


def test_a_connector_that_breaks_the_contract_fails(pytester: pytest.Pytester) -> None:
    result = checked(pytester, MEMORY.replace("CONNECTOR", "Forgetful"), "-k", "TestConnector")
    result.assert_outcomes(passed=19, failed=2, deselected=12)
    result.stdout.fnmatch_lines(["FAILED conftest.py::TestConnector::test_a_write_without_an_answer_makes_one_task*"])


def test_only_where_the_conftest_is_collected(pytester: pytest.Pytester) -> None:
    nested = pytester.mkdir("contract")
    (nested / "conftest.py").write_text(MEMORY.replace("CONNECTOR", "MemoryConnector"), encoding="utf-8")
    pytester.makepyfile(test_own="def test_own(): pass")
    pytester.makeini("[pytest]\npython_classes = Check*\n")
    pytester.runpytest_inprocess(*ALONE, "test_own.py").assert_outcomes(passed=1)
    pytester.runpytest_inprocess(*ALONE).assert_outcomes(passed=34)
    one = "contract/conftest.py::TestRecords::test_feedback_arrives_with_its_history"
    pytester.runpytest_inprocess(*ALONE, one).assert_outcomes(passed=1)


def test_names_of_tests_that_would_hide_the_contract_are_told(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\npython_functions = check_*\n")
    result = checked(pytester, MEMORY.replace("CONNECTOR", "MemoryConnector"))
    result.stdout.fnmatch_lines(["*needs python_functions to let through names with test_*"])
