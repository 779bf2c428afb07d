"""Log lines of a service on standard error: UTC, one line each, coloured only on a terminal."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Final

from rich.text import Text

from kam_sync.cli.terminal import Terminal
from kam_sync.escaping import one_line

_STYLES: Final = {logging.WARNING: "yellow", logging.ERROR: "red"}


class LogLevel(StrEnum):
    """What is told: `debug` adds the tracebacks of bugs."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LineFormatter(logging.Formatter):
    """Gives a record as `2026-11-24T04:15:00Z INFO run begins run=1`; a traceback follows in lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as its line, control characters shown as escapes."""
        moment = dt.datetime.fromtimestamp(record.created, dt.UTC)
        line = one_line(f"{moment:%Y-%m-%dT%H:%M:%SZ} {record.levelname} {record.getMessage()}")
        if record.exc_info:
            line += "".join(f"\n  {one_line(each)}" for each in self.formatException(record.exc_info).splitlines())
        return line


class _Handler(logging.Handler):
    def __init__(self, terminal: Terminal) -> None:
        super().__init__()
        self._console = terminal.err

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
            if self._console.is_terminal:
                self._console.print(Text(line, style=_STYLES.get(record.levelno, "")), soft_wrap=True)
            else:
                self._console.file.write(line + "\n")
                self._console.file.flush()
        except Exception:  # noqa: BLE001 - logging's own way: a line that cannot be written must not end the work
            self.handleError(record)


@contextmanager
def logging_to(terminal: Terminal, level: LogLevel) -> Iterator[None]:
    """Let kam-sync's loggers write to standard error from a level on."""
    logger = logging.getLogger("kam_sync")
    handler = _Handler(terminal)
    handler.setFormatter(LineFormatter())
    before = logger.level
    logger.setLevel(level.value.upper())
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
