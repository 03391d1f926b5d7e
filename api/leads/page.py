"""What a page of the dashboard is made of: cards, and sections that each hold a drawing and the table behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from markupsafe import Markup

Value = str | int | float | None

NOTHING = Markup("")


@dataclass(frozen=True)
class Cell:
    """One cell: `value` goes into files, `text` is read on the page."""

    value: Value
    text: str
    url: str = ""
    bar: Markup = NOTHING
    """A bar drawn beside the text."""


@dataclass(frozen=True)
class Column:
    """`key` is its name in files; `wide` may break its lines."""

    key: str
    label: str
    numeric: bool = False
    wide: bool = False
    file_only: bool = False
    """In files, and not on the page, where another cell says it."""


@dataclass(frozen=True)
class Table:
    """`columns` and, a row each, as many cells."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        width = len(self.columns)
        if any(len(row) != width for row in self.rows):
            raise ValueError(f"every row needs {width} cells, as there are columns")


@dataclass(frozen=True)
class Link:
    text: str
    url: str


@dataclass(frozen=True)
class Formula:
    """How a figure comes about: in words, and its two halves as links to the rows that they count."""

    text: str
    numerator: Link
    denominator: Link


@dataclass(frozen=True)
class Legend:
    """One colour of a drawing: `tone` is its class."""

    tone: str
    text: str
    url: str = ""


@dataclass(frozen=True)
class Section:
    """`id` is its anchor and the name of its files; `empty` is what it says where there is nothing to show."""

    id: str
    title: str
    table: Table
    note: str = ""
    drawing: Markup = NOTHING
    legend: tuple[Legend, ...] = ()
    formula: Formula | None = None
    empty: str = ""
    open_table: bool = False
    """The table is what it shows: not folded away behind a drawing."""
    links: tuple[Link, ...] = ()
    wide: bool = True
    template: str = ""
    """A template of its own below ``leads/``, in place of the drawing, filled with `values`."""
    values: dict[str, object] = field(default_factory=dict)
    further: dict[str, str | None] = field(default_factory=dict)
    """What the address of its files has besides the filter, so that they hold what the page shows."""


Direction = Literal["better", "worse", "same", ""]


@dataclass(frozen=True)
class Card:
    """A headline figure. `change` says how it moved, `direction` whether that is good."""

    id: str
    label: str
    value: Value
    text: str
    before: str = ""
    change: str = ""
    direction: Direction = ""
    spark: Markup = NOTHING
    url: str = ""
    note: str = ""
    main: bool = False
    interval: str = ""


@dataclass(frozen=True)
class PageParts:
    """A page: cards first, then its sections."""

    sections: Sequence[Section]
    cards: Sequence[Card] = ()
    lead: str = ""
    """The sentence below the heading."""
    warnings: Sequence[str] = ()

    def section(self, id: str) -> Section | None:
        return next((each for each in self.sections if each.id == id), None)


def plain(value: Value, text: str = "", url: str = "") -> Cell:
    """A cell whose text is its value unless another one is given."""
    return Cell(value, text or ("" if value is None else str(value)), url)
