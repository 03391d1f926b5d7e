"""How the dialogue process (Rasa) is started: with what it needs, and with nothing else of ours."""

from __future__ import annotations

import os
from collections.abc import Mapping

from api.settings import Settings

# Of the environment that the operator gave us: where programs are, how texts and times are read, how many threads compute.
# No address of a database, no password, no token is among them; what is not named here does not get through.
PASSED_ON = (
    "PATH",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "LOG_LEVEL",
    "COPILOT_ACTIONS__TIMEOUT",
)


def dialogue_environment(settings: Settings, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """All of its environment. The secret that it shares with the api comes over standard input (bot/gateway_secret.py)."""
    given = os.environ if given is None else given
    return {
        "OMP_NUM_THREADS": "1",
        **{name: given[name] for name in PASSED_ON if name in given},
        "PYTHONUNBUFFERED": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "HOME": str(settings.var / "run" / "rasa"),
        "COPILOT_VAR": str(settings.var.resolve()),
        "COPILOT_DATA": str(settings.data.resolve()),
        "COPILOT_GATEWAY_SECRET_STDIN": "1",
        "COPILOT_RASA__HOST": settings.rasa.host,
        "COPILOT_RASA__PORT": str(settings.rasa.port),
        "COPILOT_RASA__CAGE": settings.rasa.cage,
        "COPILOT_RASA__MEMORY": str(settings.rasa.memory),
        "COPILOT_ACTIONS__PORT": str(settings.actions.port),
        "COPILOT_ACTIONS__URL": f"http://127.0.0.1:{settings.actions.port}/webhook",
    }
