"""Scripted conversations from the command line, against processes that stay up between two runs:

python -m tests.conversations.play --serve         starts them, and keeps them until Ctrl-C
python -m tests.conversations.play es-incident-03  plays scripts whose id begins so (none: all), with the same processes
... --show                                         prints each conversation, its `asks` and its ticket
... --accept                                       writes what was asked into the script: read it before you commit
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from tests.conversations.player import Played, Theatre, describe
from tests.conversations.scripts import FOLDER, Script, load_scripts
from tests.support.stack import KEPT, Stack

NOTE = KEPT / "conversations.json"


def serve() -> None:
    """Start the processes and note where they are, until interrupted or told to end."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = KEPT / "conversations"
    # Afresh: the index learns from what customers of the database said of its answers, and the next play would be answered
    # by what the last one taught.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    stack = Stack(folder)
    try:
        stack.start()
        NOTE.write_text(json.dumps({"folder": str(folder), "environment": stack.environment}))
        print(f"{stack.url} is ready; play scripts from another terminal")
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        pass
    finally:
        NOTE.unlink(missing_ok=True)
        stack.stop()


def running() -> Stack:
    """The processes that `--serve` keeps."""
    try:
        noted: dict[str, Any] = json.loads(NOTE.read_text())
    except FileNotFoundError:
        raise SystemExit("nothing runs: start `python -m tests.conversations.play --serve` first") from None
    return Stack(Path(noted["folder"]), noted["environment"])


def show(script: Script, played: Played) -> None:
    print("\n".join(played.transcript))
    print(yaml.safe_dump({"asks": list(played.asks)}, default_flow_style=True, width=1000).strip())
    if played.ticket is not None:
        print(yaml.safe_dump({"ticket": describe(played.ticket)}, allow_unicode=True, sort_keys=False))


def accept(script: Script, played: Played) -> None:
    """Write the observed sequence into the script's file, in its one line `asks: [...]`."""
    path = FOLDER / script.language / f"{script.theme}.yml"
    head, mark, rest = path.read_text(encoding="utf-8").partition(f"- id: {script.id}\n")
    line = f"    asks: [{', '.join(played.asks)}]\n"
    rest, found = re.subn(r"^    asks: \[.*\]\n", lambda _: line, rest, count=1, flags=re.MULTILINE)
    if not mark or not found:
        raise SystemExit(f"{script.file}: {script.id} has no line `    asks: [...]`")
    path.write_text(head + mark + rest, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ids", nargs="*", help="scripts whose id begins so")
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--accept", action="store_true")
    arguments = parser.parse_args()
    if arguments.serve:
        serve()
        return 0
    theatre = Theatre(running())
    failed = []
    begun = time.monotonic()
    scripts = [each for each in load_scripts() if not arguments.ids or each.id.startswith(tuple(arguments.ids))]
    for script in scripts:
        print(f"--- {script.id}: {script.title}", flush=True)
        try:
            played = theatre.play(script, any_sequence=arguments.accept)
        except AssertionError as failure:  # a ScriptFailed, or something that could not even be prepared
            print(failure)
            failed.append(script.id)
        else:
            if arguments.accept:
                accept(script, played)
            if arguments.show:
                show(script, played)
    print(f"{len(scripts) - len(failed)} of {len(scripts)} in {time.monotonic() - begun:.0f} s; failed: {failed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
