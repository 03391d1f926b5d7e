"""`copilot kb build`: an index made from a folder of articles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowledge_base.cli_common import (
    DEFAULT_INDEX,
    DEFAULT_SOURCE,
    DEFAULT_VECTORS,
    Customers,
    IndexOption,
    JsonOption,
    LabelsOption,
    VectorsOption,
    chosen,
    progress_bar,
    told_in_one_line,
    write_json,
)

if TYPE_CHECKING:
    from knowledge_base.build import BuildReport

_SHOWN = 10


def register(app: typer.Typer, customers: Customers | None = None) -> None:
    """Adds the command to `copilot kb`."""

    @app.command()
    def build(
        source: Annotated[
            Path, typer.Option("--source", help="Folder of Markdown (<locale>/**/*.md), or articles as JSON lines.")
        ] = DEFAULT_SOURCE,
        index: IndexOption = DEFAULT_INDEX,
        labels: LabelsOption = None,
        vectors: VectorsOption = DEFAULT_VECTORS,
        afresh: Annotated[
            bool, typer.Option("--afresh", help="Train every model anew, also where little has changed.")
        ] = False,
        as_json: JsonOption = False,
    ) -> None:
        """Index a folder of articles. The previous index stays in use until the new one is complete."""
        with told_in_one_line():
            if customers is not None:
                labels = customers.labels(index, labels)
            with progress_bar() as report:
                built = chosen(vectors).build(source, index, labels=labels, progress=report, afresh=afresh)
            if as_json:
                write_json(_report(built))
                return
            counts = ", ".join(f"{locale} {each.articles}" for locale, each in built.locales.items())
            done = "Nothing has changed:" if built.unchanged else "Indexed"
            typer.echo(
                f"{done} {built.articles} articles ({counts}) in {built.passages} passages, {built.seconds:.1f} s: {index}"
            )
            if not built.unchanged:
                for each in built.skipped:
                    typer.echo(f"  skipped {each}", err=True)
                for warning in built.warnings[:_SHOWN]:
                    typer.echo(f"  look at {warning}", err=True)
                if len(built.warnings) > _SHOWN:
                    typer.echo(f"  ... {len(built.warnings) - _SHOWN} more: --json names them all", err=True)


def _report(built: BuildReport) -> dict[str, Any]:
    return {
        "index": str(built.index_dir),
        "articles": built.articles,
        "passages": built.passages,
        "locales": {locale: each.model_dump() for locale, each in built.locales.items()},
        "skipped": [{"place": each.place, "reason": each.reason} for each in built.skipped],
        "warnings": [{"place": each.place, "reason": each.reason} for each in built.warnings],
        "unchanged": built.unchanged,
        "retrained": built.retrained,
        "seconds": round(built.seconds, 2),
    }
