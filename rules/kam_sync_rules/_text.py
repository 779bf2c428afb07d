"""Small words for the texts of findings; nothing here knows a rule, and nothing escapes: connectors do."""

from __future__ import annotations

from collections.abc import Sequence


def joined(words: Sequence[str], word: str = "and") -> str:
    """Return words as a person lists them: `a`, `a and b`, `a, b and c`; `word` may be `or`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {word} {words[-1]}"


def quoted(name: str) -> str:
    """Return a name from the CRM in quotation marks and on one line; an empty one is said to be empty."""
    line = " ".join(name.split())
    return f"“{line}”" if line else "without a name"


def person(name: str, user_id: str) -> str:
    """Return a person's name on one line, or the id of somebody whose name is empty."""
    return " ".join(name.split()) or f"user {user_id}"


def money(amount: float) -> str:
    """Return an amount in the org's currency, without decimals: `1,250,000`."""
    return f"{amount:,.0f}"


def percent(share: float) -> str:
    """Return a share, 1 being all, as per cent with one decimal: `78.0 %`."""
    return f"{share * 100:.1f} %"
