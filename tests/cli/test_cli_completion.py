"""A shell that asks what may come next gets it, quickly and without a word on standard error."""

from __future__ import annotations

import pytest

from support_cli import CommandLine

TWO = 'version: 1\norgs:\n  north: {connector: memory, crm: "${NOT_SET}"}\n  south: {connector: memory, crm: b}\n'


@pytest.fixture
def shell(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    monkeypatch.setenv("_KAM_SYNC_COMPLETE", "complete_bash")
    return cli


def _completed(shell: CommandLine, monkeypatch: pytest.MonkeyPatch, typed: str) -> list[str]:
    words = f"kam-sync {typed}"
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split(" ")) - 1))
    answer = shell()
    assert answer.err == ""
    return answer.out.split()


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("ret", ["retract"]),
        ("run --org ", ["north", "south"]),
        ("run --org so", ["south"]),
        ("--policy absent.yaml run --org ", []),
        ("explain KAM10", ["KAM101", "KAM102", "KAM103", "KAM104", "KAM105", "KAM106", "KAM107"]),
        ("explain missing-ne", ["missing-next-step"]),
        ("check --fail-on m", ["medium"]),
        ("run --accept r", ["rows"]),
    ],
)
def test_names_are_completed(
    shell: CommandLine, monkeypatch: pytest.MonkeyPatch, typed: str, offered: list[str]
) -> None:
    shell.write_policy(TWO)
    found = _completed(shell, monkeypatch, typed)
    assert [word for word in found if word in offered] == offered
    assert (not found) == (not offered)


@pytest.mark.parametrize("text", ["- 1\n", "version: [\n", "orgs: 3\n", "\udcff"])
def test_a_policy_that_does_not_hold_completes_nothing(
    shell: CommandLine, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    (shell.folder / "kam-sync.yaml").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert _completed(shell, monkeypatch, "run --org ") == []
