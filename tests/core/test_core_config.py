"""Reading a policy file: every mistake is said with its line, its key and what was probably meant."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.core_policies import MINIMAL, PATH, loaded, refusal
from kam_sync.config import load_policy
from kam_sync.config.models import DEFAULT_SELECT
from kam_sync.errors import ConfigError
from kam_sync.registry import load_rules
from kam_sync.severity import Severity
from kam_sync.testing.memory import MemorySettings

SALESFORCE = """\
version: 1
orgs:
  acme:
    connector: salesforce
    auth:
      method: client_credentials
      consumer_key: key
      consumer_secret: {secret}
      domain: acme.my
"""


def test_the_least_policy_has_the_defaults_of_the_design() -> None:
    policy = loaded().policy
    assert policy.rules.select == DEFAULT_SELECT
    assert set(DEFAULT_SELECT) <= {rule.code for rule in load_rules()}
    assert policy.tasks.min_severity is Severity.MEDIUM
    assert (policy.tasks.caps.live_per_account, policy.tasks.caps.live_per_owner, policy.tasks.caps.new_per_owner) == (
        3,
        15,
        5,
    )
    assert policy.safety.max_creates == 200
    assert (policy.safety.max_close_count, policy.safety.max_close_share, policy.safety.max_row_drop) == (10, 0.2, 0.2)


# -- what is no policy file at all ------------------------------------------------------------------------------------


def test_a_file_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no policy file .*make one with `kam-sync init`"):
        load_policy(tmp_path / "kam-sync.yaml", load_rules())


def test_a_folder_is_no_policy_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: IsADirectoryError"):
        load_policy(tmp_path, load_rules())


def test_a_file_that_is_not_utf_8_is_said(tmp_path: Path) -> None:
    path = tmp_path / "kam-sync.yaml"
    path.write_bytes("version: 1 # Müller".encode("latin-1"))
    with pytest.raises(ConfigError, match="cannot be read: UnicodeDecodeError"):
        load_policy(path, load_rules())


def test_a_file_is_read_with_the_environment_given(tmp_path: Path) -> None:
    path = tmp_path / "kam-sync.yaml"
    path.write_text("version: 1\norgs: {main: {connector: memory, crm: '${NAME}'}}\n", encoding="utf-8")
    policy = load_policy(path, load_rules(), {"NAME": "somewhere"})
    assert policy.settings["main"] == MemorySettings(crm="somewhere")
    assert policy.folder == tmp_path.resolve()


def test_without_an_environment_the_process_has_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kam-sync.yaml"
    path.write_text("version: 1\norgs: {main: {connector: memory, crm: '${KAM_TEST_NAME}'}}\n", encoding="utf-8")
    monkeypatch.setenv("KAM_TEST_NAME", "from the process")
    assert load_policy(path, load_rules()).settings["main"] == MemorySettings(crm="from the process")


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "- version: 1\n", "version\n", "42\n"])
def test_what_is_no_mapping_says_how_a_policy_begins(text: str) -> None:
    assert refusal(text, head="").endswith("a mapping that begins with `version: 1`; see `kam-sync init`")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("version: 1\n\torgs: 3\n", 2),
        ("version: 1\norgs: {a: [\n", 3),
        ("version: 1\nrules: 'open\n", 3),
        ("---\nversion: 1\n---\nversion: 1\n", 3),
        ("version: 1\norgs: *nobody\n", 2),
    ],
)
def test_what_is_not_yaml_is_said_with_its_line(text: str, line: int) -> None:
    assert refusal(text, head="").startswith(f"{line}: this is not YAML: ")


def test_control_characters_are_not_yaml() -> None:
    assert "this is not YAML" in refusal("version: 1\x07\n", head="")


# -- keys and values --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("taks: {}\n", "6: taks: unknown key; did you mean 'tasks'?"),
        ("tasks:\n  min_sevrity: high\n", "7: tasks.min_sevrity: unknown key; did you mean 'min_severity'?"),
        (
            "tasks:\n  caps:\n    live_per_acount: 3\n",
            "8: tasks.caps.live_per_acount: unknown key; did you mean 'live_per_account'?",
        ),
        (
            "rules:\n  settings:\n    KAM101:\n      severty: low\n",
            "9: rules.settings.KAM101.severty: unknown key; did you mean 'severity'?",
        ),
        (
            "rules:\n  settings:\n    KAM101:\n      tiers:\n        A:\n          parms: {}\n",
            "11: rules.settings.KAM101.tiers.A.parms: unknown key; did you mean 'params'?",
        ),
        (
            "suppress:\n- {code: KAM1, reason: agreed, author: Ines, until: 2026-12-31}\n"
            "- {code: KAM1, reason: agreed, author: Ines, untl: 2026-12-31, until: 2026-12-31}\n",
            "8: suppress.1.untl: unknown key; did you mean 'until'?",
        ),
    ],
)
def test_an_unknown_key_comes_with_its_line_and_a_suggestion(text: str, message: str) -> None:
    assert refusal(text) == message


def test_an_unknown_key_like_no_other_lists_those_there_are() -> None:
    assert refusal("safety: {zzz: 1}\n") == (
        "6: safety.zzz: unknown key; there are: max_close_count, max_close_share, max_creates, max_null_jump, "
        "max_row_drop"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: 1\nversion: 1\n", "2: the key 'version' stands here twice; keep one"),
        (f"{MINIMAL}    crm: elsewhere\n", "6: the key 'crm' stands here twice; keep one"),
        (f"{MINIMAL}  main: {{}}\n", "6: the key 'main' stands here twice; keep one"),
    ],
)
def test_a_doubled_key_is_an_error_with_its_line(text: str, message: str) -> None:
    assert refusal(text, head="") == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "tasks:\n  caps:\n    live_per_owner: many\n",
            "8: tasks.caps.live_per_owner: expected a whole number",
        ),
        (
            "tasks:\n  caps: {live_per_owner: 0}\n",
            "7: tasks.caps.live_per_owner: input should be greater",
        ),
        ("tasks:\n\n  min_severity: urgent\n", "8: tasks.min_severity: expected one of info, low, medium, high"),
        ("safety: {max_close_share: 1.5}\n", "6: safety.max_close_share: input should be less than or equal to 1"),
        ("rules: [KAM101]\n", "6: rules: expected a section with keys of its own"),
        ("rules: {settings: {KAM101: {for_days: 400}}}\n", "6: rules.settings.KAM101.for_days: input should be less"),
    ],
)
def test_a_wrong_value_is_an_error_with_its_line(text: str, message: str) -> None:
    assert refusal(text).startswith(message)


def test_another_version_is_refused() -> None:
    assert refusal(MINIMAL.replace("1", "2", 1), head="") == "1: version: input should be 1"


def test_a_missing_key_points_at_what_lacks_it() -> None:
    assert refusal("version: 1\norgs:\n  main:\n    crm: x\n", head="") == "3: orgs.main.connector: field required"


@pytest.mark.parametrize("orgs", ["{}", "null"])
def test_no_org_is_refused(orgs: str) -> None:
    assert refusal(f"version: 1\norgs: {orgs}\n", head="").startswith("2: orgs: ")


@pytest.mark.parametrize("orgs", ["[main]", "main", "3"])
def test_orgs_that_are_no_mapping_are_refused(orgs: str) -> None:
    assert refusal(f"version: 1\norgs: {orgs}\n", head="").startswith("2: orgs: expected a mapping of keys to values")


def test_a_mistake_in_a_merged_mapping_is_said() -> None:
    text = "tasks:\n  caps:\n    <<: {live_per_owner: 0}\n"
    assert "tasks.caps.live_per_owner: input should be greater than or equal to 1" in refusal(text)


def test_anchors_and_merges_are_followed() -> None:
    text = "version: 1\norgs:\n  one: &one {connector: memory, crm: x}\n  two: {<<: *one, timezone: Asia/Tokyo}\n"
    policy = loaded(text, head="")
    assert policy.settings["two"] == MemorySettings(crm="x")
    assert policy.policy.orgs["two"].zone == ZoneInfo("Asia/Tokyo")


# -- orgs -------------------------------------------------------------------------------------------------------------


def test_an_unknown_connector_comes_with_a_suggestion() -> None:
    text = "version: 1\norgs:\n  main:\n    connector: hubspt\n"
    assert refusal(text, head="") == (
        "4: orgs.main.connector: no connector 'hubspt' is installed; did you mean 'hubspot'?"
    )


def test_a_mistake_in_the_connectors_part_names_the_whole_path() -> None:
    assert refusal("    crmm: x\n") == "6: orgs.main.crmm: unknown key; did you mean 'crm'?"
    assert (
        refusal(MINIMAL.replace("somewhere", "7"), head="")
        == "5: orgs.main.crm: expected text; put a number in quotation marks"
    )


def test_a_misspelt_key_of_the_org_comes_with_a_suggestion() -> None:
    assert refusal("    timezon: Europe/Berlin\n") == "6: orgs.main.timezon: unknown key; did you mean 'timezone'?"


def test_a_misspelt_required_key_comes_with_a_suggestion() -> None:
    text = SALESFORCE.format(secret="${SECRET}").replace("domain:", "domaine:")
    message = refusal(text, head="", environment={"SECRET": "s"})
    assert message.startswith("9: ")
    assert "did you mean 'domain'?" in message


def test_an_org_is_in_utc_by_default() -> None:
    assert loaded().policy.orgs["main"].zone == ZoneInfo("UTC")


@pytest.mark.parametrize("zone", ["Europe/Berlim", "CEST", "", "+02:00", "../etc/passwd"])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    message = refusal(f"    timezone: '{zone}'\n")
    assert message == "6: orgs.main.timezone: expected a time zone name such as Europe/Berlin"


def test_only_roles_and_plans_are_inherited() -> None:
    assert loaded("    inherit: [roles, plans]\n").policy.orgs["main"].inherit == ("roles", "plans")
    assert refusal("    inherit: [roles, contacts]\n").startswith(
        "6: orgs.main.inherit.1: 'contacts' is none of its values"
    )


# -- the environment and secrets --------------------------------------------------------------------------------------


def test_a_variable_is_put_in_wherever_it_stands() -> None:
    text = MINIMAL.replace("somewhere", "a-${LEFT}-${RIGHT}-z")
    policy = loaded(text, head="", environment={"LEFT": "l", "RIGHT": "${LEFT}"})
    assert policy.settings["main"] == MemorySettings(crm="a-l-${LEFT}-z")


def test_a_missing_variable_is_said_with_its_place() -> None:
    text = MINIMAL.replace("somewhere", "${NOT_THERE}")
    assert refusal(text, head="") == "5: orgs.main.crm: the environment variable NOT_THERE is not set"


def test_an_empty_variable_is_set() -> None:
    text = MINIMAL.replace("somewhere", "'${EMPTY}'")
    assert loaded(text, head="", environment={"EMPTY": ""}).settings["main"] == MemorySettings(crm="")


@pytest.mark.parametrize("secret", ["abc", "prefix-${SECRET}", "'${SECRET} '", "$SECRET", "'12345'"])
def test_a_secret_in_the_file_is_refused_and_not_repeated(secret: str) -> None:
    message = refusal(SALESFORCE.format(secret=secret), head="", environment={"SECRET": "s"})
    assert message == (
        "8: orgs.acme.auth.consumer_secret: a secret stands here only as ${NAME} of an environment variable, "
        "such as ${CONSUMER_SECRET}"
    )


def test_a_secret_that_yaml_takes_for_a_number_is_refused_and_not_repeated() -> None:
    message = refusal(SALESFORCE.format(secret="1234567890123456789"), head="")
    assert "consumer_secret: expected text; put a number in quotation marks" in message
    assert "1234567890123456789" not in message


def test_a_mistake_behind_a_choice_of_methods_has_its_own_line() -> None:
    message = refusal(SALESFORCE.format(secret="1234567890123456789"), head="")
    assert message == "8: orgs.acme.auth.consumer_secret: expected text; put a number in quotation marks"


def test_a_secret_from_the_environment_is_taken_and_not_in_the_digest() -> None:
    text = SALESFORCE.format(secret="${SECRET}")
    one = loaded(text, head="", environment={"SECRET": "one"})
    assert one.digest == loaded(text, head="", environment={"SECRET": "other"}).digest


def test_a_literal_secret_may_stand_for_a_local_crm() -> None:
    local = "    allow_loopback_http: true\n    login_url: http://127.0.0.1:1\n"
    assert "acme" in loaded(SALESFORCE.format(secret="abc") + local, head="").settings


@pytest.mark.parametrize("value", ["false", "null", "'true'", "1"])
def test_only_a_plain_true_makes_a_crm_local(value: str) -> None:
    local = f"    allow_loopback_http: {value}\n"
    assert "a secret stands here only as" in refusal(SALESFORCE.format(secret="abc") + local, head="")


def test_one_local_org_does_not_open_the_others() -> None:
    text = SALESFORCE.format(secret="abc") + "  local: {connector: memory, crm: x, allow_loopback_http: true}\n"
    assert refusal(text, head="").startswith("8: orgs.acme.auth.consumer_secret: ")


# -- digest and state -------------------------------------------------------------------------------------------------


def test_the_digest_hangs_on_content_and_not_on_layout() -> None:
    one = loaded("tasks: {min_severity: high}\n")
    same = loaded("# a remark\ntasks:\n    min_severity:   high\n")
    other = loaded("tasks: {min_severity: low}\n")
    assert one.digest == same.digest
    assert one.digest != other.digest


@pytest.mark.parametrize(
    ("state", "url"),
    [
        (None, "sqlite:////policies/kam-sync.db"),
        ("sqlite:///state/kam.db", "sqlite:////policies/state/kam.db"),
        ("sqlite:////var/lib/kam.db", "sqlite:////var/lib/kam.db"),
        ("sqlite:///../kam.db", "sqlite:////kam.db"),
        ("postgresql://db.example/kam", "postgresql://db.example/kam"),
    ],
)
def test_a_relative_state_file_lies_beside_the_policy(state: str | None, url: str) -> None:
    text = "" if state is None else f"state: {state}\n"
    assert loaded(text).state_url == url


def test_messages_begin_with_the_file() -> None:
    with pytest.raises(ConfigError) as caught:
        loaded("taks: {}\n")
    assert str(caught.value).startswith(f"{PATH}:6: ")
