"""HubSpot's section of a policy file as text: what was chosen, commented so that it teaches, valid as it stands. Pure.

What an org that nobody looked at gets is the same text with HubSpot's usual names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from kam_sync.config.document import ENVIRONMENT
from kam_sync.errors import ConfigError
from kam_sync.field_mapping import MAPPABLE
from kam_sync.names import NAMES
from kam_sync.records import PlanPart, Role
from kam_sync.setup_ports import Answers, Survey
from kam_sync_hubspot._naming import USUAL
from kam_sync_hubspot._surveying import PropertyCandidate
from kam_sync_hubspot._yaml_lines import block, comment, line, listed, scalar
from kam_sync_hubspot.record_settings import COMPANIES, DEFAULT_FIELDS, DEFAULT_VALUES, PROPERTY_NAME, PlanField

CONNECTION: Final = """\
    auth:
      access_token: ${HUBSPOT_ACCESS_TOKEN}      # of a service key or a private app
"""

_USUAL_ANSWERS: Final[Answers] = {
    "scope": ("hs_is_target_account",),
    "account.tier": ("account_tier",),
    "account.revenue": ("annualrevenue",),
    "plans": (COMPANIES,),
    "plan.start_on": ("plan_start",),
    "plan.end_on": ("plan_end",),
    **{subject: (name,) for subject, name in USUAL.items()},
}
_USUAL_COMMENTS: Final[Mapping[str, str]] = {
    "account.tier": "a company property; leave the line out if you have no tiers",
    "account.revenue": "orders the queue of tasks",
    "tasks.key": "a single-line text property of tasks; without it nothing is written",
}
_PLAN_DATES: Final = (
    PlanField.START_ON,
    PlanField.END_ON,
    PlanField.LAST_REVIEW_ON,
    PlanField.NEXT_REVIEW_ON,
    PlanField.MODIFIED_ON,
    PlanField.SWOT_ON,
)
_FURTHER: Final = """\
    # What further rules read; nothing of it is fetched unless a selected rule wants it:
    # feedback: {object: "2-5003", fields: {on: given_on, grade: grade}, scale: letter}     # an object, or companies
    # goals: {object: "2-5001", fields: {name: goal_name, due_on: due_date}, open: {property: status, values: [open]}}
    # contracts: {object: "2-5004", fields: {name: contract_name, end_on: end_date, value: annual_value}}
    # cases: {urgent: {property: hs_ticket_priority, values: [URGENT]}}
    # quotes: {fields: {sent_on: sent_on}}
    # contact_labels: {technical_buyer: [Technical buyer]}      # association labels of contacts -> buying roles
    # criteria: {product_fit: fit_score}                        # by which key accounts are chosen
    # sales: {property: sold_last_year}                         # instead of the sum of won deals
"""
_FURTHER_FIELDS: Final = (
    "      # account.recovery_target: recovery_target    # more names, and what feeds them: the connector's README"
)
_STANCE_FIELD: Final = "      # contact.stance: stance"
_STANCE_VALUES: Final = (
    "    # values: {contact.stance: {supporter: [with_us], blocker: [against]}}     "
    "# our value -> HubSpot's internal values"
)


def section_text(name: str, connection: str, survey: Survey | None, answers: Answers) -> str:
    """Return a HubSpot org's section of the policy; see kam_sync.setup_ports.SetsUp.section.

    Raises:
        ConfigError: An answer is no internal name of a property.
    """
    return "\n".join(_Section(survey, _USUAL_ANSWERS if survey is None else answers).lines(name, connection)) + "\n"


def _checked(subject: str, value: str) -> str:
    """Return the internal name of a property; raises ConfigError when it is none."""
    name = value.strip()
    if not PROPERTY_NAME.fullmatch(name):
        raise ConfigError(
            f"{subject}: {comment(name)!r} is no internal name of a HubSpot property: letters, digits and underscores, "
            "as HubSpot shows it under Settings > Properties > the property > </>"
        )
    return name


class _Section:
    """One section in the making."""

    def __init__(self, survey: Survey | None, answers: Answers) -> None:
        self._survey = survey
        self._answers = answers
        proposals = survey.proposals if survey else ()
        self._candidates = {
            (proposal.subject, candidate.value): candidate
            for proposal in proposals
            for candidate in proposal.candidates
        }

    def lines(self, name: str, connection: str) -> Iterator[str]:
        """Yield the lines of the section."""
        timezone = self._survey.timezone if self._survey else "UTC"
        yield line(f"  {scalar(name)}:", f"the name is yours; `--org {comment(name)}` and the reports use it")
        yield line("    connector: hubspot", self._survey.org_name if self._survey else "")
        yield line(f"    timezone: {scalar(timezone)}", 'in which "today" is counted, such as Europe/Berlin')
        yield "    # inherit: [roles, plans]          # a company without its own takes them from its parent company"
        yield "    # calendar: {fiscal_year_start: 1, weekend: [saturday, sunday], holidays: [2027-01-01]}"
        yield connection.rstrip("\n")
        yield from self._scope()
        yield from self._fields()
        yield from self._values()
        yield from self._roles()
        yield from self._plan()
        yield _FURTHER.rstrip("\n")
        yield from self._tasks()
        yield "    # limits: {day_share: 0.8}         # stop at this share of the account's daily API calls"

    # Answers -----------------------------------------------------------------------------------------------------

    def _chosen(self, subject: str) -> Sequence[str]:
        """Return the properties chosen for a subject."""
        return tuple(dict.fromkeys(_checked(subject, value) for value in self._answers.get(subject, ())))

    def _one(self, subject: str) -> str | None:
        found = self._chosen(subject)
        if len(found) > 1:
            raise ConfigError(f"{subject} takes one property, not {len(found)}: {', '.join(found)}")
        return found[0] if found else None

    def _candidate(self, subject: str, name: str) -> PropertyCandidate | None:
        found = self._candidates.get((subject, name))
        return found if isinstance(found, PropertyCandidate) else None

    def _said(self, subject: str, names: Sequence[str]) -> str:
        """Return what to say behind a mapping: what the org's people call it."""
        if self._survey is None:
            return _USUAL_COMMENTS.get(subject, "")
        labels = [found.label for name in names if (found := self._candidates.get((subject, name))) is not None]
        if not labels:
            return "`kam-sync setup` makes it"
        return ", ".join(labels) + ("" if len(labels) == len(names) else "; `kam-sync setup` makes what is missing")

    # Parts -------------------------------------------------------------------------------------------------------

    def _scope(self) -> Iterator[str]:
        head = "which companies are key accounts; without `scope`: every company"
        given = self._answers.get("scope", ())
        if not given:
            yield line(
                '    # scope: {property: hs_is_target_account, values: ["true"]}',
                "without it every company counts",
                at=0,
            )
            return
        if len(given) > 1:
            raise ConfigError(f"scope takes one property, not {len(given)}: {', '.join(given)}")
        written, _, options = given[0].partition("=")
        name = _checked("scope", written)
        candidate = self._candidate("scope", name)
        values = tuple(filter(None, (option.strip() for option in options.split(";"))))
        if not values:
            values = candidate.values.get("", ()) if candidate else ("true",)
        yield line("    scope:", head)
        yield line(f"      property: {name}", self._said("scope", [name]))
        yield from block(self._options("      values", values, quoted=True))

    def _fields(self) -> Iterator[str]:
        mapped = [*self._mapped()]
        if not mapped:
            yield "    # fields: {account.recovery_target: recovery_target}    # names and what feeds them: the README"
            return
        yield "    fields:"
        yield from block(mapped)
        yield _FURTHER_FIELDS
        if not self._answers.get("contact.stance"):
            yield _STANCE_FIELD

    def _mapped(self) -> Iterator[tuple[str, str]]:
        """Yield the mapped fields; a default of HubSpot's that was decided against is taken away."""
        for subject in (name for name in self._answers if name in MAPPABLE):
            names = self._chosen(subject)
            if len(names) == 1:
                yield f"      {subject}: {names[0]}", self._said(subject, names)
            elif names:
                yield from listed(f"      {subject}", names, self._said(subject, names))
            elif subject in DEFAULT_FIELDS:
                yield f"      {subject}: null", f"not read, although HubSpot has {DEFAULT_FIELDS[subject]}"

    def _values(self) -> Iterator[str]:
        found = {
            subject: values
            for subject in self._answers
            if subject in MAPPABLE and NAMES[subject].choices is not None and (values := self._values_of(subject))
        }
        if found:
            yield line("    values:", "our value -> HubSpot's internal values")
        for subject, choices in found.items():
            yield f"      {subject}:"
            for ours, options in choices.items():
                yield from block(self._options(f"        {ours}", options))
        if not self._answers.get("contact.stance"):
            yield _STANCE_VALUES

    def _values_of(self, subject: str) -> Mapping[str, Sequence[str]]:
        """Return what `values:` has to say of a choice: nothing where HubSpot's own values are meant."""
        name, default = self._one(subject), DEFAULT_VALUES.get(subject, {})
        choices = NAMES[subject].choices
        if name is None or choices is None:
            return {}
        candidate = self._candidate(subject, name)
        if candidate is None:
            return {} if default else {choice.value: (choice.value,) for choice in choices}
        known = {option.casefold() for options in default.values() for option in options}
        if name != DEFAULT_FIELDS.get(subject):
            return candidate.values
        new = {
            ours: [option for option in options if option.casefold() not in known]
            for ours, options in candidate.values.items()
        }
        if not any(new.values()):
            return {}
        merged = {choice.value: (*default.get(choice.value, ()), *new.get(choice.value, ())) for choice in choices}
        return {ours: options for ours, options in merged.items() if options}

    def _options(self, head: str, options: Sequence[str], *, quoted: bool = False) -> Iterator[tuple[str, str]]:
        """Yield a list of options; one that a policy file would take for a variable cannot stand in it."""
        usable = [option for option in options if not ENVIRONMENT.search(option)]
        if not usable:
            raise ConfigError(f"{head.strip()}: the option holds ${{…}}, which a policy reads as a variable: rename it")
        if quoted and usable == ["true"]:
            yield f'{head}: ["true"]', ""
            return
        yield from listed(head, usable, "an option with ${…} is left out: rename it" * (len(usable) < len(options)))

    def _roles(self) -> Iterator[str]:
        chosen = {role: names for role in Role if (names := self._chosen(f"roles.{role}"))}
        head = 'who plays the six roles: company properties of the type "HubSpot user"'
        if not chosen:
            yield line(
                "    # roles: {owner_properties: {innovator: [innovator_owner]}}", "who plays the six roles", at=0
            )
            return
        yield line("    roles:", head)
        yield "      owner_properties:"
        yield from block(
            each
            for role, names in chosen.items()
            for each in listed(f"        {role}", names, self._said(f"roles.{role}", names))
        )

    def _plan(self) -> Iterator[str]:
        where = self._answers.get("plans", (COMPANIES,))
        if where not in {(), (COMPANIES,)}:
            raise ConfigError(f"plans: HubSpot's account plans are read from {COMPANIES} only, not from {where[0]!r}")
        dates = {each: one for each in _PLAN_DATES if where and (one := self._one(f"plan.{each}"))}
        parts = {each: several for each in PlanPart if where and (several := self._chosen(f"plan.parts.{each}"))}
        head = "company properties that hold the account plan"
        if not parts and not dates.keys() - {PlanField.MODIFIED_ON}:
            yield line("    # plan: {fields: {next_review_on: plan_next_review}}", head, at=0)
            return
        yield line("    plan:", head)
        if dates:
            yield "      fields:"
        yield from block(
            (f"        {each}: {name}", self._said(f"plan.{each}", [name])) for each, name in dates.items()
        )
        if parts:
            yield line("      parts:", "a part of the plan is filled when all of its properties are")
        yield from block(
            each
            for part, names in parts.items()
            for each in listed(f"        {part}", names, self._said(f"plan.parts.{part}", names))
        )

    def _tasks(self) -> Iterator[str]:
        name = self._one("tasks.key") or USUAL["tasks.key"]
        yield "    tasks:"
        yield line(f"      key_property: {name}", self._said("tasks.key", [name]))
