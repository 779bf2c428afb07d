"""Fills an empty portal with an invented portfolio, in bulk: one transaction, rows in chunks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, pairwise
from typing import Final, TypeVar

from kam_sync.names import NAMES, FieldType
from kam_sync.portfolio import Portfolio, PortfolioAccount
from kam_sync.records import Role
from kam_sync_hubspot.local_crm.definitions import PORTAL_MADE_AT
from kam_sync_hubspot.local_crm.history import IMPORTED, Entry
from kam_sync_hubspot.local_crm.load_care import CareLoader
from kam_sync_hubspot.local_crm.load_rows import Load
from kam_sync_hubspot.local_crm.load_sales import SalesLoader
from kam_sync_hubspot.local_crm.moments import iso
from kam_sync_hubspot.local_crm.objects import ObjectType
from kam_sync_hubspot.local_crm.plans import plan_properties
from kam_sync_hubspot.local_crm.portal import Portal
from kam_sync_hubspot.local_crm.portal_properties import products_property, second_holder_property
from kam_sync_hubspot.local_crm.timeline import stamps
from kam_sync_hubspot.local_crm.values import InvalidValueError, normalise
from kam_sync_hubspot.local_crm.vocabulary import CRITERIA, HELD, TECHNICAL_BUYER_LABEL, money_text, number_text

CHUNK: Final = 500
"""Accounts whose rows are held at a time."""
SECOND_HOLDERS: Final = "roles with a second holder"
"""The portal's fact that names the roles with a second owner property."""
_OWN_ATTRIBUTES: Final = frozenset({"tier", "revenue"})
"""Fields of an account that a portfolio has attributes for."""

ItemT = TypeVar("ItemT")


class Loader:
    """Loads one portfolio."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._account_ids: dict[str, int] = {}
        self._children: dict[str, int] = {}

    def load(self, portfolio: Portfolio) -> None:
        """Load a portfolio into an empty portal.

        Raises:
            ValueError: The portal is not empty, or HubSpot cannot hold something of the portfolio.
        """
        try:
            with self._portal.database.transaction():
                self._load(portfolio)
        except BaseException:
            self._portal.catalogue.reload()
            self._portal.associations.reload()
            raise

    def _load(self, portfolio: Portfolio) -> None:
        portal = self._portal
        if not (portal.owners.is_empty() and portal.records.is_empty()):
            raise ValueError("only an empty local HubSpot can be loaded; start one in a new folder")
        load = Load(portal, self._owners(portfolio))
        ids = portal.records.reserve_ids(ObjectType.COMPANY, len(portfolio.accounts))
        self._account_ids = dict(zip((account.slug for account in portfolio.accounts), ids, strict=True))
        if len(self._account_ids) != len(portfolio.accounts):
            raise ValueError("slugs of a portfolio must be unique")
        portal.slugs.add("account", self._account_ids.items())
        if not portal.bare:
            self._add_second_holders(portfolio)
            self._add_products(portfolio)
        for account in portfolio.accounts:
            if account.parent is not None:
                self._children[account.parent] = self._children.get(account.parent, 0) + 1
        sales, care = SalesLoader(load, self._technical_buyer()), CareLoader(load)
        for chunk in _chunks(portfolio.accounts, CHUNK):
            for account in chunk:
                self._account(load, sales, care, account)
            load.insert()

    def _owners(self, portfolio: Portfolio) -> Mapping[str, int]:
        people = [(user.name, user.email, user.active, user.person) for user in portfolio.users]
        slugs = [user.slug for user in portfolio.users]
        if len(set(slugs)) != len(slugs):
            raise ValueError("slugs of a portfolio must be unique")
        found = dict(zip(slugs, self._portal.owners.add(people, PORTAL_MADE_AT), strict=True))
        self._portal.slugs.add("user", found.items())
        return found

    def _add_second_holders(self, portfolio: Portfolio) -> None:
        roles: set[Role] = set()
        for account in portfolio.accounts:
            for role, holders in account.roles.items():
                if len(holders) > 2:
                    raise ValueError(f"{account.slug}: the local HubSpot has room for two holders of {role}")
                if len(holders) == 2:
                    roles.add(role)
        for role in sorted(roles):
            self._portal.catalogue.add(ObjectType.COMPANY, second_holder_property(role))
        self._portal.database.set_fact(SECOND_HOLDERS, " ".join(sorted(roles)))

    def _add_products(self, portfolio: Portfolio) -> None:
        products = {name for account in portfolio.accounts for deal in account.deals for name in deal.products}
        if any(";" in name or not name for name in products):
            raise ValueError("a product is named by a text without semicolons, which HubSpot joins several by")
        self._portal.catalogue.redefine(ObjectType.DEAL, products_property(sorted(products)))

    def _technical_buyer(self) -> int | None:
        """Return the association type of technical buyers, whose label is defined here unless the portal is bare."""
        pair, associations = (ObjectType.CONTACT, ObjectType.COMPANY), self._portal.associations
        known = associations.labelled(pair, TECHNICAL_BUYER_LABEL)
        if known is not None:
            return known.type_id
        if self._portal.bare:
            return None
        made = associations.define_label(pair, name="technical_buyer", label=TECHNICAL_BUYER_LABEL, inverse_label=None)
        return made[0].type_id

    def _account(self, load: Load, sales: SalesLoader, care: CareLoader, account: PortfolioAccount) -> None:
        company = self._account_ids[account.slug]
        activities = sales.load(account, company)
        care.load(account, company)
        properties = self._company(load, account) | stamps(activities, iso(load.now))
        plan, entries = _plan(load, account)
        record = load.add(ObjectType.COMPANY, company, properties | plan, load.day(account.created_days))
        load.history(record, entries | _owner_history(load, account, record.created_at))

    def _company(self, load: Load, account: PortfolioAccount) -> dict[str, str]:
        properties = {
            "name": account.name,
            "domain": f"{account.slug}.example",
            "hubspot_owner_id": load.owner(account.owner, account),
            "account_tier": account.tier,
            "annualrevenue": money_text(account.revenue),
            "hs_is_target_account": "true" if account.key_account else "false",
        }
        if account.parent is not None:
            if account.parent not in self._account_ids:
                raise ValueError(f"{account.slug}: there is no account {account.parent} to be its parent")
            properties["hs_parent_company_id"] = str(self._account_ids[account.parent])
        if count := self._children.get(account.slug):
            properties["hs_num_child_companies"] = str(count)
        for role, holders in account.roles.items():
            for number, holder in enumerate(holders):
                name = f"{role}_owner" if number == 0 else f"{role}_owner_2"
                properties[name] = load.owner(holder, account)
        return properties | self._fields(load, account)

    def _fields(self, load: Load, account: PortfolioAccount) -> dict[str, str]:
        """Return the properties of an account's mapped fields and scores; refuses what a property does not take."""
        found: dict[str, str] = {}
        for name, value in account.fields.items():
            property_name = HELD[ObjectType.COMPANY].get(f"account.{name}")
            if property_name is None or name in _OWN_ATTRIBUTES:
                raise ValueError(f"{account.slug}: the local HubSpot holds no field {name!r} of an account")
            if NAMES[f"account.{name}"].field_type is FieldType.DATE:
                if not isinstance(value, int):
                    raise ValueError(f"{account.slug}: {name} is a date, so give days from today")
                found[property_name] = load.day_text(value)
            else:
                found[property_name] = value if isinstance(value, str) else number_text(value)
        for criterion, score in account.criteria.items():
            if criterion not in CRITERIA:
                raise ValueError(f"{account.slug}: the local HubSpot holds no criterion {criterion!r}")
            found[CRITERIA[criterion]] = number_text(score)
        return {name: self._accepted(account, name, text) for name, text in found.items()}

    def _accepted(self, account: PortfolioAccount, name: str, text: str) -> str:
        definition = self._portal.catalogue.definitions(ObjectType.COMPANY).get(name)
        if definition is None:  # a bare portal, which has no place for it
            return ""
        options = {option.value.casefold(): option.value for option in definition.options}
        try:
            return normalise(
                definition, options.get(text.casefold(), text), is_active_owner=self._portal.owners.is_active
            )
        except InvalidValueError as error:
            raise ValueError(f"{account.slug}: {error}") from None


def _plan(load: Load, account: PortfolioAccount) -> tuple[dict[str, str], dict[str, list[Entry]]]:
    """Return the properties of an account's plan and their history: all were set when it was last changed."""
    plan = account.plan
    if plan is None:
        return {}, {}
    modified_days = plan.modified_days or 0
    properties = plan_properties(
        parts=plan.parts,
        start_on=load.optional_day(plan.start_days),
        end_on=load.optional_day(plan.end_days),
        last_review_on=load.optional_day(plan.last_review_days),
        next_review_on=load.optional_day(plan.next_review_days),
        modified_on=load.day(modified_days),
        swot=plan.swot,
        swot_on=load.optional_day(plan.swot_days),
    )
    at = load.past_text(load.day(modified_days))
    return properties, {name: [(value, at, IMPORTED)] for name, value in properties.items() if value}


def _owner_history(load: Load, account: PortfolioAccount, created_at: str) -> dict[str, list[Entry]]:
    """Return the history of an account's owner when it had others before; the first owned it from the beginning."""
    if not account.owners_before:
        return {}
    slugs = [*(slug for slug, _ in account.owners_before), account.owner]
    moments = [created_at, *(load.past_text(load.day(days)) for _, days in account.owners_before)]
    if moments != sorted(set(moments)) or any(before == after for before, after in pairwise(slugs)):
        raise ValueError(
            f"{account.slug}: owners before must be different from those after them and given oldest first,"
            " on days since the account was created"
        )
    owners = [load.owner(slug, account) for slug in slugs]
    return {"hubspot_owner_id": [(owner, at, IMPORTED) for owner, at in zip(owners, moments, strict=True)]}


def _chunks(items: Iterable[ItemT], size: int) -> Iterator[list[ItemT]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
