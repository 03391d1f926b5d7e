"""`copilot kb evaluate`: an index measured on labelled questions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from knowledge_base.cli_common import (
    DEFAULT_INDEX,
    DEFAULT_VECTORS,
    AllLanguagesOption,
    IndexOption,
    JsonOption,
    VectorsOption,
    chosen,
    number,
    progress_bar,
    refuse,
    told_in_one_line,
    write_json,
)
from knowledge_base.options import WANTED_PRECISION
from knowledge_base.queries import read_queries

if TYPE_CHECKING:
    from knowledge_base.evaluation import Evaluation
    from knowledge_base.measures import Interval, Retrieval
    from knowledge_base.reliability import Answerability


def register(app: typer.Typer) -> None:
    """Adds the command to `copilot kb`."""
    app.command(name="evaluate")(evaluate_command)


def evaluate_command(
    queries: Annotated[Path, typer.Option("--queries", help="Labelled questions, one JSON object a line.")],
    index: IndexOption = DEFAULT_INDEX,
    compare: Annotated[bool, typer.Option("--compare", help="Ask each retriever alone as well.")] = False,
    all_languages: AllLanguagesOption = False,
    articles_in: Annotated[
        str | None, typer.Option("--articles-in", metavar="LOCALE", help="Search only the articles of this locale.")
    ] = None,
    across: Annotated[
        bool, typer.Option("--across/--no-across", help="Ask the articles of the other languages as well.")
    ] = True,
    precision: Annotated[
        float, typer.Option("--precision", min=0.0, max=1.0, help="Precision@3 wanted of what is answered.")
    ] = WANTED_PRECISION,
    cross_validate: Annotated[
        int | None,
        typer.Option(
            "--cross-validate", metavar="K", min=2, help="Learn the confidence with these labels too, in K folds."
        ),
    ] = None,
    candidate: Annotated[
        list[Path] | None, typer.Option("--candidate", help="Another index to ask the same; may be given again.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE.svg", help="Write the confidence's reliability plot here.")
    ] = None,
    vectors: VectorsOption = DEFAULT_VECTORS,
    as_json: JsonOption = False,
) -> None:
    """Measure what a search finds, and whether its confidence can be relied on, with labelled questions."""
    if all_languages and articles_in is not None:
        raise refuse("give either --all-languages or --articles-in LOCALE")
    # Here and in the other commands: what one command needs, the others must not wait for.
    from knowledge_base.evaluation import evaluate
    from knowledge_base.reliability_plot import reliability_svg

    with told_in_one_line():
        asked = read_queries(queries)
        base = chosen(vectors).open(index)
        others = [(str(each), chosen(vectors).open(each)) for each in candidate or []]
        with progress_bar() as report:
            measured = evaluate(
                base,
                asked,
                compare=compare,
                all_languages=all_languages,
                articles_in=articles_in,
                across=across,
                precision=precision,
                folds=cross_validate or 0,
                candidates=others,
                progress=lambda done, total: report("ask", done, total),
            )
        if plot is not None:
            plot.parent.mkdir(parents=True, exist_ok=True)
            plot.write_text(reliability_svg(measured.answerability), encoding="utf-8")
        if as_json:
            write_json(measured.model_dump())
        else:
            _show(measured)


def _show(measured: Evaluation) -> None:
    console = Console()
    # Piped, it takes 80 columns for granted and cuts the names.
    console.width = max(console.width, 110)
    table = Table(Column("", no_wrap=True), "questions", "recall@1", "recall@5", "recall@10", "MRR", "nDCG@10")
    title = f"articles in {measured.articles_in} only" if measured.articles_in else "all"
    _row(table, title, measured.all)
    for name, retrieval in {**measured.by_locale, **measured.by_kind}.items():
        _row(table, name, retrieval)
    if measured.few_shared:
        _row(table, "few shared words", measured.few_shared)
    for each in measured.across:
        _row(table, f"other languages -> {each.articles_in}", each.all)
        for locale, retrieval in each.by_locale.items():
            _row(table, f"{locale} -> {each.articles_in}", retrieval)
    for rival in measured.rivals:
        _row(table, f"{rival.name} alone", rival.all)
        if rival.few_shared:
            _row(table, f"{rival.name} alone, few shared words", rival.few_shared)
    for other in measured.candidates:
        _row(table, other.index, other.all)
    console.print(table)
    for name, gains in [
        *((f"the whole against {rival.name} alone", rival.fusion_gains) for rival in measured.rivals),
        *((f"{other.index} against the index", other.gains) for other in measured.candidates),
    ]:
        console.print(
            f"{name}: recall@1 {gains.recall_at_1:+.3f} {_between(gains.recall_at_1_interval)}, "
            f"recall@5 {gains.recall_at_5:+.3f} {_between(gains.recall_at_5_interval)}",
            highlight=False,
        )
    _confidence(console, "confidence", measured.answerability)
    if measured.cross_validated:
        _confidence(console, "confidence, cross-validated on these labels", measured.cross_validated)
    for other in measured.candidates:
        _confidence(console, f"{other.index}: confidence", other.answerability)
    console.print(f"a search takes {measured.search_ms_p50:.1f} ms (p50), {measured.search_ms_p95:.1f} ms (p95)")


def _row(table: Table, name: str, found: Retrieval) -> None:
    numbers = (found.recall_at_1, found.recall_at_5, found.recall_at_10, found.mrr, found.ndcg_at_10)
    table.add_row(name, str(found.questions), *(number(each) for each in numbers))


def _confidence(console: Console, name: str, known: Answerability) -> None:
    said = [f"{name}: AUROC {number(known.auroc)}{_of(known.auroc_interval)}"]
    if known.calibration:
        said.append(f"calibration error {known.calibration.expected_error:.3f}, Brier {known.calibration.brier:.3f}")
    said.append(
        f"answered at >= {known.wanted_precision:.0%} precision@3: {number(known.answer_rate)}"
        f"{_of(known.answer_rate_interval)} of all questions"
    )
    console.print("; ".join(said), highlight=False)
    if known.answered is not None:
        console.print(
            f"  by its own threshold: {number(known.answered)} of all questions at precision@3 "
            f"{number(known.precision_at_3)}; {number(known.answerable_answered)} of {known.answerable} answerable, "
            f"{number(known.unanswerable_answered)} of {known.unanswerable} unanswerable",
            highlight=False,
        )


def _of(interval: Interval | None) -> str:
    return f" {_between(interval)}" if interval else ""


def _between(interval: Interval) -> str:
    return f"[{interval[0]:.3f}, {interval[1]:.3f}]"
