"""What it costs to take a file: a log and a HAR of ten megabytes scrubbed, a large screenshot written anew."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from PIL import Image
from pydantic import BaseModel

from tools.bench.machine import ROOT
from tools.bench.processes import BenchError

MEGABYTES = 10
ROUNDS = 3
# A screen of 4K.
SCREEN = (3840, 2160)


class FileCost(BaseModel):
    """One kind of file: the median of the rounds. `cpu` and `seconds` of the whole child, its start included."""

    name: str
    megabytes: float
    cpu: float
    seconds: float
    removed: int


class FilesMeasured(BaseModel):
    costs: list[FileCost]


def measure() -> FilesMeasured:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "empty.log").write_text("nothing\n", encoding="utf-8")
        (folder / "large.log").write_text("".join(log_lines(MEGABYTES * 1_000_000)), encoding="utf-8")
        (folder / "large.har").write_text(json.dumps(har(MEGABYTES * 1_000_000)), encoding="utf-8")
        _screen().save(folder / "screen.png")
        return FilesMeasured(
            costs=[
                _cost("a log of one line: the child by itself", folder / "empty.log"),
                _cost("a log, a secret in every tenth line", folder / "large.log"),
                _cost("a HAR, secrets in every entry", folder / "large.har"),
                _cost("a screenshot of 3840 x 2160, with its thumbnail", folder / "screen.png"),
            ]
        )


def log_lines(size: int) -> Iterator[str]:
    """Lines of a web server and its shop, until there are `size` bytes."""
    chance, written, number = Random(7), 0, 0
    while written < size:
        number += 1
        order, trace = chance.randrange(10**12, 10**13), chance.getrandbits(128)
        line = (
            f"2026-11-12T10:{number % 60:02d}:{chance.randrange(60):02d}Z INFO web-{chance.randrange(9)} GET "
            f"/api/orders/{order}-01?page={number % 40}&sc=1 200 {chance.randrange(900)}ms trace={trace:032x}\n"
        )
        if number % 10 == 0:
            line = (
                f"2026-11-12T10:00:00Z DEBUG headers cookie: cart={chance.getrandbits(64):016x}; lang=es "
                f"authorization: Bearer {chance.getrandbits(96):024x} password=Perro{number}!\n"
            )
        written += len(line)
        yield line


def har(size: int) -> dict[str, object]:
    """A recording of traffic of about `size` bytes."""
    chance, entries, written = Random(7), [], 0
    while written < size:
        secret = f"{chance.getrandbits(96):024x}"
        body = json.dumps(
            {"items": [{"id": n, "name": "lamp", "price": 129.9} for n in range(60)], "session_id": secret}
        )
        headers = [
            {"name": "Authorization", "value": f"Bearer {secret}"},
            {"name": "Cookie", "value": f"cart={secret}; lang=es"},
            {"name": "User-Agent", "value": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0"},
        ]
        entries.append(
            {
                "request": {"url": f"https://shop.example/api?token={secret}", "headers": headers, "cookies": []},
                "response": {"status": 200, "content": {"mimeType": "application/json", "text": body}},
            }
        )
        written += len(body) + 700
    return {"log": {"version": "1.2", "entries": entries}}


def _screen() -> Image.Image:
    """Something like a page: flat areas, edges and a gradient."""
    screen = Image.linear_gradient("L").resize(SCREEN).convert("RGB")
    chance = Random(7)
    for _ in range(400):
        left, top = chance.randrange(SCREEN[0]), chance.randrange(SCREEN[1])
        screen.paste(chance.randrange(2**24), (left, top, left + chance.randrange(400), top + chance.randrange(40)))
    return screen


def _cost(name: str, source: Path) -> FileCost:
    rounds = sorted(_round(source) for _ in range(ROUNDS))
    cpu, seconds, removed = rounds[ROUNDS // 2]
    return FileCost(
        name=name,
        megabytes=round(source.stat().st_size / 1e6, 2),
        cpu=round(cpu, 3),
        seconds=round(seconds, 3),
        removed=removed,
    )


def _round(source: Path) -> tuple[float, float, int]:
    """Seconds of processor time, seconds, and how many secrets were removed."""
    out = source.with_name("out")
    command = [sys.executable, "-m", "api.files.child", str(source), source.suffix, str(out), f"{out}.thumbnail"]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ended = subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, check=False)
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    finding = json.loads(ended.stdout or b"{}").get("finding")
    if finding is None:
        raise BenchError(f"{source.name} was refused: {ended.stdout[:200]!r}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, seconds, sum(finding["removed"].values())
