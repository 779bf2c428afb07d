"""The orgs of somebody who follows a page on a first run: local CRMs in which nothing is prepared for kam-sync."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from kam_sync.clock import Clock
from kam_sync.demo.sandbox import policy_text, seeded_portfolio
from kam_sync.local_crms import LocalCrm
from kam_sync.records import PlanPart, Role
from kam_sync_hubspot.local_crm import LocalHubSpot
from kam_sync_salesforce.local_crm import LocalSalesforce


@dataclass(frozen=True, slots=True, kw_only=True)
class BareOrgs:
    """Running local CRMs with customers and people, and a policy file that says how to reach them and who leads."""

    crms: Mapping[str, LocalCrm]
    policy_path: Path

    def fill_in(self) -> None:
        """Do as people do with what `setup` made: mark key accounts, name who plays the roles, fill in plans."""
        for crm in self.crms.values():
            portfolio = seeded_portfolio(crm.name)
            active = next(user.slug for user in portfolio.users if user.active)
            for account in portfolio.accounts[:5]:
                if crm.name == "hubspot":  # a bare Salesforce has nothing that marks key accounts: every account is one
                    crm.people.set_in_scope(account.slug, in_scope=True)
                crm.people.set_plan(account.slug, parts=frozenset(PlanPart))
            for role in Role:
                crm.people.assign_role(portfolio.accounts[0].slug, role, active)


@contextmanager
def bare_orgs(names: list[str], folder: Path, clock: Clock) -> Iterator[BareOrgs]:
    """Serve a bare CRM of each of these vendors, with invented customers, for as long as the context lasts."""
    kinds: dict[str, type[LocalHubSpot | LocalSalesforce]] = {"hubspot": LocalHubSpot, "salesforce": LocalSalesforce}
    folder.mkdir()
    with ExitStack() as stack:
        crms: dict[str, LocalCrm] = {}
        for name in names:
            crm = kinds[name].start(folder / name, clock=clock, bare=True)
            stack.callback(crm.stop)
            crm.load(seeded_portfolio(name))
            crms[name] = crm
        path = folder / "kam-sync.yaml"
        path.write_text(policy_text(crms, {name: seeded_portfolio(name) for name in crms}), encoding="utf-8")
        yield BareOrgs(crms=crms, policy_path=path)
