"""Making in an org what its section of the policy needs and the CRM lacks, and taking it away again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from kam_sync.config import LoadedPolicy
from kam_sync.errors import ConfigError, ConnectorError, KamSyncError, RefusedError
from kam_sync.job import OrgResult, in_org
from kam_sync.lifecycle import LinkState
from kam_sync.ports import ApiUsage
from kam_sync.session import JobSettings, OrgSession
from kam_sync.setup_ports import ItemState, SetsUp, SetupItem
from kam_sync.store import Store

TASKS_KEY = "tasks.key"
"""The canonical name of what a task is recognised by."""
FILLED = "filled"
"""What a person accepts when values that people entered may go with a field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupProblem:
    """An item that could not be made or removed, and why."""

    item: SetupItem
    error: KamSyncError


@dataclass(slots=True, kw_only=True)
class OrgSetup:
    """What setting up found, planned and did in one org.

    `items` are as they were found; `chosen` those to make or to remove, in the order in which that happens; `done`
    those for which it happened.
    """

    org: str
    items: tuple[SetupItem, ...] = ()
    chosen: tuple[SetupItem, ...] = ()
    done: list[SetupItem] = field(default_factory=list)
    problems: list[SetupProblem] = field(default_factory=list)
    usage: ApiUsage | None = None
    error: KamSyncError | None = None

    @property
    def to_do_by_hand(self) -> tuple[SetupItem, ...]:
        """The items that a person has to make or to change."""
        return tuple(item for item in self.items if item.state in {ItemState.BY_HAND, ItemState.DIFFERS})

    @property
    def exit_code(self) -> int:
        """What this org's part asks the command line to exit with."""
        if self.error is not None:
            return self.error.exit_code
        codes = {problem.error.exit_code for problem in self.problems}
        if not codes:
            return 0
        return codes.pop() if not self.done and len(codes) == 1 else 4


def setup(
    policy: LoadedPolicy, store: Store, settings: JobSettings, *, remove: bool = False, apply: bool = False
) -> tuple[OrgSetup, ...]:
    """Make what the policy names and each org lacks, or remove what setup once made; only plans unless `apply`.

    Making twice changes nothing more. Removing is refused while tasks are open that are recognised by what would go,
    and while people's values would go, unless `settings.accept` has `filled`.
    """
    return tuple(_org(policy, store, settings, org, remove=remove, apply=apply) for org in settings.chosen(policy))


def _org(policy: LoadedPolicy, store: Store, settings: JobSettings, org: str, *, remove: bool, apply: bool) -> OrgSetup:
    found = OrgSetup(org=org)

    def work(session: OrgSession, _result: OrgResult) -> None:
        connector = _setting_up(session)
        found.items = tuple(connector.setup_items())
        wanted = ItemState.OURS if remove else ItemState.MISSING
        chosen = tuple(item for item in found.items if item.state is wanted)
        found.chosen = chosen[::-1] if remove else chosen
        if not apply:
            return
        if remove:
            _may_remove(session, found.chosen, settings)
        for item in found.chosen:
            if not _did(connector, item, found, remove=remove):
                return
            session.alive()
        if found.done:
            _look_again(connector, found, remove=remove)

    result = in_org(policy, org, store, settings, work)
    found.usage, found.error = result.usage, result.error
    return found


def _setting_up(session: OrgSession) -> SetsUp:
    connector = session.connector
    if not isinstance(connector, SetsUp):
        raise ConfigError(
            f"the connector {session.section.connector} sets nothing up; "
            f"`kam-sync doctor` says what {session.org} lacks"
        )
    return connector


def _did(connector: SetsUp, item: SetupItem, found: OrgSetup, *, remove: bool) -> bool:
    """Make or remove an item; return whether it is worth going on with the next one."""
    try:
        if remove:
            connector.take_down(item)
        else:
            connector.set_up(item)
    except KamSyncError as error:
        found.problems.append(SetupProblem(item=item, error=error))
        return type(error) is ConnectorError  # this item was refused; anything else meets the next one too
    found.done.append(item)
    return True


def _look_again(connector: SetsUp, found: OrgSetup, *, remove: bool) -> None:
    """Note what was done according to the CRM and is not to be seen there."""
    states = {item.id: item.state for item in connector.setup_items()}
    gone = {ItemState.MISSING, ItemState.BY_HAND}
    for item in tuple(found.done):
        if (states.get(item.id, ItemState.MISSING) in gone) is remove:
            continue
        found.done.remove(item)
        unseen = "is still there" if remove else "cannot be seen by the user that kam-sync runs as"
        error = ConnectorError(f"{found.org}: {item.title} {unseen}; look at `kam-sync setup` again in a minute")
        found.problems.append(SetupProblem(item=item, error=error))


def _may_remove(session: OrgSession, chosen: Sequence[SetupItem], settings: JobSettings) -> None:
    live = sum(1 for _ in session.books.links([LinkState.LIVE]))
    if live and any(TASKS_KEY in item.serves for item in chosen):
        raise RefusedError(
            f"nothing was removed from {session.org}: {live} of kam-sync's tasks are open there and are recognised by "
            "what would go; close them with `kam-sync retract --all --apply` first"
        )
    filled = [item for item in chosen if item.filled != 0 and TASKS_KEY not in item.serves]
    if filled and FILLED not in settings.accept:
        names = ", ".join(item.title for item in filled)
        raise RefusedError(
            f"nothing was removed from {session.org}: values that people entered would go with {names} "
            f"(to go on all the same, repeat with --accept {FILLED})"
        )


def setup_files(
    policy: LoadedPolicy, store: Store, settings: JobSettings, folder: Path
) -> Mapping[str, Sequence[Path]]:
    """Write what each org needs as files for its vendor's deployment tool, a folder for each org; return the files.

    An org whose vendor has no such tool gets none.

    Raises:
        ConfigError: The folder cannot be written, or is not empty.
        KamSyncError: An org cannot be looked at.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"{folder} is there already; name a new folder for the files")
    written: dict[str, Sequence[Path]] = {}
    for org in settings.chosen(policy):
        session = OrgSession(policy, org, store, settings, everything=True)
        try:
            files = _setting_up(session).setup_files()
        finally:
            session.connector.close()
        written[org] = [_write(folder / org, name, text) for name, text in sorted(files.items())]
    return written


def _write(folder: Path, name: str, text: str) -> Path:
    parts = PurePosixPath(name).parts
    if ".." in parts or PurePosixPath(name).is_absolute():
        raise ConfigError(f"a connector wants to write {name!r}, which is outside {folder}; do not use it")
    path = folder.joinpath(*parts)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from None
    return path
