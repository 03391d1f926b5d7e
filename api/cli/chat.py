"""`copilot chat`: the whole conversation in a terminal, through the same HTTP contract as the widget."""

from __future__ import annotations

import sys
import uuid
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console

from api.settings import load_settings

app = typer.Typer(add_completion=False)

QUIT = {"/quit", "/exit", "/q"}


class ChatClient:
    """A conversation over HTTP. Raises `httpx.HTTPError` when the server cannot be reached."""

    def __init__(self, url: str, language: str | None, identity: str | None) -> None:
        self._http = httpx.Client(base_url=url, timeout=90.0, trust_env=False)
        body: dict[str, Any] = {"channel": "widget"}
        if language:
            body["language"] = language
        if identity:
            body["identity"] = identity
        answer = self._http.post("/chat/conversations", json=body)
        answer.raise_for_status()
        self.conversation = answer.json()
        self._headers = {"Authorization": f"Bearer {self.conversation['token']}"}

    @property
    def _path(self) -> str:
        return f"/chat/conversations/{self.conversation['id']}"

    def send(self, **content: Any) -> dict[str, Any]:
        """Send `text=` or `choice_id=`; the turn's outcome, or `{"error": {...}}`."""
        body = {"client_message_id": uuid.uuid4().hex, **content}
        answer = self._http.post(f"{self._path}/messages", json=body, headers=self._headers)
        result: dict[str, Any] = answer.json()
        return result

    def attach(self, path: Path) -> dict[str, Any]:
        """Upload a file; its record, or `{"error": {...}}`."""
        with path.open("rb") as file:
            answer = self._http.post(
                f"{self._path}/attachments", files={"file": (path.name, file)}, headers=self._headers
            )
        result: dict[str, Any] = answer.json()
        return result


@app.command()
def chat(
    language: Annotated[str | None, typer.Option(help="Language to propose: es, en or pt.")] = None,
    url: Annotated[str, typer.Option(help="Address of the api. Default: the one in the settings.")] = "",
    identity: Annotated[str | None, typer.Option(help="A host application's signed token.")] = None,
) -> None:
    """Talk to the copilot. Type a number to choose, `/attach FILE` to give a file, `/quit` to leave."""
    console = Console()
    try:
        client = ChatClient(url or load_settings().public_url, language, identity)
    except httpx.HTTPError as error:
        sys.stderr.write(f"no copilot answers there ({type(error).__name__}): start it with `make up`, or give --url\n")
        raise typer.Exit(1) from error
    choices = show(console, client.conversation["messages"])
    while True:
        try:
            line = console.input("[bold cyan]> [/bold cyan]").strip()
        except (EOFError, KeyboardInterrupt):
            break
        if line in QUIT:
            break
        if not line:
            continue
        if line.startswith("/attach "):
            outcome = client.attach(Path(line.removeprefix("/attach ").strip()).expanduser())
            console.print(f"[dim]{outcome.get('name') or outcome['error']['message']}[/dim]", highlight=False)
            continue
        number = int(line) if line.isdecimal() and len(line) < 4 else 0
        chosen = choices[number - 1]["id"] if 0 < number <= len(choices) else None
        outcome = client.send(choice_id=chosen) if chosen else client.send(text=line)
        if "error" in outcome:
            console.print(f"[red]{outcome['error']['message']}[/red]", highlight=False)
            continue
        choices = show(console, outcome["messages"]) or choices


def show(console: Console, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Print messages; the choices of the last one that has any."""
    choices: list[dict[str, Any]] = []
    for message in messages:
        console.print(message["text"], markup=False, highlight=False)
        for passage in (message["answer"] or {}).get("passages", []):
            console.print(f"  {passage['title']} > {passage['heading']}", style="bold", markup=False, highlight=False)
            console.print(f"  {passage['snippet']}", markup=False, highlight=False)
            console.print(f"  {passage['url']}", style="dim", markup=False, highlight=False)
        if message["choices"]:
            choices = message["choices"]
            for number, choice in enumerate(choices, 1):
                console.print(f"  {number}. {choice['label']}", markup=False, highlight=False)
    return choices
