"""The `copilot` command."""

from __future__ import annotations

from api.cli.root import main

__all__ = ["main"]
