"""Writes an org's section of the policy file: complete, commented, and valid as it stands.

Text on purpose, since what a reader should see is mostly comments. Everything that comes from an org goes through a
YAML library's emitter (values) or is stripped of line breaks and control characters (labels in comments).
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from kam_sync.config.document import ENVIRONMENT
from kam_sync.errors import ConfigError
from kam_sync.records import PlanPart, Role
from kam_sync.setup_ports import Answers, Survey
from kam_sync_salesforce._roles import TEAM
from kam_sync_salesforce._section import API_NAME
from kam_sync_salesforce._survey import TEAM_ROLE, label_for
from kam_sync_salesforce._survey_fields import NEW_NAMES, OrgCandidate
from kam_sync_salesforce._survey_plans import NATIVE_PLAN

_WIDTH: Final = 120
_COLUMN: Final = 39
"""Where comments begin, unless the text before is longer."""
_FLOW: Final = 96
"""Longer lists are written one item a line."""
_LONGEST_LABEL: Final = 60
_UNSAFE: Final = frozenset({"Cc", "Cf", "Zl", "Zp", "Co", "Cs", "Cn"})
"""Categories of characters that a reader cannot see, or that change how the line is shown."""

CONNECTION: Final = """\
    auth:
      method: client_credentials       # an External Client App with the client credentials flow
      consumer_key: ${SALESFORCE_CONSUMER_KEY}
      consumer_secret: ${SALESFORCE_CONSUMER_SECRET}
      domain: ${SALESFORCE_DOMAIN}     # your My Domain without ".salesforce.com", such as acme.my
      # instead `method: jwt`, a certificate: username, consumer_key and private_key_file
      # or, for a try, `method: access_token`, a ready-made one: access_token and instance_url
"""

_FURTHER: Final = """\
    # What further rules read; nothing of it is fetched unless a selected rule wants it:
    # feedback: {object: Feedback__c, account_field: Account__c, fields: {on: Given_On__c, grade: Grade__c}, scale: nps}
    # actions: {object: Plan_Action__c, account_field: Account__c, fields: {name: Name, due_on: Due__c}}
    # contracts: {fields: {value: Annual_Value__c}}      # Contract unless `object` names another
    # cases: {urgent: {field: Priority, values: [High]}}
    # quotes: {fields: {sent_on: Sent_On__c}}
    # criteria: {product_fit: Product_Fit__c}            # by which key accounts are chosen
    # sales: {field: Sold_Last_Year__c}                  # instead of the sum of won opportunities
"""
_UNMISTAKABLE: Final = re.compile(r"\w+(?:[ .,/&()-]+\w+)*")
"""Texts of which the emitter may say by itself whether they need quotation marks."""
_LIMITS: Final = """\
      # deferred_statuses: [Deferred]  # task statuses by which a person puts a task off
    # limits: {day_share: 0.8, run_share: 0.25}   # stop at this share of the day's API calls: of the org, of one run
"""
_SCOPE_HINT: Final = """\
    # scope: {field: Key_Account__c, values: [true]}     # which accounts are key accounts; here every account counts
"""
_FIELD_HINTS: Final = """\
      # account.recovery_target: Recovery_Target__c   # more names, and what feeds them: the connector's README
"""

USUAL: Final[Answers] = {
    "scope": ("Key_Account__c",),
    "account.tier": ("Tier__c",),
    "account.revenue": ("AnnualRevenue",),
    **{f"roles.{role.value}": (f"{TEAM}.{TEAM_ROLE}={label_for(role)}",) for role in Role},
    "plans": (f"{NATIVE_PLAN}.AccountId",),
    "plan.start_on": (f"{NATIVE_PLAN}.StartDate",),
    "plan.end_on": (f"{NATIVE_PLAN}.EndDate",),
    "plan.last_review_on": (f"{NATIVE_PLAN}.Last_Review__c",),
    "plan.next_review_on": (f"{NATIVE_PLAN}.Next_Review__c",),
    "plan.parts.key_relations": (f"{NATIVE_PLAN}.Relationship_Map__c",),
    "plan.parts.current_state": (f"{NATIVE_PLAN}.AccountChallenges",),
    "plan.parts.revenue_goals": (f"{NATIVE_PLAN}.Revenue_Goals__c",),
    "plan.parts.strategy": (f"{NATIVE_PLAN}.AccountStrategicPriorities",),
    "tasks.key": ("KamSync_Key__c",),
}
"""What is written for an org that was not looked at: Salesforce's own names, and usual ones for the rest."""
_WORDS: Final[Mapping[str, str]] = {
    "account.tier": "a field of Account; leave the line out if you have no tiers",
    "account.revenue": "orders the queue of tasks",
    "plan.last_review_on": "Salesforce has no review dates of its own: make these two fields",
}
"""What is said of a line where the org's own label is not known."""


def section_text(name: str, connection: str, survey: Survey | None, answers: Answers) -> str:
    """Return an org's section.

    Args:
        name: The org's name in the policy.
        connection: The lines that say how to reach it, with four spaces of indent.
        survey: What the org offers; None writes Salesforce's usual names.
        answers: What was chosen; only looked at where there is a survey.

    Raises:
        ConfigError: An answer is nothing that can be written, such as a field's name with a space in it.
    """
    writer = _Writer(survey, USUAL if survey is None else answers)
    zone = survey.timezone if survey else "UTC"
    lines = [
        _line(f"  {scalar(name)}:", f"the name is yours; `--org {_plain(name)}` and the reports use it"),
        "    connector: salesforce",
        _line(f"    timezone: {scalar(zone)}", 'in which "today" is counted, such as Europe/Berlin'),
        "    # inherit: [roles, plans]          # an account without its own takes them from its parent account",
        "    # calendar: {fiscal_year_start: 1, weekend: [saturday, sunday], holidays: [2027-01-01]}",
        *connection.rstrip("\n").split("\n"),
        *writer.scope(),
        *writer.fields(),
        *writer.values(),
        *writer.roles(),
        *writer.plan(),
        *_FURTHER.rstrip("\n").split("\n"),
        *writer.tasks(),
    ]
    return "\n".join([*(line for line in lines if line), ""])


def scalar(value: object) -> str:
    """Return a value as YAML writes it inside a list: in quotation marks where it needs them."""
    yaml = YAML(pure=True)
    yaml.default_flow_style = True
    yaml.width = 10_000
    yaml.allow_unicode = not (isinstance(value, str) and any(unicodedata.category(each) in _UNSAFE for each in value))
    if isinstance(value, str) and not _UNMISTAKABLE.fullmatch(value):
        value = DoubleQuotedScalarString(value)  # the emitter leaves texts bare that a list reads otherwise, as `?0`
    stream = io.StringIO()
    yaml.dump([value], stream)
    return stream.getvalue().strip().removeprefix("[").removesuffix("]")


def _plain(text: str) -> str:
    """Return a text as it may stand in a comment: on one line, without what cannot be seen."""
    safe = "".join(" " if unicodedata.category(each) in _UNSAFE else each for each in text)
    words = " ".join(safe.split())
    return words if len(words) <= _LONGEST_LABEL else f"{words[: _LONGEST_LABEL - 1]}…"


def _line(text: str, comment: str, column: int = _COLUMN) -> str:
    """Return a line with a comment, as far as there is room for it."""
    if not comment:
        return text
    whole = f"{text.ljust(column - 1)} # {comment}"
    return whole if len(whole) <= _WIDTH else text


def _block(lines: Sequence[tuple[str, str]]) -> list[str]:
    """Return lines with their comments one below the other."""
    column = max(_COLUMN, *(len(text) + 1 for text, _ in lines))
    return [_line(text, comment, column) for text, comment in lines]


def _listed(before: str, values: Sequence[object], comment: str = "") -> list[str]:
    """Return a list in one line, or one item a line where it is too long."""
    flow = f"{before} [{', '.join(scalar(value) for value in values)}]"
    if len(flow) <= _FLOW:
        return [_line(flow, comment)]
    indent = " " * (len(before) - len(before.lstrip()) + 2)
    return [_line(before, comment), *(f"{indent}- {scalar(value)}" for value in values)]


class _Writer:
    """Writes the parts of a section from a survey and the answers to it."""

    def __init__(self, survey: Survey | None, answers: Answers) -> None:
        self._looked_at = survey is not None
        self._answers = answers
        self._candidates = {
            (proposal.subject, candidate.value): candidate
            for proposal in (survey.proposals if survey else ())
            for candidate in proposal.candidates
        }

    def scope(self) -> Iterator[str]:
        answers = self._answers.get("scope", ())
        if not answers:
            yield from _SCOPE_HINT.rstrip("\n").split("\n")
            return
        fields = {answer.partition("=")[0] for answer in answers}
        if len(fields) > 1:
            raise ConfigError(f"the scope takes values of one field, not of {' and '.join(sorted(fields))}: choose one")
        field = _api_name(fields.pop(), "scope")
        values = [value for answer in answers if (value := answer.partition("=")[2])]
        _refuse_references("scope", values)
        yield _line("    scope:", "which accounts are key accounts; without `scope`: every account")
        yield _line(f"      field: {field}", self._label("scope", answers[0]) or "a field of Account")
        yield from _listed("      values:", values or [True])

    def fields(self) -> Iterator[str]:
        yield "    fields:"
        lines: list[tuple[str, str]] = []
        for subject in ("account.tier", "account.revenue", "contact.level", "contact.stance", "contact.buying_roles"):
            for answer in self._answers.get(subject, ())[:1]:
                comment = self._label(subject, answer) or _WORDS.get(subject, "")
                lines.append((f"      {subject}: {_api_name(answer, subject)}", comment))
        yield from _block(lines) if lines else ["      {}"]
        yield from _FIELD_HINTS.rstrip("\n").split("\n")
        if not self._answers.get("contact.level"):
            yield "      # contact.level: Level__c"

    def values(self) -> Iterator[str]:
        mapped: dict[str, Mapping[str, tuple[str, ...]]] = {}
        for subject in ("contact.level", "contact.stance", "contact.buying_roles"):
            for answer in self._answers.get(subject, ())[:1]:
                candidate = self._candidates.get((subject, answer))
                if isinstance(candidate, OrgCandidate) and candidate.choices:
                    mapped[subject] = candidate.choices
        hint = "# values: {contact.level: {executive: [Executive], manager: [Manager]}}"
        if not mapped:
            yield f"    {hint}    # our value -> those of your picklist"
            return
        yield _line("    values:", "our value -> those of your picklist")
        for subject, choices in mapped.items():
            yield f"      {subject}:"
            for choice, values in choices.items():
                _refuse_references(subject, values)
                yield from _listed(f"        {choice}:", values)

    def roles(self) -> Iterator[str]:
        team: dict[str, list[str]] = {}
        team_fields: dict[str, None] = {}
        lookups: dict[str, list[str]] = {}
        for role in Role:
            subject = f"roles.{role.value}"
            for answer in self._answers.get(subject, ()):
                holder, equals, value = answer.partition("=")
                if equals:
                    team.setdefault(value, []).append(role.value)
                    team_fields[_api_name(holder.rpartition(".")[2], subject)] = None
                else:
                    lookups.setdefault(role.value, []).append(_api_name(answer.removeprefix("Account."), subject))
        own = [field for field in team_fields if field != TEAM_ROLE]
        if len(own) > 1:
            raise ConfigError(f"roles take one picklist of the account team, not {' and '.join(own)}: choose one")
        yield _line(
            "    roles:" if team or lookups else "    roles: {}", "who plays the six roles; all sources are united"
        )
        if team:
            yield _line("      team_roles:", "account team role (Setup > Account Teams) -> the roles it stands for")
            for value, roles in team.items():
                yield from _listed(f"        {_key(value)}:", roles)
        if own:
            yield _line(
                f"      team_field: {own[0]}",
                "a multi-select picklist on the team member: several roles for one person",
            )
        elif team:
            hint = "a multi-select picklist on the team member: several roles for one person"
            yield f"      # team_field: Account_Roles__c   # {hint}"
        if lookups:
            yield _line("      user_fields:", "user lookups on Account")
            for role_name, fields in lookups.items():
                yield from _listed(f"        {role_name}:", fields)
        else:
            yield "      # user_fields:                   # or user lookups on Account"
            yield "      #   results_driver: [Results_Driver__c]"

    def plan(self) -> Iterator[str]:
        place = next(iter(self._answers.get("plans", ())), "")
        if not place:
            yield "    # plan: {object: AccountPlan, account_field: AccountId}   # without `plan`, plans are not judged"
            return
        owner, _, parent = place.partition(".")
        owner = _api_name(owner, "plans")
        candidate = self._candidates.get(("plans", place))
        yield _line("    plan:", "where account plans are; without `plan`, plans are not judged")
        hint = "Salesforce's own, an object of yours, or Account (then without account_field)"
        yield _line(f"      object: {owner}", self._label("plans", place) or hint)
        if owner != "Account":
            yield f"      account_field: {_api_name(parent or 'Account__c', 'plans')}"
        active = candidate.active if isinstance(candidate, OrgCandidate) else None
        if not self._looked_at and owner == NATIVE_PLAN:
            active = ("Status", "Active")
        if active is not None:
            yield f"      active: {{field: {_api_name(active[0], 'plans')}, values: [{scalar(active[1])}]}}"
        yield from self._plan_fields(owner)

    def _plan_fields(self, owner: str) -> Iterator[str]:
        dates = [f"plan.{name}" for name in ("start_on", "end_on", "last_review_on", "next_review_on")]
        parts = [f"plan.parts.{part.value}" for part in PlanPart]
        for heading, comment, subjects in (
            ("fields", "", dates),
            ("parts", "a part of the plan is filled when all of its fields are", parts),
        ):
            lines = [line for subject in subjects for line in self._plan_field(owner, subject, heading)]
            if lines:
                yield _line(f"      {heading}:", comment)
                yield from _block(lines)

    def _plan_field(self, owner: str, subject: str, heading: str) -> Iterator[tuple[str, str]]:
        for answer in self._answers.get(subject, ())[:1]:
            chosen = self._of_owner(owner, subject, answer)
            field = _api_name(chosen.rpartition(".")[2], subject)
            name = subject.rpartition(".")[2]
            written = f"[{field}]" if heading == "parts" else field
            yield f"        {name}: {written}", self._label(subject, chosen) or _WORDS.get(subject, "")

    def _of_owner(self, owner: str, subject: str, answer: str) -> str:
        """Return an answer that is a field of the plans' object; for one of another, the best there is instead."""
        if "." not in answer or answer.startswith(f"{owner}."):
            return answer
        others = (value for known, value in self._candidates if known == subject and value.startswith(f"{owner}."))
        prefix = "Plan_" if owner == "Account" else ""
        return next(others, f"{owner}.{prefix}{NEW_NAMES[subject]}" if subject in NEW_NAMES else answer)

    def tasks(self) -> Iterator[str]:
        yield "    tasks:"
        key = next(iter(self._answers.get("tasks.key", ())), None)
        hint = "Text(64), external id, unique, on Activity; null: a weaker mode without it"
        yield _line(f"      key_field: {_api_name(key, 'tasks.key') if key else 'null'}", hint)
        yield from _LIMITS.rstrip("\n").split("\n")

    def _label(self, subject: str, answer: str) -> str:
        """Return what the org's people call a chosen thing; nothing where it is not of the org yet."""
        candidate = self._candidates.get((subject, answer))
        if candidate is not None:
            return _plain(candidate.label)
        return "not there yet: `kam-sync setup` makes it" if self._looked_at else ""


def _api_name(name: str, subject: str) -> str:
    if not API_NAME.fullmatch(name):
        raise ConfigError(f"{subject}: expected an API name such as Tier__c: letters, digits and _, no spaces")
    return name


def _key(value: str) -> str:
    """Return a picklist's value as the key of a mapping, in quotation marks as a value of the org's."""
    written = scalar(value)
    return written if written[:1] in {'"', "'"} else f'"{written}"'


def _refuse_references(subject: str, values: Sequence[str]) -> None:
    if any(ENVIRONMENT.search(value) for value in values):
        raise ConfigError(f"{subject}: a value with ${{…}} in it cannot stand in a policy file; rename it in the CRM")
