"""Serves Rasa without TensorFlow, which none of our components use and which Rasa imports all the same.

Rasa 3.6 imports every component that it knows in order to find those of a pipeline, and the neural ones subclass Keras
layers. Ours is linear (config.yml), so what those modules import may as well be hollow: the names are there, classes can be
derived from them, and nothing computes. Measured: start-up 11 s of processor time instead of 18, 226 MB of memory
instead of 513. Training imports the real one, and so does a pipeline that names a neural component: `needed_by` says so.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

HOLLOW = frozenset(
    {"keras", "tensorflow", "tensorflow_addons", "tensorflow_hub", "tensorflow_probability", "tensorflow_text"}
)

# Stock components that compute with TensorFlow; a pipeline or policy list with one of them gets the real thing.
NEURAL = frozenset(
    {
        "ConveRTFeaturizer",
        "DIETClassifier",
        "LanguageModelFeaturizer",
        "ResponseSelector",
        "TEDPolicy",
        "UnexpecTEDIntentPolicy",
    }
)


def needed_by(config: Mapping[str, Any]) -> list[str]:
    """The components of a Rasa configuration that need TensorFlow."""
    listed = [*(config.get("pipeline") or []), *(config.get("policies") or [])]
    names = [str(each.get("name")) if isinstance(each, Mapping) else str(each) for each in listed]
    return [name for name in names if name.rpartition(".")[2] in NEURAL]


def install_unless_needed(config: Path) -> None:
    """`install`, where this Rasa configuration has no component that computes with TensorFlow."""
    if not needed_by(yaml.safe_load(config.read_text(encoding="utf-8"))):
        install()


def install() -> None:
    """From here on, importing TensorFlow gives hollow modules. Call it before Rasa is imported."""
    if not any(isinstance(finder, _HollowFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _HollowFinder())


class _HollowType(type):
    """A class any attribute of which is such a class again: `tf.keras.layers.Layer`."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = hollow_class(name)
        setattr(cls, name, made)
        return made


def hollow_class(name: str) -> type:
    """A class that can be derived from and made, and which, called as a decorator, gives back what it decorates."""

    def ignore(self: object, *args: object, **kwargs: object) -> None:
        """Takes whatever it is made with."""

    def give_back(self: object, *args: object, **kwargs: object) -> object:
        return args[0] if args else None

    return _HollowType(name, (object,), {"__init__": ignore, "__call__": give_back})


class _HollowModule(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = hollow_class(name)
        setattr(self, name, made)
        return made


class _HollowFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in HOLLOW:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        module = _HollowModule(spec.name)
        module.__path__ = []
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing to run."""
