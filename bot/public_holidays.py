"""The public holidays of a country, computed by the `holidays` package: a catalog names the country, not every date.

The package is in the main environment only. The dialogue process, which tells no hours, reads the same catalog without it;
so it is imported when a date is asked for, and nothing is checked where it is missing.
"""

from __future__ import annotations

import functools
import importlib.util
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.catalog_entries import PublicHolidays


def known(public: PublicHolidays) -> bool:
    """Whether there is such a country and subdivision; True, unchecked, in an environment without the package."""
    if importlib.util.find_spec("holidays") is None:
        return True
    try:
        dates(public.country, public.subdivision, 2026)
    except NotImplementedError:
        return False
    return True


# A year of a country takes 0.3 ms; the first import of the package 60 ms.
@functools.lru_cache(maxsize=1024)
def dates(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    """The public holidays of that year. NotImplementedError for a country or subdivision that the package does not know."""
    import holidays

    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))
