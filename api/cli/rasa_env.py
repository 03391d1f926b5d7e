"""Calls into the dialogue's own environment (Python 3.10, Rasa)."""

from __future__ import annotations

import subprocess
import sys

import typer

from api.settings import PROJECT_ROOT, Settings
from api.supervisor.up import RASA_PYTHON, child_environment


def run_in_rasa_environment(settings: Settings, *arguments: str) -> int:
    """Run `python <arguments>` there with this process's standard streams; returns its exit code."""
    if not RASA_PYTHON.exists():
        sys.stderr.write("the dialogue's environment (.venv-rasa, Python 3.10) is missing: run `make setup`\n")
        raise typer.Exit(1)
    return subprocess.run(
        [str(RASA_PYTHON), *arguments], cwd=PROJECT_ROOT, env=child_environment(settings), check=False
    ).returncode
