"""The copilot's voice in one language: its sentences and the catalog's labels."""

from __future__ import annotations

from dataclasses import dataclass

from bot.catalog import Catalog
from bot.turn import Choice


@dataclass(frozen=True)
class Voice:
    """What the wording of one language says. KeyError, naming file and key, for a sentence that is not there."""

    catalog: Catalog
    language: str

    def message(self, key: str, /, **values: object) -> str:
        """A sentence of the `messages` section."""
        return self.catalog.wording(self.language).text(f"messages.{key}", **values)

    def label(self, kind: str, id_: str) -> str:
        """What a thing of the catalog is called."""
        return self.catalog.label(kind, id_, self.language)

    def choice(self, name: str, key: str, intent: str, entities: dict[str, str] | None = None) -> Choice:
        """A choice whose label is a sentence of the `messages` section."""
        return Choice(name=name, label=self.message(key), intent=intent, entities=entities or {})


# What a choice of these means in intents; every other field is told with `inform`.
CHOOSING_INTENTS = {"language": "choose_language", "scenario": "choose_scenario"}


def option(voice: Voice, asks: str, value: str, label: str) -> Choice:
    """A choice that fills what was asked with a value: `<asks>.<value>`."""
    return Choice(
        name=f"{asks}.{value}", label=label, intent=CHOOSING_INTENTS.get(asks, "inform"), entities={asks: value}
    )
