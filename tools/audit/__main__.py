"""`python -m tools.audit [--advisories PATH ...]`: exit 0 only where every pin was checked and nothing is unexplained."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from pathlib import Path

import httpx

from tools.audit import check, service
from tools.audit.advisories import Misunderstood, read_dump
from tools.audit.explained import BadExplanation, read_explanations
from tools.audit.pins import UnreadablePin, every_pin

ROOT = Path(__file__).resolve().parent.parent.parent
EXPLANATIONS = ROOT / "docs" / "security" / "advisories.yml"


def main(arguments: list[str] | None = None) -> int:
    """0 for a clean check, 1 for one that is not, 2 where it could not be made."""
    parser = argparse.ArgumentParser(prog="tools.audit", description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="the project")
    parser.add_argument("--explanations", type=Path, default=EXPLANATIONS)
    parser.add_argument(
        "--advisories",
        type=Path,
        nargs="+",
        help="OSV dumps: zip files or folders of JSON, one for PyPI and one for npm (docs/supply-chain.md); without, "
        "api.osv.dev is asked",
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="name every pin that was checked")
    given = parser.parse_args(arguments)
    now = dt.datetime.now(dt.UTC)
    try:
        pins = every_pin(given.root)
        explanations = read_explanations(given.explanations)
        if given.advisories:
            report = check.from_dump(pins, read_dump(given.advisories), explanations, now)
        else:
            # trust_env: a company's proxy is named in the environment.
            with httpx.Client(timeout=30.0, trust_env=bool(os.environ.get("HTTPS_PROXY"))) as http:
                report = check.from_service(pins, service.ask(http, pins), explanations, now)
    except (UnreadablePin, BadExplanation, Misunderstood, service.NoAnswer) as error:
        print(f"NOT CHECKED: {error}", file=sys.stderr)
        if isinstance(error, service.NoAnswer):
            print("Without network: make audit ADVISORIES='PyPI.zip npm.zip' (docs/supply-chain.md)", file=sys.stderr)
        return 2
    report.unexplained += check.stale(pins, explanations)
    show(report, given.verbose)
    return 0 if report.passed else 1


def show(report: check.Report, verbose: bool) -> None:
    for pin in report.pins if verbose else []:
        print(f"checked      {pin}")
    for title, lines in (
        ("explained", report.explained),
        ("NOT CHECKED", report.unchecked),
        ("UNEXPLAINED", report.unexplained),
    ):
        for line in lines:
            print(f"{title:<12} {line}")
    files = len({pin.file for pin in report.pins})
    print(
        f"{len(report.pins)} pins of {files} files: {len(report.explained)} advisories explained, "
        f"{len(report.unexplained)} not, {len(report.unchecked)} checks could not be made"
    )


if __name__ == "__main__":
    sys.exit(main())
