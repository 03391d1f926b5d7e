"""docs/privacy.md says what is so: every table with something of a person, and every setting with its number of days."""

from __future__ import annotations

import re
from pathlib import Path

from api.privacy.auditing import WHATS
from api.privacy.columns import COLUMNS, Kind, columns_of
from api.settings import PrivacySettings

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "privacy.md").read_text(encoding="utf-8")


def test_the_record_names_every_table_with_something_of_a_person() -> None:
    record = PAGE.partition("## Record of processing")[2]
    named = set(re.findall(r"`(\w+)`", record))
    assert [name for name in COLUMNS if columns_of(name, Kind.PERSON) and name not in named] == []
    assert [name for name in named if name.islower() and name not in COLUMNS and name != "ticket_words"] == []


def test_each_setting_is_told_with_its_days() -> None:
    told = dict(re.findall(r"\| `(\w+_DAYS)` \| (\d+) \|", PAGE))
    fields = PrivacySettings.model_fields
    assert told == {name.upper(): str(field.default) for name, field in fields.items() if name.endswith("_days")}


def test_every_word_of_the_audit_log_is_one_that_the_column_holds() -> None:
    assert len(set(WHATS)) == len(WHATS)
    assert max(map(len, WHATS)) <= 32
