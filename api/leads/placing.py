"""Rows of a range by the day, week or month of its chart, told by the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, literal

from api.leads.filters import LeadsFilter, midnight, next_period, period_of, periods


def edges_of(chosen: LeadsFilter) -> list[dt.date]:
    """The first day of each period, within the range."""
    return [max(each, chosen.first) for each in periods(chosen)]


def place_of(moment: ColumnElement[Any] | Any, chosen: LeadsFilter) -> ColumnElement[int]:
    """The number of the period in which a moment of the range lies, in the order of `edges_of`."""
    edges = edges_of(chosen)
    ends = [midnight(next_period(period_of(each, chosen.grain), chosen.grain), chosen.zone) for each in edges]

    # Halved at each step: of a row six comparisons are made where one by one there were up to fifty.
    def within(numbers: Sequence[int]) -> ColumnElement[int]:
        if len(numbers) == 1:
            return literal(numbers[0])
        half = len(numbers) // 2
        return case((moment < ends[numbers[half - 1]], within(numbers[:half])), else_=within(numbers[half:]))

    return within(range(len(edges)))
