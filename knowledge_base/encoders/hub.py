"""Finds a model by its name: a folder of this machine, or a model of a hub, fetched once into the hub library's cache."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from knowledge_base.errors import EncoderUnusable

_HUB_NAME = re.compile(r"(?P<name>[\w.-]+(?:/[\w.-]+)?)(?:@(?P<revision>[\w./-]+))?", re.ASCII)
# Weights as safetensors only: the other format is a pickle, which may run code.
_WANTED = ["*.json", "*.txt", "*.model", "*.safetensors"]
_UNWANTED = ["onnx/*", "openvino/*", "*/onnx/*", "*/openvino/*"]


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model's files on this machine."""

    name: str
    folder: Path


def find_model(named: str) -> FoundModel:
    """`named`: a folder, `owner/model`, or `owner/model@revision`.

    What was fetched before is used without asking the hub. `HF_HUB_OFFLINE`, `HF_ENDPOINT`, `HF_HOME` and `HF_TOKEN`
    mean what they mean to the hub's library. Raises `EncoderUnusable` saying how to mend it.
    """
    folder = Path(named).expanduser()
    if folder.is_dir():
        return FoundModel(folder.resolve().name, folder.resolve())
    parts = _HUB_NAME.fullmatch(named)
    if not parts or folder.is_absolute() or named.startswith((".", "~")):
        raise EncoderUnusable(f"There is no folder {named}. Give the folder of a model, or a name such as owner/model")
    return FoundModel(parts["name"], _fetched(parts["name"], parts["revision"]))


def _fetched(name: str, revision: str | None) -> Path:
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

    def fetch(*, local: bool) -> Path:
        found = snapshot_download(
            name, revision=revision, allow_patterns=_WANTED, ignore_patterns=_UNWANTED, local_files_only=local
        )
        return Path(found)

    try:
        folder = fetch(local=True)
        if (folder / "config.json").exists() or (folder / "modules.json").exists():
            return folder
    except Exception:  # noqa: S110 - not here, or not whole: it is fetched
        pass
    try:
        return fetch(local=False)
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        wanted = f"{name}@{revision}" if revision else name
        raise EncoderUnusable(f"The hub has no model {wanted}, or it needs a token in HF_TOKEN") from error
    except Exception as error:  # the library and the network say "unreachable" in a dozen ways
        raise EncoderUnusable(
            f"The model {name} is not on this machine and the hub did not give it ({type(error).__name__}). "
            f"On a machine that reaches the hub: hf download {name} --local-dir FOLDER; copy FOLDER here, and give its "
            "path instead of the name"
        ) from error
