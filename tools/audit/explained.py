"""docs/security/advisories.yml: the advisories about our pins that were looked at, and what was found."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

# An explanation is looked at again after half a year, one for a hole that can be reached within a month.
LONGEST = {"no": dt.timedelta(days=190), "yes": dt.timedelta(days=31)}


class BadExplanation(Exception):
    """The file cannot be used; the message names the entry."""


class Explanation(BaseModel):
    """Why these advisories about one package at one version are tolerated, and until when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    package: str
    version: str = Field(description="The pinned version: another one has to be looked at anew.")
    ids: tuple[str, ...] = Field(min_length=1)
    reachable: Literal["no", "yes"]
    why: str = Field(min_length=20)
    looked_at: dt.date
    until: dt.date


def read_explanations(path: Path) -> list[Explanation]:
    """Raises BadExplanation for an entry that is not whole, or that puts off looking again for too long."""
    try:
        # BaseLoader: every value stays the text that it is, `no` and dates included.
        entries = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader) or []  # noqa: S506
        found = [Explanation.model_validate(entry) for entry in entries]
    except (OSError, yaml.YAMLError, ValidationError, TypeError) as error:
        raise BadExplanation(f"{path.name}: {error}") from error
    for each in found:
        if each.until - each.looked_at > LONGEST[each.reachable]:
            days = LONGEST[each.reachable].days
            raise BadExplanation(f"{path.name}: {each.package}: look again within {days} days, not at {each.until}")
    return found


def explanation_for(
    explanations: list[Explanation], package: str, version: str, names: frozenset[str], today: dt.date
) -> Explanation | None:
    """One that is still in force for any of an advisory's names, or None."""
    for each in explanations:
        if each.package == package and each.version == version and names & set(each.ids) and today <= each.until:
            return each
    return None
