"""The policy file that `kam-sync init` writes: complete, commented, and valid as it stands.

It is text on purpose: what a reader should see is mostly comments. An org's section comes from its connector, which
knows what the CRM calls things; head and tail are the same for all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from kam_sync.config.document import ENVIRONMENT
from kam_sync.errors import ConfigError
from kam_sync.registry import load_connector, sets_up
from kam_sync.setup_ports import SetsUp

_HEAD: Final = """\
# yaml-language-server: $schema=https://raw.githubusercontent.com/kam-sync/kam-sync/main/docs/reference/kam-sync.schema.json
# The policy of kam-sync: which orgs, what counts as a key account, which rules, how tasks are made.
# An unknown key is an error, so nothing here can be misspelt silently. Check it with `kam-sync validate`.
# Secrets stand here only as ${NAME} of an environment variable.
version: 1

orgs:
"""

_FALLBACK: Final = "${KAM_SYNC_FALLBACK}"
_TAIL: Final = f"""\

# assignments: assignments.csv         # roles from a file (org,account,role,person,since) where the CRM has no field

rules:
  # Without `select` the core runs (KAM101-103, KAM201-205) with KAM314, KAM501, KAM502, KAM508, KAM602 and KAM804. What
  # stands there instead is all that runs: codes or beginnings of codes. `kam-sync rules` lists them, `kam-sync doctor`
  # says which can be judged here, and these pages explain them all:
  # <https://github.com/kam-sync/kam-sync/blob/main/docs/reference/rules.md>
  # select: [KAM1, KAM2, KAM5, KAM602]
  # ignore: [KAM103]                   # the longest match wins
  top_tiers: [A]                       # values of account.tier that count as top
  # settings:
  #   KAM205:
  #     severity: high
  #     for_days: 3                    # how long it must fail before a task speaks of it

tasks:
  # Who gets what nobody else can get: the e-mail address or id of an active user, one for all orgs or one for each.
  # Required before the first `kam-sync run --apply`.
  fallback_assignee: {_FALLBACK}
  min_severity: medium                 # info, low, medium, high, critical
  caps: {{live_per_account: 3, live_per_owner: 15, new_per_owner: 5}}      # the last in any 24 hours; null lifts a cap
  # topics: {{growth: relations}}        # one task for both: the second topic's speaks of the first one's findings too
  # due_days: {{critical: 1, high: 3, medium: 7, low: 14}}

# suppress:                            # stay silent about something, with a reason, a name and an end
#   - {{code: KAM201, account: "001xx0000000001AAA", reason: merger under way, author: jo, until: 2027-03-31}}

safety:                                # kam-sync refuses to write beyond these; `--accept NAME` goes on all the same
  max_creates: 200
  max_close_count: 10
  max_close_share: 0.2
  max_row_drop: 0.2
  max_null_jump: 0.2

# digest:                              # weekly digests for owners and for the head; `kam-sync digest` shows them
#   timezone: Europe/Berlin            # in which a week begins, on Monday unless `weekday` says another day
#   owners: [email]                    # by which channels: owners get theirs at the address that the CRM knows
#   portfolio: [email, slack]
#   channels:
#     email: {{kind: smtp, host: smtp.vendor.example, username: kam-sync, password: "${{MAIL_PASSWORD}}",
#             from: kam-sync@vendor.example, to: [head@vendor.example]}}
#     slack: {{kind: slack, url: "${{SLACK_WEBHOOK_URL}}"}}      # also `webhook` (url) and `file` (folder)

state: sqlite:///kam-sync.db           # beside this file; keep it: it remembers which tasks are kam-sync's
"""


def scaffolding(connector: str) -> type[SetsUp]:
    """Return a connector that can write its own section of a policy.

    Raises:
        ConfigError: There is no such connector, or it cannot.
        PluginError: It cannot be loaded.
    """
    loaded = load_connector(connector)
    if not sets_up(loaded):
        raise ConfigError(f"the connector {connector} writes no policy; its own documentation says what belongs there")
    return loaded


def policy_text(sections: Iterable[str], fallback: Mapping[str, str] | None = None) -> str:
    """Return a whole policy file around the sections of its orgs.

    Args:
        sections: As connectors write them.
        fallback: Org → who gets what nobody else can get; by default an environment variable says it for all orgs.
    """
    tail = _TAIL
    if fallback:
        named = "".join(f"\n    {org}: {json.dumps(who, ensure_ascii=False)}" for org, who in fallback.items())
        tail = tail.replace(f" {_FALLBACK}", named)
    return _HEAD + "\n".join(sections) + tail


def policy_template(connectors: Sequence[str]) -> str:
    """Return a policy for orgs that were not looked at, with the names that each vendor's users mostly have.

    Raises:
        ConfigError: No connector is named, or one of them cannot write its section.
    """
    if not connectors:
        raise ConfigError("say which CRM the policy is for: --salesforce, --hubspot, or both")
    found = [(name, scaffolding(name)) for name in connectors]
    return policy_text(connector.section(name, connector.connection, None, {}) for name, connector in found)


def write_policy(path: Path, text: str, *, force: bool = False) -> None:
    """Write a policy file that only its owner can read.

    Raises:
        ConfigError: There is a file already and `force` is not given, or it cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
    try:
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError(f"{path} is there already; choose another --output, or overwrite it with --force") from None
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from None


def variables(text: str) -> tuple[str, ...]:
    """Return the environment variables that a policy file refers to, in the order of their first use."""
    lines = (line.partition("#")[0] for line in text.splitlines())
    return tuple(dict.fromkeys(name for line in lines for name in ENVIRONMENT.findall(line)))
