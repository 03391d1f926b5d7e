"""The public holidays of a country, computed by the `holidays` package: a catalog names the country, not every date.

The package is in the main environment only: the dialogue process reads the same catalog, but tells no hours. It is imported
when a date is first asked for, as it takes half a second (it reads every country to compute one); the api and the action
server do so when they start.
"""

from __future__ import annotations

import functools
from datetime import date

from bot.catalog_files import CatalogError


@functools.lru_cache(maxsize=1024)
def dates(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    """The public holidays of that year. `CatalogError` for a country or subdivision that the package does not know."""
    import holidays

    try:
        return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))
    except NotImplementedError as error:
        named = country if subdivision is None else f"{country}, {subdivision}"
        cure = "Write codes that the `holidays` package knows, such as CO, or BR with the subdivision SP"
        raise CatalogError(
            "catalog.yml", "support_hours.holidays.country", f"the holidays of {named} are not known", cure
        ) from error
