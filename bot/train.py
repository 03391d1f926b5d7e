"""Trains the dialogue: `python -m bot.train [--force]`, in Rasa's environment; `copilot train` calls it.

Skips what is current. Writes the model aside and publishes it with its record in two renames, the record last: a crash in
between leaves a record that does not fit the model, which nothing will load.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import sys
import tempfile
import time
import warnings
from datetime import datetime, timezone
from pathlib import Path

from bot.model import (
    MODEL_NAME,
    ROOT,
    ModelRecord,
    catalog_digest,
    is_current,
    model_path,
    models_folder,
    record_path,
    sha256_of,
    training_digest,
    write_record,
)
from bot.serve import prepare_environment


class BelowFloor(Exception):
    """The trained model was refused. The message says what fell below, by how much, and which utterances to look at."""


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def train(*, force: bool = False) -> bool:
    """Makes the model; False where it was current already.

    BelowFloor where it recognises intents worse than the floor allows; exceptions of Rasa's training pass through.
    """
    if not force and is_current():
        protect()
        say("train: the model is current")
        return False
    begun = time.monotonic()
    digests = catalog_digest(), training_digest()
    say("train: reading Rasa (a few seconds)")
    prepare_environment()
    import rasa.model_training
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)  # unconfigured, it prints every state of every rule
    warnings.simplefilter("ignore")
    folder = models_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="training-", dir=folder) as aside:
        say("train: training intents and rules (about 15 seconds)")
        result = rasa.model_training.train(
            domain=str(ROOT / "bot" / "domain"),
            config=str(ROOT / "config.yml"),
            training_files=[str(ROOT / "data" / "training")],
            output=aside,
            force_training=force,
            fixed_model_name=MODEL_NAME,
        )
        if not result.model:
            raise RuntimeError("Rasa trained no model; its messages above say why")
        made = Path(result.model)
        _hold_to_the_floor(made)
        record = ModelRecord(sha256_of(made), *digests, datetime.now(timezone.utc).isoformat(timespec="seconds"))  # noqa: UP017
        record_path().unlink(missing_ok=True)
        shutil.move(made, model_path())
    protect()
    write_record(record)
    say(f"train: done in {time.monotonic() - begun:.0f} s, {model_path()}")
    return True


def protect() -> None:
    """Nobody changes a model: the next one takes its place."""
    model_path().chmod(0o444)


def _hold_to_the_floor(model: Path) -> None:
    from bot.nlu_evaluate import FLOOR, GATE, gate_shortfalls, told

    say("train: reading the gate (a few seconds)")
    found = gate_shortfalls(model)
    if found:
        kept = "the model before stays in service" if model_path().exists() else "no model is in service"
        raise BelowFloor(
            f"train: the new model is below the floor; {kept}\n{told(found)}\n"
            f"The floor is in {FLOOR.relative_to(ROOT)}, the gate in {GATE.relative_to(ROOT)}. Add utterances of those "
            "intents to data/training/nlu (docs/nlu.md says how), never the gate's own; then run: copilot train"
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bot.train")
    parser.add_argument("--force", action="store_true", help="train although nothing has changed")
    arguments = parser.parse_args()
    os.chdir(ROOT)
    try:
        train(force=arguments.force)
    except BelowFloor as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
