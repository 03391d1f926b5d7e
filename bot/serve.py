"""Starts Rasa as the project needs it: `python -m bot.serve`, in Rasa's environment, from the project's root.

On loopback, without Rasa's own API, without telemetry, with the model that `copilot train` made and no other, in the cage
of `bot/cage.py`.
"""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from pathlib import Path

from bot.cage import Needs, NoCage, enter, system_paths
from bot.gateway_secret import take
from bot.no_tensorflow import install_unless_needed

ROOT = Path(__file__).resolve().parent.parent


def prepare_environment() -> None:
    """What Rasa reads from the environment, set before Rasa is imported."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    port = os.environ.get("COPILOT_ACTIONS__PORT", "5055")
    os.environ.setdefault("COPILOT_ACTIONS__URL", f"http://127.0.0.1:{port}/webhook")
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    # The classifier's loader looks through every module that is loaded, once for each of 765 names: 8 s of start-up after
    # TensorFlow, 3 s before it.
    import skops.io  # noqa: F401


# What of the project the process reads beside its model: code, the catalog with its wording, and how Rasa is to be run.
READ = ("bot", "config.yml", "credentials.yml", "endpoints.yml")


def enter_cage() -> None:
    """As COPILOT_RASA__CAGE says: `auto` goes on without one where the system has none, `required` does not, `off` is off.

    Before the first thread is there: a thread that runs already would stay outside.
    """
    wanted = os.environ.get("COPILOT_RASA__CAGE", "auto")
    if wanted == "off":
        sys.stderr.write("rasa: no cage (COPILOT_RASA__CAGE=off)\n")
        return
    var = Path(os.environ.get("COPILOT_VAR") or ROOT / "var").resolve()
    own = var / "run" / "rasa"
    own.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Rasa unpacks its model in the folder for temporary files and keeps settings of its own under HOME.
    os.environ["HOME"] = os.environ["TMPDIR"] = tempfile.tempdir = str(own)
    data = Path(os.environ.get("COPILOT_DATA") or ROOT / "data").resolve()
    needs = Needs(
        read=(*system_paths(), *(ROOT / name for name in READ), ROOT / "data", data, var / "models"),
        write=(own,),
        listen=int(os.environ.get("COPILOT_RASA__PORT", "5005")),
        connect=int(os.environ.get("COPILOT_ACTIONS__PORT", "5055")),
        # Twice what the supervisor lets it use: mapped and used are two things, and this one ends in a MemoryError.
        memory=2 * int(os.environ.get("COPILOT_RASA__MEMORY", "0")) * 1_000_000,
    )
    try:
        sys.stderr.write(f"rasa: caged: {', '.join(enter(needs))}\n")
    except NoCage as error:
        if wanted == "required":
            sys.exit(f"rasa: {error}, and COPILOT_RASA__CAGE=required. Use a newer kernel, or set it to auto")
        sys.stderr.write(f"rasa: no cage: {error}. Give the process a user of its own (docs/supply-chain.md)\n")


def main() -> None:
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    take()
    enter_cage()
    prepare_environment()
    from bot.model import ModelError, checked_model

    try:
        model = checked_model()
    except ModelError as error:
        sys.exit(f"rasa: {error}")
    install_unless_needed(ROOT / "config.yml")
    port = os.environ.get("COPILOT_RASA__PORT", "5005")
    sys.argv = [
        "rasa",
        "run",
        "--model",
        str(model),
        "--endpoints",
        "endpoints.yml",
        "--credentials",
        "credentials.yml",
        "--interface",
        os.environ.get("COPILOT_RASA__HOST", "127.0.0.1"),
        "--port",
        port,
        "--logging-config-file",
        "bot/logging.yml",
        # Seconds: the api gives up on a turn after 30.
        "--response-timeout",
        "60",
    ]
    from rasa.__main__ import main as rasa

    rasa()


if __name__ == "__main__":
    main()
