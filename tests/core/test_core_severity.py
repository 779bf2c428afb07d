"""Severities compare, and are read and written by name everywhere but in the store's columns."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from kam_sync.severity import Severity


def test_severities_rise_from_info_to_critical() -> None:
    names = ["info", "low", "medium", "high", "critical"]
    assert [severity.label for severity in sorted(Severity)] == names


def test_the_numbers_in_the_store_never_change() -> None:
    assert {severity.label: int(severity) for severity in Severity} == {
        "info": 0,
        "low": 1,
        "medium": 2,
        "high": 3,
        "critical": 4,
    }


@pytest.mark.parametrize("written", ["high", "HIGH", "High", Severity.HIGH])
def test_a_severity_is_read_in_any_case(written: object) -> None:
    assert Severity.parse(written) is Severity.HIGH


@pytest.mark.parametrize("written", ["", "severe", "3", 3, None, True, 2.0])
def test_what_is_no_severity_is_refused_with_the_names(written: object) -> None:
    with pytest.raises(ValueError, match="expected one of info, low, medium, high, critical"):
        Severity.parse(written)


def test_json_holds_the_name() -> None:
    adapter = TypeAdapter(dict[Severity, Severity])
    assert adapter.dump_json({Severity.LOW: Severity.CRITICAL}) == b'{"low":"critical"}'
    assert adapter.validate_json('{"low": "critical"}') == {Severity.LOW: Severity.CRITICAL}


def test_the_json_schema_lists_the_names() -> None:
    assert TypeAdapter(Severity).json_schema() == {
        "enum": ["info", "low", "medium", "high", "critical"],
        "type": "string",
    }


def test_a_wrong_name_is_a_validation_error() -> None:
    with pytest.raises(ValidationError, match="expected one of"):
        TypeAdapter(Severity).validate_python("urgent")
