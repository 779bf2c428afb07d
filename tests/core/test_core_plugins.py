"""A third party's rule and connector, installed from a wheel of its own, are found and work like ours."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "plugin_example" / "kam_sync_acme" / "__init__.py"
ENTRY_POINTS = """\
[kam_sync.connectors]
acme = kam_sync_acme:AcmeConnector

[kam_sync.rules]
acme = kam_sync_acme:RULES
"""
CLI = "from kam_sync.cli import main; main()"
PROGRAM = """\
import datetime as dt, sys
from pathlib import Path
from kam_sync import job
from kam_sync.clock import ManualClock
from kam_sync.config import parse_policy
from kam_sync.portfolio import Portfolio, PortfolioAccount, PortfolioContact, PortfolioUser
from kam_sync.registry import connector_names, load_rules
from kam_sync.session import JobSettings
from kam_sync.store import Store
from kam_sync.testing.memory import MemoryCrm

folder = Path(sys.argv[1])
clock = ManualClock(dt.datetime(2026, 3, 2, tzinfo=dt.UTC))
crm = MemoryCrm("acme", clock)
crm.load(Portfolio(name="Vendor", users=(PortfolioUser(slug="bo", name="Bo", email="bo@vendor.example"),),
                   accounts=(PortfolioAccount(slug="lumen", name="Lumen", owner="bo"),
                             PortfolioAccount(slug="opal", name="Opal", owner="bo", contacts=(
                                 PortfolioContact(name="Zoë", title="Buyer", email="zoe@opal.example"),)))))
text = '''version: 1
orgs: {main: {connector: acme, crm: acme}}
rules: {select: [ACME]}
tasks: {fallback_assignee: bo}
'''
policy = parse_policy(text, path=folder / "kam-sync.yaml", rules=load_rules())
with Store.at(folder / "kam-sync.db") as store:
    result = job.run(policy, store, JobSettings(clock=clock, sleep=lambda _seconds: None), apply=True)
print(connector_names(), result.exit_code, [task.subject for task in crm.tasks()])
"""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Install the plugin with pip into a folder of its own."""
    wheel = tmp_path / "kam_sync_acme-1.0-py3-none-any.whl"
    info = "kam_sync_acme-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("kam_sync_acme/__init__.py", SOURCE.read_text(encoding="utf-8"))
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: kam-sync-acme\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/entry_points.txt", ENTRY_POINTS)
        archive.writestr(f"{info}/RECORD", "")
    target = tmp_path / "site"
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--disable-pip-version-check",
    ]
    subprocess.run([*command, "--target", str(target), str(wheel)], check=True)  # noqa: S603 - our own pip
    return target


def _python(installed: Path, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, *arguments],
        env={"PYTHONPATH": str(installed), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_a_plugins_rule_and_connector_make_a_task(installed: Path, tmp_path: Path) -> None:
    said = _python(installed, "-c", PROGRAM, str(tmp_path))
    assert "'acme', 'hubspot', 'memory', 'salesforce'" in said
    assert "0 ['Lumen: strengthen the relations']" in said


def test_a_plugins_rule_is_listed_and_explained(installed: Path) -> None:
    assert "few-contacts" in _python(installed, "-c", CLI, "rules")
    assert "Who knows nobody sells nothing" in _python(installed, "-c", CLI, "explain", "ACME101")
