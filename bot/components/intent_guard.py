"""What the classifier may not decide alone: a long or doubtful text is a problem to look up, not a command."""

from __future__ import annotations

import json
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.intent_rules import guarded_intent
from bot.intent_words import IntentWords

_FILE = "intent_words.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentGuard(GraphComponent, IntentClassifier):
    """Applies bot/intent_rules.py to what the classifier found; learns the words of each intent."""

    def __init__(self, model_storage: ModelStorage, resource: Resource, known: IntentWords) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._known = known

    @classmethod
    def required_components(cls) -> list[type]:
        # It comes behind the classifier; said in config.yml's order only, because in training no classifier runs before it.
        return []

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
    ) -> IntentGuard:
        return cls(model_storage, resource, IntentWords({}))

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IntentGuard:
        with model_storage.read_from(resource) as folder:
            known = IntentWords(json.loads((folder / _FILE).read_text(encoding="utf-8")))
        return cls(model_storage, resource, known)

    def train(self, training_data: TrainingData) -> Resource:
        examples = [(str(each.get(TEXT) or ""), str(each.get(INTENT))) for each in training_data.intent_examples]
        self._known = IntentWords.of(examples)
        with self._model_storage.write_to(self._resource) as folder:
            (folder / _FILE).write_text(json.dumps(self._known.as_dict(), ensure_ascii=False), encoding="utf-8")
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to add: the policies learn from rules, not from texts."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            found = message.get(INTENT) or {}
            text = str(message.get(TEXT) or "")
            name, confidence = guarded_intent(
                text, found.get("name"), float(found.get("confidence") or 0.0), self._known
            )
            message.set(INTENT, {"name": name, "confidence": confidence}, add_to_output=True)
        return messages
