"""Every rule that the pack's modules define, registered or not; for the tests."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from typing import Final

import kam_sync_rules
from kam_sync.portfolio_rules import PortfolioRule
from kam_sync.rules_api import Rule


def _defined() -> Iterable[Rule | PortfolioRule]:
    for module in pkgutil.iter_modules(kam_sync_rules.__path__):
        defined = vars(importlib.import_module(f"kam_sync_rules.{module.name}"))
        yield from (value for value in defined.values() if isinstance(value, Rule | PortfolioRule))


PACK: Final[Mapping[str, Rule | PortfolioRule]] = {
    rule.code: rule for rule in sorted(_defined(), key=lambda rule: rule.code)
}
"""Code → rule."""
ACCOUNT_RULES: Final[Mapping[str, Rule]] = {code: rule for code, rule in PACK.items() if isinstance(rule, Rule)}
PORTFOLIO_RULES: Final[Mapping[str, PortfolioRule]] = {
    code: rule for code, rule in PACK.items() if isinstance(rule, PortfolioRule)
}
CORE_CODES: Final = frozenset({"KAM101", "KAM102", "KAM103", "KAM201", "KAM202", "KAM203", "KAM204", "KAM205"})
"""The rules that the planted truth of the seeded portfolios speaks of."""
CORE_RULES: Final = tuple(rule for code, rule in ACCOUNT_RULES.items() if code in CORE_CODES)
