"""The help centers that retrieval is measured on: the sample, and those that the environment names, each with questions."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from knowledge_base.queries import LabelledQuery, read_queries
from tools.bench.machine import ROOT
from tools.bench.processes import BenchError

CORPUS, QUERIES = "COPILOT_BENCH_CORPUS", "COPILOT_BENCH_QUERIES"
SAMPLE, IMPORTED = "sample help center", "imported help center"
WORK = ROOT / "var" / "bench" / "corpora"
# What makes an article another one, in the middle of its text.
_ADDED = "Last reviewed by the bench."


class Built(BaseModel):
    """One build in a process of its own: what it says of the index, and `wall`, the whole command's seconds."""

    articles: int
    passages: int
    seconds: float
    wall: float = 0.0


@dataclass(frozen=True, slots=True)
class HelpCenter:
    """`source`: a folder of Markdown, or of `*.jsonl` files of articles; `queries`: a file, or a folder of them."""

    name: str
    source: Path
    queries: Path

    @property
    def folder(self) -> Path:
        return WORK / self.name.replace(" ", "-")

    @property
    def index(self) -> Path:
        return self.folder / "index"

    @property
    def copy(self) -> Path:
        """Of the source, so that an article of it can be changed."""
        return self.folder / "articles"

    @property
    def asked(self) -> Path:
        """The questions as one file, made by `prepare`."""
        return self.folder / "questions.jsonl"

    def prepare(self) -> None:
        """A copy of the articles and of the questions, and no index yet."""
        if not self.source.is_dir():
            raise BenchError(f"{self.source} is no folder: set {CORPUS} to a folder of Markdown or of JSONL files")
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.source, self.copy)
        files = sorted(self.queries.glob("*.jsonl")) if self.queries.is_dir() else [self.queries]
        text = "".join(each.read_text(encoding="utf-8").rstrip("\n") + "\n" for each in files)
        self.asked.write_text(text, encoding="utf-8")
        if self._lines():
            sources = [{"name": each.stem, "kind": "jsonl", "path": f"articles/{each.name}"} for each in self._lines()]
            # YAML is a superset of JSON.
            (self.folder / "sources.yml").write_text(json.dumps({"sources": sources}), encoding="utf-8")

    def build(self) -> Built:
        """`copilot kb build`, or `sync` for JSONL, as an operator runs it."""
        if self._lines():
            store = self.folder / "sources"
            command = ["sync", "--sources", str(self.folder / "sources.yml"), "--store", str(store)]
        else:
            command = ["build", "--source", str(self.copy)]
        begun = time.perf_counter()
        told = json.loads(copilot_kb(*command, "--index", str(self.index), "--json"))
        wall = time.perf_counter() - begun
        if "sources" in told:
            held = json.loads(copilot_kb("status", "--index", str(self.index), "--json"))["locales"].values()
            counts = {what: sum(each[what] for each in held) for what in ("articles", "passages")}
            return Built(**counts, seconds=(told["built"] or told)["seconds"], wall=wall)
        return Built.model_validate({**told, "wall": wall})

    def change_one(self) -> None:
        """Changes an article in the middle of the corpus; a second call changes it back."""
        lines = self._lines()
        files = lines or sorted(self.copy.rglob("*.md"))
        path = files[len(files) // 2]
        text = path.read_text(encoding="utf-8")
        if lines:
            articles = text.rstrip("\n").split("\n")
            article = json.loads(articles[len(articles) // 2])
            article["body"] = _toggled(article["body"])
            articles[len(articles) // 2] = json.dumps(article, ensure_ascii=False)
            path.write_text("\n".join(articles) + "\n", encoding="utf-8")
        else:
            path.write_text(_toggled(text), encoding="utf-8")

    def questions(self) -> list[LabelledQuery]:
        return read_queries(self.asked)

    def foreign(self, locale: str) -> Path | None:
        """A file of the questions that are not asked in `locale`; None where there are none."""
        others = [each for each in self.questions() if each.relevant and each.locale != locale]
        if not others:
            return None
        path = self.folder / f"questions-not-{locale}.jsonl"
        path.write_text("".join(f"{each.model_dump_json()}\n" for each in others), encoding="utf-8")
        return path

    def _lines(self) -> list[Path]:
        return [] if any(self.copy.rglob("*.md")) else sorted(self.copy.glob("*.jsonl"))


def help_centers() -> list[HelpCenter]:
    """The sample, and each of `COPILOT_BENCH_CORPUS` with its `COPILOT_BENCH_QUERIES` (several with `:` between them)."""
    found = [HelpCenter(SAMPLE, ROOT / "data" / "help_center", ROOT / "data" / "evaluation" / "questions.jsonl")]
    folders, queries = (
        [Path(each).absolute() for each in os.environ.get(name, "").split(os.pathsep) if each]
        for name in (CORPUS, QUERIES)
    )
    if len(folders) != len(queries):
        raise BenchError(f"set {CORPUS} (folders of articles) and {QUERIES} (JSONL files) to equally many, or neither")
    for number, (folder, questions) in enumerate(zip(folders, queries, strict=True), start=1):
        found.append(HelpCenter(IMPORTED if number == 1 else f"{IMPORTED} {number}", folder, questions))
    return found


def copilot_kb(*arguments: str) -> bytes:
    """Standard output of a `copilot kb` command. Raises `BenchError` with its words where it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", "kb", *arguments], cwd=ROOT, capture_output=True, check=False
    )
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise BenchError(f"copilot kb {arguments[0]} failed:\n{said}")
    return done.stdout


def _toggled(text: str) -> str:
    added = f"\n\n{_ADDED}\n"
    return text.removesuffix(added) if text.endswith(added) else text + added
