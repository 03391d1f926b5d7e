"""The intent of a text: what the linear classifier makes of it (bot/linear_model.py), where it may be believed."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.intent_rules import believed_intent
from bot.linear_model import LinearModel, learnt


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntents(GraphComponent, IntentClassifier):
    """Learns intents from the training data's texts; needs no tokenizer and no featurizer."""

    def __init__(
        self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, model: LinearModel | None
    ) -> None:
        self._strength = float(config["strength"])
        self._model_storage = model_storage
        self._resource = resource
        self._model = model

    @classmethod
    def required_components(cls) -> list[type]:
        return []

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`strength`: how closely the examples are followed (`bot.linear_model.learnt`)."""
        return {"strength": 10.0}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearIntents:
        return cls(config, model_storage, resource, None)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LinearIntents:
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, LinearModel.load(folder))

    def train(self, training_data: TrainingData) -> Resource:
        examples = [(str(each.get(TEXT) or ""), str(each.get(INTENT))) for each in training_data.intent_examples]
        self._model = learnt(examples, strength=self._strength)
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to add: the policies learn from rules, not from texts."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = str(message.get(TEXT) or "")
            read = self._model.probabilities if self._model is not None else None
            name, confidence = believed_intent(text, read(text) if read else {}, read)
            message.set(INTENT, {"name": name, "confidence": confidence}, add_to_output=True)
        return messages
