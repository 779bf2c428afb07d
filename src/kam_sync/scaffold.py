"""The policy file that `kam-sync init` writes: complete, commented, and valid as it stands.

It is text on purpose: what a reader should see is mostly comments. Everything an org may call otherwise than here
(fields, values, people) is said to be so.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from kam_sync.config.document import ENVIRONMENT
from kam_sync.errors import ConfigError

_HEAD: Final = """\
# The policy of kam-sync: which orgs, what counts as a key account, which rules, how tasks are made.
# An unknown key is an error, so nothing here can be misspelt silently. Check it with `kam-sync validate`.
# Secrets stand here only as ${NAME} of an environment variable.
version: 1

orgs:
"""

_SALESFORCE: Final = """\
  salesforce:                          # the name is yours; `--org salesforce` and the reports use it
    connector: salesforce
    timezone: UTC                      # in which "today" is counted, such as Europe/Berlin
    # inherit: [roles, plans]          # an account without its own takes them from its parent account
    # calendar: {fiscal_year_start: 1, weekend: [saturday, sunday], holidays: [2027-01-01]}
    auth:
      method: client_credentials       # an External Client App with the client credentials flow
      consumer_key: ${SALESFORCE_CONSUMER_KEY}
      consumer_secret: ${SALESFORCE_CONSUMER_SECRET}
      domain: ${SALESFORCE_DOMAIN}     # your My Domain without ".salesforce.com", such as acme.my
    scope:                             # which accounts are key accounts; without `scope`: every account
      field: Key_Account__c            # a field of Account
      values: [true]
    fields:
      account.tier: Tier__c            # a field of Account; leave the line out if you have no tiers
      account.revenue: AnnualRevenue   # orders the queue of tasks
      # account.recovery_target: Recovery_Target__c   # more names, and what feeds them: the connector's README
      # contact.level: Level__c
    # values: {contact.level: {executive: [Executive], manager: [Manager]}}    # our value -> those of your picklist
    roles:                             # who plays the six roles; all sources are united
      team_roles:                      # account team role (Setup > Account Teams) -> the roles it stands for
        "Results Driver": [results_driver]
        "Relationship Lead": [relationship_lead]
        "Innovator": [innovator]
        "Collaborator": [collaborator]
        "Technical Expert": [technical_expert]
        "Project Manager": [project_manager]
      # team_field: Account_Roles__c   # a multi-select picklist on the team member: several roles for one person
      # user_fields:                   # or user lookups on Account
      #   results_driver: [Results_Driver__c]
    plan:                              # where account plans are; without `plan`, plans are not judged
      object: AccountPlan              # Salesforce's own, an object of yours, or Account (then without account_field)
      account_field: AccountId
      active: {field: Status, values: [Active]}
      fields:
        start_on: StartDate
        end_on: EndDate
        last_review_on: Last_Review__c       # Salesforce has no review dates of its own: make these two fields
        next_review_on: Next_Review__c
      parts:                           # a part of the plan is filled when all of its fields are
        key_relations: [Relationship_Map__c]
        current_state: [AccountChallenges]
        revenue_goals: [Revenue_Goals__c]
        strategy: [AccountStrategicPriorities]
    # What further rules read; nothing of it is fetched unless a selected rule wants it:
    # feedback: {object: Feedback__c, account_field: Account__c, fields: {on: Given_On__c, grade: Grade__c}, scale: nps}
    # actions: {object: Plan_Action__c, account_field: Account__c, fields: {name: Name, due_on: Due__c}}
    # contracts: {fields: {value: Annual_Value__c}}      # Contract unless `object` names another
    # cases: {urgent: {field: Priority, values: [High]}}
    # quotes: {fields: {sent_on: Sent_On__c}}
    # criteria: {product_fit: Product_Fit__c}            # by which key accounts are chosen
    # sales: {field: Sold_Last_Year__c}                  # instead of the sum of won opportunities
    tasks:
      key_field: KamSync_Key__c        # Text(64), external id, unique, on Activity; null: a weaker mode without it
      # deferred_statuses: [Deferred]  # task statuses by which a person puts a task off
    # limits: {day_share: 0.8, run_share: 0.25}   # stop at this share of the day's API calls: of the org, of one run
"""

_HUBSPOT: Final = """\
  hubspot:                             # the name is yours; `--org hubspot` and the reports use it
    connector: hubspot
    timezone: UTC                      # in which "today" is counted, such as Europe/Berlin
    # inherit: [roles, plans]          # a company without its own takes them from its parent company
    # calendar: {fiscal_year_start: 1, weekend: [saturday, sunday], holidays: [2027-01-01]}
    auth:
      access_token: ${HUBSPOT_ACCESS_TOKEN}      # of a service key or a private app
    scope:                             # which companies are key accounts; without `scope`: every company
      property: hs_is_target_account
      values: ["true"]
    fields:
      account.tier: account_tier       # a company property; leave the line out if you have no tiers
      account.revenue: annualrevenue   # orders the queue of tasks
      # account.recovery_target: recovery_target    # more names, and what feeds them: the connector's README
      # contact.stance: stance
    # values: {contact.stance: {supporter: [with_us], blocker: [against]}}     # our value -> HubSpot's internal values
    roles:                             # who plays the six roles: company properties of the type "HubSpot user"
      owner_properties:
        results_driver: [results_driver_owner]
        relationship_lead: [relationship_lead_owner]
        innovator: [innovator_owner]
        collaborator: [collaborator_owner]
        technical_expert: [technical_expert_owner]
        project_manager: [project_manager_owner]
    plan:                              # company properties that hold the account plan
      fields:
        start_on: plan_start
        end_on: plan_end
        last_review_on: plan_last_review
        next_review_on: plan_next_review
      parts:                           # a part of the plan is filled when all of its properties are
        key_relations: [plan_relations]
        current_state: [plan_swot]
        revenue_goals: [plan_goals]
        strategy: [plan_strategy]
    # What further rules read; nothing of it is fetched unless a selected rule wants it:
    # feedback: {object: "2-5003", fields: {on: given_on, grade: grade}, scale: letter}     # an object, or companies
    # goals: {object: "2-5001", fields: {name: goal_name, due_on: due_date}, open: {property: status, values: [open]}}
    # contracts: {object: "2-5004", fields: {name: contract_name, end_on: end_date, value: annual_value}}
    # cases: {urgent: {property: hs_ticket_priority, values: [URGENT]}}
    # quotes: {fields: {sent_on: sent_on}}
    # contact_labels: {technical_buyer: [Technical buyer]}      # association labels of contacts -> buying roles
    # criteria: {product_fit: fit_score}                        # by which key accounts are chosen
    # sales: {property: sold_last_year}                         # instead of the sum of won deals
    tasks:
      key_property: kam_sync_key       # a single-line text property of tasks; without it nothing is written
    # limits: {day_share: 0.8}         # stop at this share of the account's daily API calls
"""

_TAIL: Final = """\

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
  fallback_assignee: ${KAM_SYNC_FALLBACK}
  min_severity: medium                 # info, low, medium, high, critical
  caps: {live_per_account: 3, live_per_owner: 15, new_per_owner: 5}      # the last in any 24 hours; null lifts a cap
  # topics: {growth: relations}        # one task for both: the second topic's speaks of the first one's findings too
  # due_days: {critical: 1, high: 3, medium: 7, low: 14}

# suppress:                            # stay silent about something, with a reason, a name and an end
#   - {code: KAM201, account: "001xx0000000001AAA", reason: merger under way, author: jo, until: 2027-03-31}

safety:                                # kam-sync refuses to write beyond these; `--accept NAME` goes on all the same
  max_creates: 200
  max_close_count: 10
  max_close_share: 0.2
  max_row_drop: 0.2
  max_null_jump: 0.2

state: sqlite:///kam-sync.db           # beside this file; keep it: it remembers which tasks are kam-sync's
"""


def policy_template(*, salesforce: bool, hubspot: bool) -> str:
    """Return a commented policy file with the orgs asked for.

    Raises:
        ConfigError: No org is asked for.
    """
    if not (salesforce or hubspot):
        raise ConfigError("say which CRM the policy is for: --salesforce, --hubspot, or both")
    return _HEAD + "\n".join([_SALESFORCE] * salesforce + [_HUBSPOT] * hubspot) + _TAIL


def write_policy_template(path: Path, *, salesforce: bool, hubspot: bool, force: bool = False) -> str:
    """Write a policy file to start from and return its text.

    Raises:
        ConfigError: No org is asked for, there is a file already and `force` is not given, or it cannot be written.
    """
    text = policy_template(salesforce=salesforce, hubspot=hubspot)
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
    try:
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError(f"{path} is there already; choose another --output, or overwrite it with --force") from None
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from None
    return text


def variables(text: str) -> tuple[str, ...]:
    """Return the environment variables that a policy file refers to, in the order of their first use."""
    lines = (line.partition("#")[0] for line in text.splitlines())
    return tuple(dict.fromkeys(name for line in lines for name in ENVIRONMENT.findall(line)))
