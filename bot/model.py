"""Where the trained model lies, what it was trained from, and whether that is what is on disk.

`var/models/copilot.tar.gz` is the model, `var/models/model.json` says from what: SHA-256 of the model, digest of the catalog,
digest of everything else that training reads, time. A model is loaded only when all three hold: Rasa unpacks pickled parts
(CVE-2024-49375 is about that), so no file that we did not train is ever opened.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.catalog import load_catalog

ROOT = Path(__file__).resolve().parent.parent
MODEL_NAME = "copilot"

# Everything beside the catalog that changes what is trained.
TRAINED_FROM = (
    "config.yml",
    "data/training",
    "bot/domain",
    "bot/domain_builder.py",
    "bot/importer.py",
    "bot/components",
    "bot/linear_model.py",
    "bot/intent_features.py",
    "bot/concepts.py",
    "bot/families.py",
    "bot/scope.py",
    "data/lexicon",
)


class ModelError(Exception):
    """There is no model that may be served. The message says why and how to make one."""


@dataclass(frozen=True)
class ModelRecord:
    """What model.json holds."""

    model_sha256: str
    catalog_digest: str
    training_digest: str
    created_at: str


def models_folder() -> Path:
    """`<var>/models`; COPILOT_VAR moves it."""
    return Path(os.environ.get("COPILOT_VAR") or ROOT / "var").resolve() / "models"


def model_path() -> Path:
    return models_folder() / f"{MODEL_NAME}.tar.gz"


def record_path() -> Path:
    return models_folder() / "model.json"


def write_record(record: ModelRecord) -> None:
    """In one step, so that no reader ever sees half of it."""
    aside = record_path().with_suffix(".json.new")
    aside.write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")
    aside.replace(record_path())


def read_record() -> ModelRecord:
    try:
        return ModelRecord(**json.loads(record_path().read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise ModelError("there is no trained model yet. Run: copilot train") from error
    except (ValueError, TypeError) as error:
        raise ModelError(f"{record_path()} cannot be read. Run: copilot train") from error


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        digest = hashlib.sha256()
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def training_digest(root: Path = ROOT) -> str:
    """SHA-256 over the names and contents of the files that training reads, apart from the catalog's."""
    digest = hashlib.sha256()
    for name in TRAINED_FROM:
        path = root / name
        files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
        for file in files:
            if "__pycache__" in file.parts:
                continue
            digest.update(f"{file.relative_to(root).as_posix()}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def catalog_digest() -> str:
    return load_catalog().dialogue_digest()


def checked_model() -> Path:
    """The model's path, once it is known to be ours and trained from the catalog on disk; raises ModelError."""
    record = read_record()
    path = model_path()
    if not path.is_file():
        raise ModelError(f"{path} is missing. Run: copilot train")
    if record.model_sha256 != sha256_of(path):
        raise ModelError(f"{path} is not the model that was trained here. Run: copilot train")
    if record.catalog_digest != catalog_digest():
        raise ModelError("the model was trained from another catalog than the one on disk. Run: copilot train")
    return path


def is_current() -> bool:
    """Whether training again would make the same model."""
    try:
        checked_model()
        return read_record().training_digest == training_digest()
    except ModelError:
        return False
