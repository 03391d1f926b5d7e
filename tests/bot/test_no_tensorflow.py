"""What our pipeline does not use is not loaded; what would use it is recognised."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml

from bot.no_tensorflow import hollow_class, needed_by

ROOT = Path(__file__).resolve().parent.parent.parent


def test_our_own_configuration_needs_no_tensorflow() -> None:
    assert needed_by(yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))) == []


def test_a_neural_component_is_named() -> None:
    config = {
        "pipeline": [{"name": "WhitespaceTokenizer"}, {"name": "DIETClassifier"}],
        "policies": [{"name": "TEDPolicy"}],
    }
    assert needed_by(config) == ["DIETClassifier", "TEDPolicy"]
    assert needed_by({"pipeline": None}) == []


def test_hollow_modules_can_be_imported_derived_from_and_decorated_with() -> None:
    code = """
from bot import no_tensorflow
no_tensorflow.install()
no_tensorflow.install()
import tensorflow as tf
from tensorflow.keras.utils import Sequence
import tensorflow.keras.layers
class Layer(tf.keras.layers.Layer):
    @tf.function(autograph=False)
    def double(self, value):
        return 2 * value
assert Layer(name="x").double(21) == 42
assert issubclass(Layer, tf.keras.layers.Layer)
class Batches(Sequence): pass
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_hollow_class_is_made_with_anything() -> None:
    made = hollow_class("Adam")
    assert isinstance(made(0.1, beta=2), made)
