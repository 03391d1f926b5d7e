"""What lies at a path that somebody named: a folder of Markdown, or articles as JSON lines."""

from __future__ import annotations

from pathlib import Path

from knowledge_base.sources import ArticleSource
from knowledge_base.sources.jsonl import JsonLines
from knowledge_base.sources.markdown_folder import MarkdownFolder


def source_at(path: Path) -> ArticleSource:
    """JSON lines for a `.jsonl` file and for a folder that holds such files and no folder; else a folder of Markdown,
    whose own messages say what is missing."""
    if path.suffix == ".jsonl" and path.is_file():
        return JsonLines(path)
    if path.is_dir() and any(path.glob("*.jsonl")) and not any(each.is_dir() for each in path.iterdir()):
        return JsonLines(path)
    return MarkdownFolder(path)
