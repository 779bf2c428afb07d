"""A third party's plugin for kam-sync: one rule and one connector, as anyone would write them outside this project."""

from __future__ import annotations

from typing import ClassVar

from kam_sync.records import AccountSnapshot
from kam_sync.rules_api import Example, Problem, RuleContext, RuleParams, RuleResult, rule
from kam_sync.severity import Severity
from kam_sync.testing.memory import MemoryConnector


class FewContactsParams(RuleParams):
    """Parameters of `few-contacts`."""

    least: int = 1


def _examples() -> tuple[Example, ...]:
    return ()


@rule(
    code="ACME101",
    name="few-contacts",
    catalogue_id="",
    topic="relations",
    needs=("contacts",),
    severity=Severity.MEDIUM,
    params=FewContactsParams,
    examples=_examples,
)
def few_contacts(snapshot: AccountSnapshot, context: RuleContext, params: FewContactsParams) -> RuleResult:
    """Flags an account with fewer contacts than `least`.

    What it does:
        Counts the contacts of the account.

    Why it matters:
        Who knows nobody sells nothing.

    Example:
        An account without any contact.

    Fix:
        Add the people you know there.
    """
    del context
    if len(snapshot.contacts) >= params.least:
        return ()
    return [
        Problem(
            title="The account has too few contacts",
            why="Who knows nobody sells nothing.",
            action="Add the people you know there.",
            done_when=f"At least {params.least} contacts are on the account.",
        )
    ]


class AcmeConnector(MemoryConnector):
    """A connector to a CRM of Acme's, which lives in memory here."""

    name: ClassVar[str] = "acme"


RULES = (few_contacts,)
