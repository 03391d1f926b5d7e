"""docs/benchmarks.md from the newest result of each part."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tools.bench.alerts import AlertsMeasured
from tools.bench.alerts_page import alerts_section
from tools.bench.burst import BurstMeasured
from tools.bench.conversations import ConversationsMeasured
from tools.bench.conversations_page import conversations_section
from tools.bench.encoder import EncoderMeasured
from tools.bench.encoder_page import encoder_section
from tools.bench.files import FilesMeasured
from tools.bench.files_page import files_section
from tools.bench.gaps import GapsMeasured
from tools.bench.gaps_page import gaps_section
from tools.bench.leads import LeadsMeasured
from tools.bench.leads_page import leads_section
from tools.bench.live import LiveMeasured
from tools.bench.live_page import live_section
from tools.bench.machine import ROOT, Machine
from tools.bench.results import KEPT, Result, newest
from tools.bench.retrieval import RetrievalMeasured
from tools.bench.retrieval_page import retrieval_section
from tools.bench.rivals import RivalsMeasured
from tools.bench.rivals_page import rivals_section
from tools.bench.start import StartMeasured
from tools.bench.start_page import start_section
from tools.bench.tables import prose, verdict
from tools.bench.tickets import TicketsMeasured
from tools.bench.tickets_page import tickets_section
from tools.bench.turns import TurnsMeasured
from tools.bench.turns_page import burst_section, turns_section
from tools.bench.vectors import VectorsMeasured
from tools.bench.vectors_page import vectors_section
from tools.bench.widget import WidgetMeasured
from tools.bench.widget_page import widget_section

PAGE = ROOT / "docs" / "benchmarks.md"


@dataclass(frozen=True)
class Results:
    """The newest result of each part; None for one that was never measured here."""

    turns: Result[TurnsMeasured] | None = None
    burst: Result[BurstMeasured] | None = None
    start: Result[StartMeasured] | None = None
    retrieval: Result[RetrievalMeasured] | None = None
    rivals: Result[RivalsMeasured] | None = None
    vectors: Result[VectorsMeasured] | None = None
    encoder: Result[EncoderMeasured] | None = None
    conversations: Result[ConversationsMeasured] | None = None
    alerts: Result[AlertsMeasured] | None = None
    live: Result[LiveMeasured] | None = None
    tickets: Result[TicketsMeasured] | None = None
    files: Result[FilesMeasured] | None = None
    widget: Result[WidgetMeasured] | None = None
    leads: Result[LeadsMeasured] | None = None
    gaps: Result[GapsMeasured] | None = None


def newest_results(folder: Path = KEPT) -> Results:
    return Results(
        turns=newest("turns", Result[TurnsMeasured], folder),
        burst=newest("burst", Result[BurstMeasured], folder),
        start=newest("start", Result[StartMeasured], folder),
        retrieval=newest("retrieval", Result[RetrievalMeasured], folder),
        rivals=newest("rivals", Result[RivalsMeasured], folder),
        vectors=newest("vectors", Result[VectorsMeasured], folder),
        encoder=newest("encoder", Result[EncoderMeasured], folder),
        conversations=newest("conversations", Result[ConversationsMeasured], folder),
        alerts=newest("alerts", Result[AlertsMeasured], folder),
        live=newest("live", Result[LiveMeasured], folder),
        tickets=newest("tickets", Result[TicketsMeasured], folder),
        files=newest("files", Result[FilesMeasured], folder),
        widget=newest("widget", Result[WidgetMeasured], folder),
        leads=newest("leads", Result[LeadsMeasured], folder),
        gaps=newest("gaps", Result[GapsMeasured], folder),
    )


def render(results: Results, before: str = "") -> str:
    """The page. What has no result here stays as the page `before` has it, or is named as not measured."""
    lines = [
        "# Benchmarks",
        "",
        prose("""Written by `make bench`; do not edit. `python -m tools.bench turns` (or `burst`, `start`, `retrieval`,
        `rivals`, `vectors`, `encoder`, `conversations`, `alerts`, `live`, `files`, `tickets`, `leads`, `gaps`,
        `widget`) measures
        one part again."""),
        "",
    ]
    parts = (
        results.turns,
        results.burst,
        results.start,
        results.retrieval,
        results.rivals,
        results.vectors,
        results.encoder,
        results.conversations,
        results.alerts,
        results.live,
        results.tickets,
        results.files,
        results.widget,
        results.leads,
        results.gaps,
    )
    found = [each for each in parts if each is not None]
    if found:
        lines += _machine(max((each.machine for each in found), key=lambda machine: machine.at))
    sections = (
        ("A search turn beside an action turn of stock Rasa", turns_section(results.turns) if results.turns else None),
        ("Turns at once", burst_section(results.burst) if results.burst else None),
        ("Start-up and memory", start_section(results.start) if results.start else None),
        ("Retrieval", retrieval_section(results.retrieval) if results.retrieval else None),
        ("Search beside what else there is", rivals_section(results.rivals) if results.rivals else None),
        ("Vectors", vectors_section(results.vectors) if results.vectors else None),
        ("Encoder", encoder_section(results.encoder) if results.encoder else None),
        (
            "Messages to a ticket when nothing helps",
            conversations_section(results.conversations) if results.conversations else None,
        ),
        ("From the confirmed outage to the alert", alerts_section(results.alerts) if results.alerts else None),
        ("From an agent's reply to the customer's screen", live_section(results.live) if results.live else None),
        ("Many tickets", tickets_section(results.tickets) if results.tickets else None),
        ("The figures at size", leads_section(results.leads) if results.leads else None),
        ("Content gaps", gaps_section(results.gaps) if results.gaps else None),
        ("Taking a file", files_section(results.files) if results.files else None),
        ("The widget in a page", widget_section(results.widget) if results.widget else None),
    )
    body: list[str] = []
    for title, section in sections:
        body += section or _kept(title, before) or [f"## {title}", "", "Not measured yet.", ""]
    return "\n".join([*lines, *_missed(body), *body]).rstrip() + "\n"


def _kept(title: str, page: str) -> list[str]:
    """The lines of that section, which may say a number before its title; none where the page has no such section."""
    for section in page.split("\n## ")[1:]:
        if section.split("\n", 1)[0].lower().endswith(title.lower()):
            return [*f"## {section}".rstrip().split("\n"), ""]
    return []


def _missed(body: list[str]) -> list[str]:
    """What a hurried reader must not overlook: the rows whose target was missed, with their section."""
    found, section = [], ""
    for line in body:
        if line.startswith("#"):
            section = line.lstrip("# ")
        elif line.endswith(f"| {verdict(False)} |"):
            what, value, target, _ = (cell.strip() for cell in line.strip("|").split("|"))
            found.append(f"- {section}: {what} is {value}, the target {target}.")
    if not found:
        return ["No target that was measured was missed.", ""]
    return ["Targets that were missed:", "", *found, ""]


def _machine(machine: Machine) -> list[str]:
    return [
        prose(f"""Machine: {machine.cpu}, {machine.cores} cores, {machine.memory_gib:.0f} GiB of memory, {machine.system};
        Python {machine.python} (api, actions) and {machine.rasa_python} (Rasa 3.6.21). Everything, the driver included,
        shares it."""),
        "",
    ]
