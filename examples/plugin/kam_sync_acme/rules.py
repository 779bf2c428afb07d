"""Our own rules: `ACME101` flags accounts where we know too few people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Final

from pydantic import ConfigDict, Field

from kam_sync.records import Account, AccountSnapshot, Contact, RecordKind
from kam_sync.rules_api import Evidence, Example, Problem, RuleContext, RuleParams, RuleResult, rule
from kam_sync.severity import Severity


class FewContactsParams(RuleParams):
    """Parameters of `few-contacts`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    at_least: Annotated[int, Field(ge=1, le=100)] = 3
    """How many contacts an account should have."""


def examples() -> Sequence[Example]:
    """Return cases that flag, are clean and are unknown; a test runs them."""
    context = RuleContext(today=dt.date(2026, 11, 23))
    alone = AccountSnapshot(
        org_uid="example",
        account=Account(id="A1", name="Čáslavské Sklárny a.s."),
        users={},
        known_contacts=(Contact(id="C1", account_ids=("A1",), name="Ludmila Hrušková"),),
    )
    names = ("Ludmila Hrušková", "Otakar Švihlík", "Zdenka Bártů")
    known = replace(
        alone,
        known_contacts=tuple(Contact(id=name, account_ids=("A1",), name=name) for name in names),
    )
    return (
        Example(title="We know one person", snapshot=alone, context=context, expected=("",)),
        Example(title="We know three people", snapshot=known, context=context),
        Example(title="One is enough here", snapshot=alone, context=context, params={"at_least": 1}),
        Example(
            title="Contacts could not be read",
            snapshot=replace(alone, unknown=frozenset({"contacts"})),
            context=context,
            unknown=True,
        ),
    )


@rule(
    code="ACME101",
    name="few-contacts",
    catalogue_id="",
    topic="relations",
    needs=("contacts",),
    severity=Severity.MEDIUM,
    params=FewContactsParams,
    examples=examples,
)
def few_contacts(snapshot: AccountSnapshot, context: RuleContext, params: FewContactsParams) -> RuleResult:
    """Flags an account with too few contacts.

    What it does:
        Counts the contacts of the account.

    Why it matters:
        Whoever knows one person only loses the account with that person.

    Example:
        A customer with a single contact: one problem.

    Fix:
        Meet more people and add them as contacts.
    """
    found = snapshot.contacts
    if len(found) >= params.at_least:
        return ()
    return (
        Problem(
            title=f"We know fewer than {params.at_least} people at this account",
            evidence=tuple(Evidence(text=contact.name, record=(RecordKind.CONTACT, contact.id)) for contact in found),
            why="Whoever knows one person only loses the account with that person.",
            action="Meet more people and add them as contacts.",
            done_when=f"The account has {params.at_least} contacts or more.",
        ),
    )


RULES: Final = (few_contacts,)
