"""`copilot kb ...`: build, search, evaluate and inspect an index, with no server running.

Exit codes: 0 done, 1 it failed, 2 it was asked wrongly (a missing folder, a malformed file)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from knowledge_base import cli_build, cli_evaluate, cli_replay, cli_status, cli_sync
from knowledge_base.cli_common import (
    DEFAULT_INDEX,
    DEFAULT_VECTORS,
    AllLanguagesOption,
    Customers,
    IndexOption,
    JsonOption,
    VectorsOption,
    chosen,
    refuse,
    told_in_one_line,
    write_json,
)
from knowledge_base.queries import read_queries
from knowledge_base.results import MAX_LIMIT, SearchHit, SearchResult


def make_app(customers: Customers | None = None) -> typer.Typer:
    """The commands; with `customers`, what they said and asked is used."""
    made = typer.Typer(help="The help center's index: build, search, evaluate, replay.", no_args_is_help=True)
    cli_build.register(made, customers)
    cli_sync.register(made, customers)
    made.command()(search)
    cli_evaluate.register(made)
    cli_replay.register(made, customers)
    cli_status.register(made)
    return made


def search(
    text: Annotated[str | None, typer.Argument(help="What a customer would ask.")] = None,
    index: IndexOption = DEFAULT_INDEX,
    language: Annotated[
        str | None, typer.Option("--language", help="The question's language; guessed without.")
    ] = None,
    queries: Annotated[
        Path | None, typer.Option("--queries", help="A file of questions, one JSON object a line.")
    ] = None,
    all_languages: AllLanguagesOption = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=MAX_LIMIT, help="Articles at most.")] = 3,
    vectors: VectorsOption = DEFAULT_VECTORS,
    as_json: JsonOption = False,
) -> None:
    """Search for one TEXT, or for every question of a file (one JSON line each)."""
    if (text is None) == (queries is None):
        raise refuse("give either a TEXT or --queries FILE")
    with told_in_one_line():
        base = chosen(vectors).open(index)
        if queries is not None:
            asked = read_queries(queries)
            pairs = [(each.query, each.locale or language) for each in asked]
            found = base.search_many(pairs, limit=limit, all_languages=all_languages)
            for query, result in zip(asked, found, strict=True):
                write_json({"id": query.id, **_result(result)})
            return
        result = base.search(text or "", language=language, limit=limit, all_languages=all_languages)
        if as_json:
            write_json(_result(result))
        else:
            _show(result)


def _result(result: SearchResult) -> dict[str, Any]:
    return {
        "confidence": round(result.confidence, 4),
        "confident": result.confident,
        "language": result.language,
        "other_language": result.other_language,
        "passages": [_passage(hit) for hit in result.hits],
    }


def _passage(hit: SearchHit) -> dict[str, Any]:
    return {
        "article_id": hit.article_id,
        "title": hit.title,
        "heading": hit.heading,
        "url": hit.url,
        "locale": hit.locale,
        "snippet": hit.snippet,
        "score": hit.score,
    }


def _show(result: SearchResult) -> None:
    verdict = "confident" if result.confident else "not confident"
    typer.echo(f"{verdict} ({result.confidence:.2f}){', in another language' if result.other_language else ''}")
    for rank, hit in enumerate(result.hits, start=1):
        typer.echo(
            f"\n{rank}. {hit.title}{' > ' + hit.heading if hit.heading else ''}  [{hit.score:.2f}]\n   {hit.url}"
        )
        typer.echo("\n".join(f"   {line}" for line in hit.snippet.split("\n")))
    if not result.hits:
        typer.echo("Nothing found.")


app = make_app()

if __name__ == "__main__":
    app()
