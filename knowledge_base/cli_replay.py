"""`copilot kb replay`: what a candidate index would change for questions that were asked before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from knowledge_base.cli_common import (
    DEFAULT_INDEX,
    DEFAULT_VECTORS,
    Customers,
    IndexOption,
    JsonOption,
    VectorsOption,
    chosen,
    progress_bar,
    refuse,
    told_in_one_line,
    write_json,
)
from knowledge_base.queries import LabelledQuery, read_queries

if TYPE_CHECKING:
    from knowledge_base.replay import Change, Replay, Side

LOST = 3
"""Exit code where too many questions lose their answer."""
_LISTED = 20


def register(app: typer.Typer, customers: Customers | None = None) -> None:
    """Adds the command to `copilot kb`; without `customers` questions come from a file only."""

    @app.command(name="replay")
    def replay_command(
        candidate: Annotated[Path, typer.Option("--candidate", help="Index that might be published.")],
        index: IndexOption = DEFAULT_INDEX,
        queries: Annotated[Path | None, typer.Option("--queries", help="Questions, one JSON object a line.")] = None,
        from_conversations: Annotated[
            int | None,
            typer.Option("--from-conversations", metavar="N", min=1, help="The newest N that customers asked."),
        ] = None,
        fail_if_lost: Annotated[
            int | None,
            typer.Option(
                "--fail-if-lost", metavar="N", min=1, help=f"Exit code {LOST} where N or more lose their answer."
            ),
        ] = None,
        vectors: VectorsOption = DEFAULT_VECTORS,
        as_json: JsonOption = False,
    ) -> None:
        """Ask past questions of the index in use and of a candidate, and show what would change."""
        if queries is None and from_conversations is None:
            raise refuse("give --queries FILE, --from-conversations N, or both")
        from knowledge_base.replay import past_questions, replay

        with told_in_one_line():
            asked: list[LabelledQuery] = read_queries(queries) if queries else []
            if from_conversations is not None:
                if customers is None:
                    raise refuse("--from-conversations needs the copilot's database: use the `copilot` command")
                asked += customers.asked(from_conversations)
            if not asked:
                raise refuse("no customer has asked anything yet: give --queries FILE")
            current, other = (chosen(vectors).open(each) for each in (index, candidate))
            with progress_bar() as report:
                found = replay(
                    current, other, past_questions(asked), progress=lambda done, total: report("ask", done, total)
                )
        if as_json:
            write_json(found.model_dump(mode="json"))
        else:
            _show(found)
        if fail_if_lost is not None and found.no_longer_answered >= fail_if_lost:
            raise typer.Exit(LOST)


def _show(found: Replay) -> None:
    console = Console(highlight=False, soft_wrap=True)

    def say(text: str) -> None:
        # Questions and titles are anybody's text: no markup in them is meant.
        console.print(text, markup=False)

    say(
        f"{found.questions} questions (asked {found.asked} times): {found.answered_before} answered before, "
        f"{found.answered_after} after"
    )
    say(
        f"  newly answered {found.newly_answered}, no longer answered {found.no_longer_answered}, another first article "
        f"{found.other_first}, another second or third {found.other_three}, unchanged {found.unchanged}"
    )
    if found.right_before is not None:
        say(f"  a right article among the first three: {found.right_before} before, {found.right_after} after")
    for title, moved in (("appear", found.appeared), ("disappear", found.disappeared)):
        if moved:
            say(f"\nArticles that {title} in the first three:")
            for each in moved[:_LISTED]:
                say(f"  {each.questions:>4}  {each.title}  ({each.locale}/{each.article_id})")
            _rest(say, len(moved))
    if found.changes:
        say("\nQuestions that would be answered differently:")
    for change in found.changes[:_LISTED]:
        say(f"  {', '.join(kind.replace('_', ' ') for kind in change.kinds)}: {_asked(change)}")
        say(f"    before  {_said(change.before)}")
        say(f"    after   {_said(change.after)}")
    _rest(say, len(found.changes))


def _rest(say: Callable[[str], None], number: int) -> None:
    if number > _LISTED:
        say(f"  ... and {number - _LISTED} more (--json has all of them)")


def _asked(change: Change) -> str:
    times = f"  (asked {change.times} times)" if change.times > 1 else ""
    return f"[{change.locale}] {' '.join(change.query.split())}{times}"


def _said(side: Side) -> str:
    titles = " | ".join(each.title for each in side.articles) or "nothing"
    return f"{side.decision} ({side.confidence:.2f}): {titles}"
