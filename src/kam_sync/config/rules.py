"""What the policy says about rules, by code or former code: which run, how they are tuned, which are silenced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kam_sync.config.document import Document, suggestion
from kam_sync.config.models import Policy, RuleSettings
from kam_sync.config.places import Location
from kam_sync.engine import ConfiguredRule, RuleTuning
from kam_sync.portfolio_rules import PortfolioRule
from kam_sync.rules_api import Rule, RuleParams


class RuleBook:
    """The installed rules as a policy speaks of them: by code, by a former code, or by a prefix of codes."""

    def __init__(self, rules: Sequence[Rule | PortfolioRule], document: Document) -> None:
        self._rules = rules
        self._document = document
        self._codes = tuple(rule.code for rule in rules)
        self._former = {alias: rule.code for rule in rules for alias in rule.aliases}

    def current(self, code: str) -> str:
        """Return the present code for a former one; anything else, such as a prefix, as it is."""
        return self._former.get(code, code)

    def with_current_codes(self, policy: Policy) -> Policy:
        """Return the policy with every suppression naming its rules as they are called now."""
        suppress = tuple(each.model_copy(update={"code": self.current(each.code)}) for each in policy.suppress)
        return policy.model_copy(update={"suppress": suppress})

    def configure(self, policy: Policy) -> tuple[ConfiguredRule, ...]:
        """Return the rules that run, tuned; raises ConfigError for a code, prefix or parameter that does not exist."""
        chosen = policy.rules.select if "select" in policy.rules.model_fields_set else ()  # the default fits any pack
        for name, prefixes in (("select", chosen), ("ignore", policy.rules.ignore)):
            for index, prefix in enumerate(prefixes):
                self._require_some(prefix, ("rules", name, index), f"no rule begins with {prefix!r}")
        for index, suppression in enumerate(policy.suppress):
            self._require_some(suppression.code, ("suppress", index, "code"), "no rule begins with it")
        self._require_topics(policy.tasks.topics)
        written = self._written(policy.rules.settings)
        select = tuple(map(self.current, policy.rules.select))
        ignore = tuple(map(self.current, policy.rules.ignore))
        configured = [
            self._configured(
                replace(rule, topic=policy.tasks.topics.get(rule.topic, rule.topic)),
                written.get(rule.code, rule.code),
                policy.rules.settings,
            )
            for rule in self._rules
        ]  # of rules that do not run too: what is said about them must hold on the day they do
        return tuple(
            each for each in configured if _is_selected(each.rule.code, select, ignore, chosen_by_user=bool(chosen))
        )

    def _require_some(self, prefix: str, location: Location, message: str) -> None:
        if not any(code.startswith(self.current(prefix)) for code in self._codes):
            raise self._document.error(location, f"{message}{suggestion(prefix, self._codes)}")

    def _require_topics(self, topics: Mapping[str, str]) -> None:
        """Refuse a topic that no rule has, and a chain of topics, which would leave it unclear who speaks."""
        known = tuple(sorted({str(rule.topic) for rule in self._rules}))
        for topic, other in topics.items():
            place = ("tasks", "topics", topic)
            if topic not in known:
                raise self._document.error(place, f"no rule has this topic{suggestion(topic, known)}")
            if other in topics and other != topic:
                raise self._document.error(place, f"{other} is itself grouped with {topics[other]}; name that one")

    def _written(self, settings: Mapping[str, RuleSettings]) -> Mapping[str, str]:
        """Return for each rule that has settings the code under which they stand."""
        written: dict[str, str] = {}
        for name in settings:
            code = self.current(name)
            if code not in self._codes:
                raise self._document.error(
                    ("rules", "settings", name), f"there is no such rule{suggestion(name, self._codes)}"
                )
            if code in written:
                raise self._document.error(
                    ("rules", "settings", name), f"this is the same rule as {written[code]}; keep one of them"
                )
            written[code] = name
        return written

    def _configured(
        self, rule: Rule | PortfolioRule, written: str, all_settings: Mapping[str, RuleSettings]
    ) -> ConfiguredRule:
        settings = all_settings.get(written)
        if settings is None:
            return ConfiguredRule(rule=rule, tuning=RuleTuning(params=rule.params_model()))
        place = ("rules", "settings", written)
        if isinstance(rule, PortfolioRule) and settings.tiers:
            raise self._document.error(
                (*place, "tiers"), "this rule judges the whole portfolio, which has no tier; leave the tiers out"
            )

        def params(given: Mapping[str, object], location: Location) -> RuleParams:
            return self._document.validate(rule.params_model, given, location)

        return ConfiguredRule(
            rule=rule,
            tuning=RuleTuning(params=params(settings.params, (*place, "params")), severity=settings.severity),
            for_days=settings.for_days,
            tiers={
                tier: RuleTuning(
                    params=params({**settings.params, **tuning.params}, (*place, "tiers", tier, "params")),
                    severity=settings.severity if tuning.severity is None else tuning.severity,
                )
                for tier, tuning in settings.tiers.items()
            },
        )


def _is_selected(code: str, select: Sequence[str], ignore: Sequence[str], *, chosen_by_user: bool) -> bool:
    """Return whether a rule runs: the longest match wins, ignoring at a tie; against the default any ignoring wins."""
    chosen, ignored = _longest(code, select), _longest(code, ignore)
    return chosen > ignored if chosen_by_user else chosen >= 0 > ignored


def _longest(code: str, prefixes: Sequence[str]) -> int:
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=-1)
