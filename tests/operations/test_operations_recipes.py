"""Every recipe of docs/operations.md is of the form that its tool takes, and calls kam-sync as it can be called."""

from __future__ import annotations

import ast
import configparser
import functools
import json
import re
import shlex
import shutil
import subprocess
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import cast

import pytest
import typer.main
from ruamel.yaml import YAML

from kam_sync.cli.app import app
from kam_sync.config import parse_policy
from kam_sync.config.schedule import Schedule
from kam_sync.crontab import Crontab
from kam_sync.heartbeat import Heartbeat, OrgVitals, TickOutcome, exposition
from kam_sync.registry import load_rules
from support_markdown import ROOT, Block, blocks
from support_schedule import samples

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
BLOCKS = tuple(blocks(PAGE))
BIN = Path(sys.executable).parent
PROGRAM = "/opt/kam-sync/bin/kam-sync"
UNIT_KEYS = {
    "Unit": {"Description", "Wants", "After"},
    "Timer": {"OnCalendar", "RandomizedDelaySec", "Persistent"},
    "Install": {"WantedBy"},
}
"""Keys of systemd's units beside [Service], which systemd itself checks where it is installed."""


def named(name: str) -> str:
    """Return the recipe whose first line names a file."""
    (found,) = [block.text for block in BLOCKS if block.text.partition("\n")[0].endswith(name)]
    return found


def yaml(text: str) -> list[Mapping[str, object]]:
    return [dict(document) for document in YAML(typ="safe", pure=True).load_all(text)]


def dig(value: object, *path: str | int) -> object:
    for key in path:
        value = cast("Mapping[str | int, object]", value)[key]
    return value


def check_command(words: list[str]) -> None:
    """Let our own command line parse the words after `kam-sync` as far as the command's options."""
    if words == ["--version"]:
        return
    root = typer.main.get_command(app)
    with root.make_context("kam-sync", list(words), resilient_parsing=False) as context:
        left = [*getattr(context, "_protected_args", ()), *context.args]
        name, command, rest = cast("typer.core.TyperGroup", root).resolve_command(context, left)
        assert command is not None
        with command.make_context(name or "", rest, parent=context) as inner:
            options = {key: value for key, value in inner.params.items() if value is not None}
    if command.name == "schedule":
        keys = ("cron", "every", "timezone", "jitter", "misfire_grace", "grace")
        assert Schedule().overridden({key: options.get(key) for key in keys}).told


def command_lines() -> Iterator[list[str]]:
    """Yield the words after `kam-sync` wherever the page calls it in a shell, a unit, a crontab, YAML or Python."""
    for block in BLOCKS:
        text = block.text.replace(f"ExecStart={PROGRAM}", "kam-sync").replace(PROGRAM, "kam-sync")
        if block.kind in {"sh", "ini", "cron", "yaml"}:
            for line in re.findall(r"(?:^|&& |run: |\$\()(kam-sync [^#\n)]+)", text, re.MULTILINE):
                yield shlex.split(line)[1:]
        for found in re.findall(r"(?:args: |COMMAND = )(\[.*\])", text):
            words = [str(word) for word in json.loads(found)]
            yield words[1:] if words[0] == "kam-sync" else words
    for found in re.findall(r"`(?:args: )?(\[\"schedule\".*?\])`", PAGE):
        yield json.loads(found)
    for found in re.findall(r"`kam-sync ((?:run|plan|doctor|health|schedule|state|validate)[^`]*)`", PAGE):
        if found != "schedule":
            yield shlex.split(found)


@pytest.mark.parametrize("words", list(command_lines()), ids=" ".join)
def test_every_call_of_kam_sync_is_one_that_it_takes(words: list[str]) -> None:
    check_command(words)


def test_calls_are_found_and_wrong_ones_are_refused() -> None:
    found = [" ".join(words) for words in command_lines()]
    assert len([line for line in found if "run --apply" in line]) == 5
    assert len([line for line in found if "schedule --apply" in line]) == 2
    for wrong in (["run", "--aply"], ["rum"], ["schedule", "--cron", "15 4 * * *", "--every", "6h"], ["schedule"]):
        with pytest.raises(Exception, match=r"--aply|rum|exclude|assert"):
            check_command(wrong)


def test_every_block_is_checked() -> None:
    checked = {"ini": 3, "cron": 1, "python": 1, "dockerfile": 1, "text": 1, "yaml": 4, "sh": 3}
    assert {kind: sum(block.kind == kind for block in BLOCKS) for kind in {block.kind for block in BLOCKS}} == checked


# -- systemd ----------------------------------------------------------------------------------------------------------


def units() -> dict[str, str]:
    found = [block.text for block in BLOCKS if block.kind == "ini"]
    return {Path(text.partition("\n")[0].removeprefix("# ")).name: text for text in found}


@pytest.mark.parametrize("name", ["kam-sync.service", "kam-sync.timer", "kam-sync-schedule.service"])
def test_units_have_the_form_and_the_care_that_they_should(name: str) -> None:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[method-assign, assignment] # keys keep their case, as configparser documents
    parser.read_string(units()[name])
    for section in set(parser.sections()) - {"Service"}:
        assert set(parser[section]) <= UNIT_KEYS[section]
    if "Service" in parser:
        service = parser["Service"]
        assert service["User"] == "kam-sync"
        assert service["NoNewPrivileges"] == "yes"
        assert service["ProtectSystem"] == "strict"
        assert service["StateDirectoryMode"] == "0700"
        assert "SECRET" not in units()[name].upper()
        notify = "schedule" in service["ExecStart"]
        assert (service["Type"], "Restart" in service) == (("notify", True) if notify else ("oneshot", False))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for name, text in units().items():
        (tmp_path / name).write_text(text.replace(PROGRAM, str(BIN / "kam-sync")), encoding="utf-8")
    paths = [str(tmp_path / name) for name in units()]
    done = subprocess.run(  # noqa: S603 - systemd's own checker
        ["systemd-analyze", "verify", "--man=no", "--generators=no", *paths],  # noqa: S607 - found on the path above
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    ours = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "kam-sync" in line]
    assert ours == []
    (tmp_path / "kam-sync.timer").write_text(units()["kam-sync.timer"].replace("OnCalendar=", "OnCalendar=x"))
    wrong = subprocess.run(  # noqa: S603 - the same
        ["systemd-analyze", "verify", "--man=no", "--generators=no", str(tmp_path / "kam-sync.timer")],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Failed to parse calendar specification" in wrong.stderr


# -- cron, shell ------------------------------------------------------------------------------------------------------


def test_the_crontab_is_one() -> None:
    (text,) = [block.text for block in BLOCKS if block.kind == "cron"]
    setting, line = text.splitlines()
    assert re.fullmatch(r"[A-Z]+=\S+", setting)
    *fields, command = line.split(maxsplit=5)
    Crontab.parse(" ".join(fields))
    assert "%" not in command
    assert "--quiet" in command


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.kind == "sh"], ids=lambda block: str(block.line))
def test_shell_blocks_are_shell(block: Block) -> None:
    done = subprocess.run(["sh", "-n"], input=block.text, capture_output=True, text=True, check=False)  # noqa: S607 - any sh
    assert (done.returncode, done.stderr) == (0, "")


def test_the_files_that_are_installed_are_those_that_are_shown() -> None:
    (shell,) = [block.text for block in BLOCKS if "useradd" in block.text]
    for unit in re.findall(r"kam-sync\.(?:timer|service)", shell):
        assert unit in units()
    for path in re.findall(r"(/etc/kam-sync/\S+)", shell):
        assert path in units()["kam-sync.service"]


# -- GitHub Actions ---------------------------------------------------------------------------------------------------


def test_the_workflow_is_what_github_takes(tmp_path: Path) -> None:
    workflow = tmp_path / "kam-sync.yml"
    workflow.write_text(named(".github/workflows/kam-sync.yml"), encoding="utf-8")
    check = [str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.github-workflows"]
    done = subprocess.run([*check, str(workflow)], capture_output=True, text=True, check=False)  # noqa: S603 - a checker
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_workflow_runs_alone_and_keeps_its_state_also_after_a_failure() -> None:
    (workflow,) = yaml(named(".github/workflows/kam-sync.yml"))
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"] == {"group": "kam-sync", "cancel-in-progress": False}
    Crontab.parse(str(dig(workflow, "on", "schedule", 0, "cron")))
    steps = cast("list[dict[str, object]]", dig(workflow, "jobs", "run", "steps"))
    names = [step["name"] for step in steps if "name" in step]
    assert names[1:] == ["Fetch the state", "Decrypt the state", "Run", "Encrypt the state", "Keep the state"]
    by_name = {step.get("name"): step for step in steps}
    for name in ("Encrypt the state", "Keep the state"):
        assert str(by_name[name]["if"]).startswith("always()")
    keys = {str(dig(by_name[name], "with", "key")) for name in ("Fetch the state", "Keep the state")}
    assert len(keys) == 1
    assert dig(by_name["Keep the state"], "with", "path") == "kam-sync.db.gpg"


@pytest.mark.skipif(shutil.which("gpg") is None or shutil.which("bash") is None, reason="gpg is not installed")
def test_the_state_survives_the_way_through_the_cache(tmp_path: Path) -> None:
    import sqlite3

    (workflow,) = yaml(named(".github/workflows/kam-sync.yml"))
    steps = {step.get("name"): step for step in cast("list[dict[str, str]]", dig(workflow, "jobs", "run", "steps"))}
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    environment = {"PATH": f"{BIN}:/usr/bin:/bin", "PASSPHRASE": "a b'c", "GNUPGHOME": str(home)}

    def do(step: str) -> None:
        subprocess.run(  # noqa: S603 - what the page says
            ["bash", "-eo", "pipefail", "-c", steps[step]["run"]],  # noqa: S607 - as GitHub runs it
            cwd=tmp_path,
            env=environment,
            check=True,
            capture_output=True,
            timeout=60,
        )

    state = tmp_path / "kam-sync.db"
    connection = sqlite3.connect(state)
    connection.executescript("PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (7)")
    do("Encrypt the state")
    connection.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gnupg", "kam-sync.db.gpg"]
    assert b"SQLite" not in (tmp_path / "kam-sync.db.gpg").read_bytes()
    do("Decrypt the state")
    again = sqlite3.connect(state)
    assert again.execute("SELECT x FROM t").fetchall() == [(7,)]
    again.close()
    assert state.stat().st_mode & 0o077 == 0
    subprocess.run(["gpgconf", "--kill", "all"], env=environment, check=False, capture_output=True)  # noqa: S607 - ends gpg's agent


# -- Airflow ----------------------------------------------------------------------------------------------------------


class _SkipError(Exception):
    pass


class _FailError(Exception):
    pass


class _AgainError(Exception):
    pass


def _ended(code: int, words: list[str], *, check: bool) -> subprocess.CompletedProcess[str]:
    assert not check
    return subprocess.CompletedProcess(words, code)


def test_the_dag_does_with_every_exit_code_what_it_should(monkeypatch: pytest.MonkeyPatch) -> None:
    text = named("dags/kam_sync_nightly.py")
    tree = ast.parse(text)
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported == {"__future__", "airflow.exceptions", "airflow.sdk"}
    settings: dict[str, dict[str, object]] = {}
    tasks: list[Callable[[], None]] = []

    def task(**given: object) -> Callable[[Callable[[], None]], Callable[[], None]]:
        settings["task"] = given
        return lambda function: lambda: tasks.append(function)

    def dag(**given: object) -> Callable[[Callable[[], None]], Callable[[], None]]:
        settings["dag"] = given
        return lambda function: function

    sdk, exceptions = types.ModuleType("airflow.sdk"), types.ModuleType("airflow.exceptions")
    vars(sdk).update(dag=dag, task=task)
    names = ("AirflowSkipException", "AirflowFailException", "AirflowException")
    vars(exceptions).update(zip(names, (_SkipError, _FailError, _AgainError), strict=True))
    for module in (types.ModuleType("airflow"), sdk, exceptions):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(text, "kam_sync_nightly.py", "exec"), {})  # noqa: S102 - what the page says
    assert settings["dag"]["max_active_runs"] == 1
    assert settings["dag"]["catchup"] is False
    Crontab.parse(str(settings["dag"]["schedule"]))
    assert settings["task"]["retries"] == 2
    (run,) = tasks
    ended: dict[int, type[Exception] | None] = {}
    for code in (0, 1, 2, 4, 5, 6, 7, 143):
        monkeypatch.setattr("subprocess.run", functools.partial(_ended, code))
        try:
            run()
        except (_SkipError, _FailError, _AgainError) as error:
            ended[code] = type(error)
        else:
            ended[code] = None
    fails = dict.fromkeys((2, 4, 6, 7), _FailError)
    assert ended == {0: None, 1: _AgainError, **fails, 5: _SkipError, 143: _AgainError}


# -- Kubernetes, Prometheus, the policy -------------------------------------------------------------------------------


def test_the_manifests_fit_together_and_are_safe() -> None:
    documents = {str(document["kind"]): document for document in yaml(named("kam-sync.k8s.yaml"))}
    assert set(documents) == {"Secret", "ConfigMap", "PersistentVolumeClaim", "CronJob"}
    assert {json.dumps(dig(document, "metadata")) for document in documents.values()} == {
        '{"name": "kam-sync", "namespace": "kam-sync"}'
    }
    cron = cast("dict[str, object]", dig(documents["CronJob"], "spec"))
    assert documents["CronJob"]["apiVersion"] == "batch/v1"
    Schedule(cron=str(cron["schedule"]), timezone=str(cron["timeZone"]))
    assert cron["concurrencyPolicy"] == "Forbid"
    pod = cast("dict[str, object]", dig(cron, "jobTemplate", "spec", "template", "spec"))
    assert (pod["restartPolicy"], pod["automountServiceAccountToken"]) == ("Never", False)
    assert dig(pod, "securityContext", "runAsNonRoot") is True
    (container,) = cast("list[dict[str, object]]", pod["containers"])
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert dig(cron, "jobTemplate", "spec", "podFailurePolicy", "rules", 0, "onExitCodes", "values") == [2, 4, 5, 6, 7]
    volumes = {str(volume["name"]) for volume in cast("list[dict[str, object]]", pod["volumes"])}
    mounts = {str(m["mountPath"]): str(m["name"]) for m in cast("list[dict[str, object]]", container["volumeMounts"])}
    assert set(mounts.values()) == volumes
    text = str(dig(documents["ConfigMap"], "data", "kam-sync.yaml"))
    secrets = cast("dict[str, str]", documents["Secret"]["stringData"])
    loaded = parse_policy(text, path=Path("/etc/kam-sync/kam-sync.yaml"), rules=load_rules(), environment=secrets)
    assert loaded.state_url == "sqlite:////var/lib/kam-sync/kam-sync.db"
    assert mounts["/var/lib/kam-sync"] == "state"
    dockerfile = named("Dockerfile")
    assert 'ENTRYPOINT ["kam-sync", "--policy", "/etc/kam-sync/kam-sync.yaml"]' in dockerfile
    assert f"USER {dig(pod, 'securityContext', 'runAsUser')}:" in dockerfile


def exported() -> dict[str, set[str]]:
    """Return the names of all samples that a heartbeat may hold, with their labels."""
    vitals = OrgVitals(
        last_success=1.0,
        exit_code=0,
        tasks_live=1,
        queued=1,
        api_requests=1,
        findings={("KAM101", "high"): 1},
        written={"create": 1},
    )
    found: dict[str, set[str]] = {}
    for name, labels in samples(exposition(Heartbeat(last_run=1.0, duration=1.0, orgs={"emea": vitals}))):
        found.setdefault(name, set()).update(label for label, _ in labels)
    return found


def test_the_metrics_are_documented_with_their_labels() -> None:
    rows = re.findall(r"^\| `(kam_sync_\w+)` \| ([^|]*)\|", PAGE, re.MULTILINE)
    assert {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows} == exported()
    (row,) = [line for line in PAGE.splitlines() if line.startswith("| `kam_sync_ticks_total`")]
    assert set(re.findall(r"`([a-z]+)`", row)) - {"outcome"} == {outcome.value for outcome in TickOutcome}


def test_alerts_speak_of_metrics_that_there_are() -> None:
    (rules,) = yaml(named("rules/kam-sync.yml"))
    alerts = cast("list[dict[str, object]]", dig(rules, "groups", 0, "rules"))
    assert len(alerts) == 7
    metrics = exported()
    for alert in alerts:
        assert set(alert) <= {"alert", "expr", "for", "labels", "annotations"}
        expression = str(alert["expr"])
        named_in = set(re.findall(r"kam_sync_\w+", expression))
        assert named_in
        assert named_in <= set(metrics)
        for outcome in re.findall(r'outcome="(\w+)"', expression):
            TickOutcome(outcome)
        assert expression.count("(") == expression.count(")")
        if "$labels.org" in str(alert["annotations"]):
            assert all("org" in metrics[name] for name in named_in)
    promtool = shutil.which("promtool")
    if promtool is not None:
        done = subprocess.run([promtool, "check", "rules"], input=named("rules/kam-sync.yml"), text=True, check=False)  # noqa: S603 - Prometheus' own checker
        assert done.returncode == 0


def test_the_options_of_the_service_are_those_of_the_policy() -> None:
    rows = re.findall(r"^\| `--([a-z-]+)[^`]*` \| (?:`(\w+)`)? *\| [^|]+\|([^|]*)\|$", PAGE, re.MULTILINE)
    keys = {key: default.strip() for _, key, default in rows if key}
    assert set(keys) == set(Schedule.model_fields)
    assert [option for option, key, _ in rows if not key] == ["apply"]
    said = {key: default.strip("`") for key, default in keys.items() if default.startswith("`")}
    assert Schedule.model_validate(said) == Schedule()
    (section,) = [document for block in BLOCKS if block.text.startswith("schedule:") for document in yaml(block.text)]
    assert Schedule.model_validate(section["schedule"]).told


def test_every_exit_code_has_its_advice() -> None:
    assert re.findall(r"^\| (\d) \| [^|]+ \| [^|]+ \|$", PAGE, re.MULTILINE) == [str(code) for code in range(8)]
