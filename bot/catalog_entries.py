"""What a catalog consists of. Ids are language-free; labels are in the wording, under the same ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta

from bot import public_holidays


@dataclass(frozen=True)
class SupportType:
    id: str
    team: str
    # None: the category decides.
    priority: str | None
    ticket_type: str | None


@dataclass(frozen=True)
class Scenario:
    """What the customer picks first. The default category is proposed; every other stays selectable."""

    id: str
    default_category: str
    ticket_type: str
    support_type: str


@dataclass(frozen=True)
class Category:
    """A card of the portal, and the category of a ticket."""

    id: str
    subcategories: tuple[str, ...]
    # None: by the matrix of users affected and impact.
    priority: str | None
    team: str
    # Confirmed first, opened before it is verified, and the teams are notified at once.
    emergency: bool
    # Asked instead of a subcategory.
    purposes: tuple[str, ...]
    # Whether users affected and impact are asked.
    asks_impact: bool
    ticket_type: str
    emoji: str


@dataclass(frozen=True)
class Card:
    """How a category is offered: one question for the quick classification, one sentence on when to use it."""

    emoji: str
    question: str
    use: str


@dataclass(frozen=True)
class TicketField:
    """A field of the ticket form. `required_for` and `shown_for` hold category ids and non-technical support types.

    kind: text, choice or attachments. ask: `question` (a step of its own), `offer` (a step that may be skipped), `summary`
    (proposed there, and changed there). `label_kind` is where the labels of its options are; `options` is empty where they
    depend on something else (`Catalog.options` knows).
    """

    id: str
    kind: str
    ask: str
    options: tuple[str, ...]
    label_kind: str
    default: str | None
    enabled: bool
    required_for: tuple[str, ...]
    shown_for: tuple[str, ...]


@dataclass(frozen=True)
class Detail:
    """One detail worth asking for, always skippable. kind: text, long_text, url or attachment."""

    id: str
    kind: str


@dataclass(frozen=True)
class Topic:
    """What a customer's words may be about. words: by language; `pedido*` stands for every word that starts so."""

    id: str
    details: tuple[Detail, ...]
    words: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Priorities:
    """The rules of Catalog.priority. `order`: lowest first."""

    order: tuple[str, ...]
    unknown: str
    # ticket type -> priority, None for the matrix.
    ticket_types: Mapping[str, str | None]
    # users affected -> impact -> priority.
    matrix: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Status:
    """`next`: where staff may move a ticket; `customer_next`: where the customer's own act may."""

    id: str
    next: tuple[str, ...]
    customer_next: tuple[str, ...]
    # Whether the targets' clocks stand still in it: it is the customer's turn, or there is nothing to do.
    pauses: bool = False

    @property
    def final(self) -> bool:
        return not self.next and not self.customer_next


@dataclass(frozen=True)
class OpenRange:
    """From `start` until before `end`, local time of the support hours' zone."""

    start: time
    end: time


@dataclass(frozen=True)
class PublicHolidays:
    """Those of a country (ISO 3166) and, where one is named, of a part of it; on those in `without` support works."""

    country: str
    subdivision: str | None = None
    without: frozenset[date] = frozenset()


@dataclass(frozen=True)
class SupportHours:
    """`days`: seven entries, Monday first (as date.weekday() counts), each its ranges in order. `holidays`: the
    deployment's own, besides the public ones."""

    time_zone: str
    days: tuple[tuple[OpenRange, ...], ...]
    holidays: frozenset[date]
    public: PublicHolidays | None = None

    def is_holiday(self, day: date) -> bool:
        """Whether nobody works on that local date, whatever day of the week it is."""
        if day in self.holidays:
            return True
        public = self.public
        return (
            public is not None
            and day not in public.without
            and day in public_holidays.dates(public.country, public.subdivision, day.year)
        )

    def holidays_of(self, year: int) -> frozenset[date]:
        """Every holiday of a year."""
        own = {each for each in self.holidays if each.year == year}
        if self.public is None:
            return frozenset(own)
        dates = public_holidays.dates(self.public.country, self.public.subdivision, year)
        return frozenset(own | (dates - self.public.without))


@dataclass(frozen=True)
class Target:
    """How soon a ticket of one priority is to be answered first, and solved; None: nothing is promised.

    `clock`: ``working`` counts support hours, ``calendar`` every hour, ``emergencies`` every hour for tickets of an emergency
    category and support hours for all others.
    """

    first_response: timedelta | None
    resolution: timedelta | None
    clock: str


@dataclass(frozen=True)
class Targets:
    """By priority. `warning`: the part of a target's time (0 to 1) after which its breach is warned of."""

    by_priority: Mapping[str, Target]
    warning: float


@dataclass(frozen=True)
class AttachmentLimits:
    """bytes: a file; count: a ticket."""

    bytes: int
    count: int


DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
