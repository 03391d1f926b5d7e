"""What is worked out of a catalog once."""

from __future__ import annotations

from api.catalog_notes import once_for_catalog
from bot.catalog import Catalog, load_catalog


def test_it_is_worked_out_once_for_each_catalog() -> None:
    asked: list[Catalog] = []

    @once_for_catalog
    def vendor(catalog: Catalog) -> str:
        asked.append(catalog)
        return catalog.vendor

    @once_for_catalog
    def languages(catalog: Catalog) -> tuple[str, ...]:
        return catalog.languages

    first, second = load_catalog(), load_catalog()
    assert vendor(first) == vendor(first) == first.vendor
    assert languages(first) == first.languages
    assert vendor(second) == second.vendor
    assert [each is first for each in asked] == [True, False]
