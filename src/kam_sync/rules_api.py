"""What a rule is made of, for the standard pack and for anyone's own.

A rule is a pure function of an account's snapshot, a context that holds the injected "today", and its
parameters; it says which problems it sees. Everything else (identity, severity overrides, suppression,
inhibition, tasks) is the engine's.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict

from kam_sync.dates import BusinessCalendar, add_days, add_months
from kam_sync.errors import PluginError
from kam_sync.names import NAMES
from kam_sync.records import AccountSnapshot, RecordKind
from kam_sync.severity import Severity

CODE: Final = re.compile(r"[A-Z]{2,8}[0-9]{3}")
"""The shape of a rule's code; KAM is kam-sync's own prefix, a third party takes another."""


class Topic(StrEnum):
    """What a task is about; one task per account and topic."""

    ROLES = "roles"
    PLAN = "plan"
    NEXT_STEPS = "next-steps"
    RELATIONS = "relations"
    GROWTH = "growth"
    SERVICE = "service"
    PROCESS = "process"


class RuleParams(BaseModel):
    """Base of every rule's parameters: strict, so that a misspelt one is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A fact that a finding rests on, with the record it is about; text in absolute dates only."""

    text: str
    record: tuple[RecordKind, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One defect that a rule sees.

    Args:
        key: Tells problems of this rule on one account apart (a role, a record id); part of the identity.
        title: What is wrong, one sentence, no day counts.
        evidence: The facts, most telling first.
        why: Why it matters, one sentence.
        action: What to do, naming the field to change by its label.
        done_when: How one sees that it is solved.
        severity: Instead of the rule's default.
        covers: `(code, key)` of narrower problems that this one makes needless to mention (inhibition); key `*`
            covers all of that rule.
    """

    key: str = ""
    title: str
    evidence: tuple[Evidence, ...] = ()
    why: str
    action: str
    done_when: str
    severity: Severity | None = None
    covers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A part of what the rule judges cannot be known: problems whose key matches neither open nor resolve.

    `key` is a problem key, or a prefix followed by `*`. `name` is the canonical name that is unknown.
    """

    key: str
    name: str


class NotApplicable(Enum):
    """The answer of a rule that has nothing to say about this account."""

    NOT_APPLICABLE = "not applicable"


NOT_APPLICABLE: Final = NotApplicable.NOT_APPLICABLE

RuleResult = Sequence[Problem | Unknown] | NotApplicable


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleContext:
    """What a rule may know beside the account.

    `today` is the date in the org's time zone. `top_tiers` are the values of the tier field that count as top.
    `labels` tells where a person changes something, in the org's own words (OrgDescription.labels). `calendar` says
    which days are working days and when the fiscal year begins.
    """

    today: dt.date
    top_tiers: frozenset[str] = frozenset()
    labels: Mapping[str, str] = field(default_factory=dict)
    calendar: BusinessCalendar = field(default_factory=BusinessCalendar)

    def is_top_tier(self, snapshot: AccountSnapshot) -> bool:
        """Return whether the account's tier is one of the top ones; an unknown tier is not."""
        return "account.tier" not in snapshot.unknown and snapshot.account.tier in self.top_tiers

    def label(self, name: str) -> str:
        """Return where a person changes `name`, such as `the company property "Innovator"`."""
        if name in self.labels:
            return self.labels[name]
        return NAMES[name].words if name in NAMES else name

    def days_ago(self, days: int) -> dt.date:
        """Return the date so many days before today."""
        return add_days(self.today, -days)

    def months_ago(self, months: int) -> dt.date:
        """Return the same day so many months before today."""
        return add_months(self.today, -months)


ParamsT = TypeVar("ParamsT", bound=RuleParams)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One case of a rule, run by a test and shown in its documentation.

    Args:
        title: What the case shows.
        snapshot: The account.
        context: Today and the rest.
        params: Parameters other than the defaults.
        expected: The problem keys that must come, in any order; empty for a clean account.
        unknown: Whether the outcome must be `unknown`.
        not_applicable: Whether the outcome must be `not applicable`.
    """

    title: str
    snapshot: AccountSnapshot
    context: RuleContext
    params: Mapping[str, object] = field(default_factory=dict)
    expected: tuple[str, ...] = ()
    unknown: bool = False
    not_applicable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFacts:
    """What every rule is known by, whether it judges an account or a portfolio.

    `needs` are canonical names (`kam_sync.names`): if one is unknown, the outcome is unknown and the rule is not
    called. `uses` are names that it reads where they are known. Nothing else is fetched for it, so it may read nothing
    else. `doc` has the headings What it does, Why it matters, Example and Fix.
    """

    code: str
    name: str
    catalogue_id: str
    topic: str
    needs: tuple[str, ...]
    uses: tuple[str, ...] = ()
    severity: Severity
    params_model: type[RuleParams]
    doc: str
    aliases: tuple[str, ...] = ()

    @property
    def identity_code(self) -> str:
        """The code that goes into fingerprints: the first the rule ever had, so that renaming keeps identity."""
        return self.aliases[0] if self.aliases else self.code

    @property
    def summary(self) -> str:
        """The first line of the documentation."""
        return self.doc.strip().splitlines()[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(RuleFacts):
    """A rule that judges one account; `check` takes parameters of `params_model`."""

    check: Callable[[AccountSnapshot, RuleContext, RuleParams], RuleResult]
    examples: Callable[[], Sequence[Example]]


DOC_HEADINGS: Final = ("What it does", "Why it matters", "Example", "Fix")


def require_well_formed(code: str, name: str, doc: str) -> None:
    """Check what every rule must keep to.

    Raises:
        PluginError: The code, the name or the docstring is not as `rule` describes them.
    """
    missing = [heading for heading in DOC_HEADINGS if f"{heading}:" not in doc]
    if not CODE.fullmatch(code):
        raise PluginError(f"rule code {code!r} must be 2-8 capitals and three digits")
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise PluginError(f"the name {name!r} of rule {code} must be lower-case words joined by dashes")
    if missing:
        raise PluginError(f"the docstring of rule {code} lacks the headings {', '.join(missing)}")


def rule(
    *,
    code: str,
    name: str,
    catalogue_id: str,
    topic: str,
    needs: tuple[str, ...],
    severity: Severity,
    params: type[ParamsT],
    examples: Callable[[], Sequence[Example]],
    uses: tuple[str, ...] = (),
    aliases: tuple[str, ...] = (),
) -> Callable[[Callable[[AccountSnapshot, RuleContext, ParamsT], RuleResult]], Rule]:
    """Make a Rule of the decorated function.

    Args:
        code: Unique for ever, such as KAM101.
        name: Says the defect, lower case with dashes, such as `missing-role`.
        catalogue_id: Where the idea comes from, such as R01; empty for a rule of one's own.
        topic: Which task it speaks in.
        needs: Canonical names that must be known.
        severity: Default severity.
        params: Model of the parameters.
        examples: Returns cases that flag, are clean, and are unknown.
        uses: Canonical names that it reads where they are known.
        aliases: Former codes, the oldest first, so that identity survives a renaming.

    Raises:
        PluginError: The code, the name or the docstring is not as described here.
    """

    def wrap(function: Callable[[AccountSnapshot, RuleContext, ParamsT], RuleResult]) -> Rule:
        doc = function.__doc__ or ""
        require_well_formed(code, name, doc)

        def check(snapshot: AccountSnapshot, context: RuleContext, given: RuleParams) -> RuleResult:
            if not isinstance(given, params):
                raise TypeError(f"rule {code} takes {params.__name__}, not {type(given).__name__}")
            return function(snapshot, context, given)

        return Rule(
            code=code,
            name=name,
            catalogue_id=catalogue_id,
            topic=topic,
            needs=needs,
            uses=uses,
            severity=severity,
            params_model=params,
            check=check,
            doc=doc,
            examples=examples,
            aliases=aliases,
        )

    return wrap
