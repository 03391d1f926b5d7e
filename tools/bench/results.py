"""Where the newest result of each part is kept between runs."""

from __future__ import annotations

from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from tools.bench.machine import ROOT, Machine

KEPT = ROOT / "var" / "bench" / "results"

Measured = TypeVar("Measured", bound=BaseModel)


class Result(BaseModel, Generic[Measured]):
    """What a part measured, and on what."""

    machine: Machine
    measured: Measured


def keep(part: str, result: Result[Measured], folder: Path = KEPT) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f"{part}.json.new"
    aside.write_text(result.model_dump_json(indent=1) + "\n", encoding="utf-8")
    aside.replace(folder / f"{part}.json")


def newest(part: str, shape: type[Result[Measured]], folder: Path = KEPT) -> Result[Measured] | None:
    """The newest result of a part, or None where it was never measured or was kept in another shape than today's."""
    try:
        return shape.model_validate_json((folder / f"{part}.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValidationError):
        return None
