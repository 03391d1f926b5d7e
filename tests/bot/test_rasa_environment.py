"""Runs the tests of what imports Rasa in the environment that has it."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-rasa" / "bin" / "python"


def test_what_imports_rasa_passes_its_own_tests_in_rasas_environment() -> None:
    assert PYTHON.exists(), f"{PYTHON} is missing: run `make up` or `make test`, which make both environments"
    run = subprocess.run(
        [PYTHON, "-W", "ignore", "-m", "unittest", "discover", "-s", "tests/bot/rasa_env", "-t", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-6000:]
    assert "\nOK" in run.stderr
