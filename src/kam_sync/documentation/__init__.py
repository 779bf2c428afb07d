"""The reference as Markdown, made from the code itself, so that it cannot say anything else than the code.

Each page is a pure function of what it documents; `docs/generate.py` writes them.
"""

from __future__ import annotations

from kam_sync.documentation.commands import commands_text
from kam_sync.documentation.library import library_page
from kam_sync.documentation.policy import policy_page
from kam_sync.documentation.rules import parameter_default, rules_page

__all__ = ["commands_text", "library_page", "parameter_default", "policy_page", "rules_page"]
