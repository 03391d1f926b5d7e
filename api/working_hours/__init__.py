"""Working time: the clock of a deployment's support hours, the one that customers are told of (`bot/working_hours.py`)."""

from bot.catalog import Catalog
from bot.opening_hours import working_hours as of_hours
from bot.working_hours import Course, WorkingHours

__all__ = ["Course", "WorkingHours", "working_hours"]


def working_hours(catalog: Catalog) -> WorkingHours:
    """The clock of the catalog's support hours."""
    return of_hours(catalog.support_hours)
