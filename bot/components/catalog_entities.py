"""Finds the catalog's things in a text: languages, categories, scenarios, fields, ticket numbers."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.catalog import load_catalog
from bot.named_things import NamedThings


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class CatalogEntities(GraphComponent, EntityExtractorMixin):
    """Applies bot/named_things.py to each message, with the catalog as it is when the model is loaded."""

    def __init__(self) -> None:
        self._things = NamedThings(load_catalog())

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CatalogEntities:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            intent = (message.get(INTENT) or {}).get("name")
            found = self._things.find(str(message.get(TEXT) or ""), intent)
            message.set(
                ENTITIES,
                [{"entity": each.entity, "value": each.value, "extractor": type(self).__name__} for each in found],
                add_to_output=True,
            )
        return messages
