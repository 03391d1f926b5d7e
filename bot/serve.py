"""Starts Rasa as the project needs it: `python -m bot.serve`, in Rasa's environment, from the project's root.

On loopback, without Rasa's own API, without telemetry, with the model that `copilot train` made and no other.
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

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


def main() -> None:
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
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
