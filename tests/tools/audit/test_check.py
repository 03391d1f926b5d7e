"""The check passes only where every pin was checked and every finding is explained."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.tools.audit.made import NOW, advisory, events
from tools.audit import __main__ as audit
from tools.audit import service
from tools.audit.advisories import Dump, parse, read_dump
from tools.audit.check import Report, from_dump, from_service, stale
from tools.audit.explained import BadExplanation, Explanation, read_explanations
from tools.audit.pins import NPM, PYPI, Pin, every_pin

ROOT = Path(__file__).resolve().parents[3]
PIN = Pin(PYPI, "some", "1.5", "main.txt", 1)
FEW = {PYPI: 1, NPM: 1}


def explained(**fields: Any) -> Explanation:
    given = {
        "package": "some",
        "version": "1.5",
        "ids": ["CVE-2000-1"],
        "reachable": "no",
        "why": "nothing here calls the broken function",
        "looked_at": "2026-02-01",
        "until": "2026-07-01",
    }
    return Explanation.model_validate(given | fields)


def dump_of(folder: Path, *advisories: dict[str, Any]) -> Dump:
    for number, each in enumerate(advisories):
        (folder / f"{number}.json").write_text(json.dumps(each))
    return read_dump([folder])


def checked(folder: Path, *advisories: dict[str, Any], pin: Pin = PIN, why: tuple[Explanation, ...] = ()) -> Report:
    return from_dump([pin], dump_of(folder, *advisories), list(why), NOW, FEW)


def test_an_affected_pin_fails_the_check(tmp_path: Path) -> None:
    report = checked(tmp_path, advisory())
    assert not report.passed
    assert len(report.unexplained) == 1
    assert "some 1.5 (main.txt): TEST-1: bad" in report.unexplained[0]


def test_a_pin_that_no_advisory_is_about_passes(tmp_path: Path) -> None:
    assert checked(tmp_path, advisory(ranges=[events(introduced="2.0")])).passed
    assert checked(tmp_path, advisory(name="another")).passed


def test_the_same_name_in_another_registry_is_another_package(tmp_path: Path) -> None:
    npm = advisory(ecosystem="npm", ranges=[events(introduced="0")])
    assert checked(tmp_path, npm, {**advisory(name="x"), "id": "T2"}).passed


def test_withdrawn_advisories_do_not_count(tmp_path: Path) -> None:
    assert checked(tmp_path, advisory(withdrawn="2026-01-01T00:00:00Z")).passed


def test_one_hole_under_three_names_is_one_finding_and_explained_by_any_of_them(tmp_path: Path) -> None:
    names = [
        {**advisory(), "id": "GHSA-1", "aliases": ["CVE-2000-1"]},
        {**advisory(), "id": "PYSEC-1", "aliases": ["CVE-2000-1"]},
        {**advisory(), "id": "CVE-2000-1"},
    ]
    assert len(checked(tmp_path, *names).unexplained) == 1
    report = checked(tmp_path, *names, why=(explained(ids=["PYSEC-1"]),))
    assert report.passed
    assert len(report.explained) == 1


@pytest.mark.parametrize(
    "other", [{"package": "another"}, {"version": "1.4"}, {"ids": ["CVE-2000-2"]}, {"until": "2026-02-28"}]
)
def test_an_explanation_of_something_else_or_of_old_explains_nothing(tmp_path: Path, other: dict[str, Any]) -> None:
    report = checked(tmp_path, advisory(aliases=["CVE-2000-1"]), why=(explained(**other),))
    assert len(report.unexplained) == 1


def test_what_could_not_be_compared_fails_the_check(tmp_path: Path) -> None:
    report = checked(tmp_path, advisory(ranges=[events(introduced="0", fixed="soon")]))
    assert not report.passed
    assert "TEST-1 cannot be compared" in report.unchecked[0]
    report = checked(tmp_path, advisory(), pin=Pin(PYPI, "any", "from a branch", "main.txt", 1))
    assert "no PEP 440 version" in report.unchecked[0]


def test_old_data_future_data_and_too_little_data_fail_the_check(tmp_path: Path) -> None:
    def unchecked(modified: str, fewest: int = 1) -> str:
        dump = dump_of(tmp_path, {**advisory(name="another"), "modified": modified})
        return " ".join(from_dump([PIN], dump, [], NOW, {PYPI: fewest}).unchecked)

    assert unchecked("2026-02-16T00:00:00Z") == ""
    assert "fetch data of the last 14 days" in unchecked("2026-02-14T00:00:00Z")
    assert "in the future" in unchecked("2026-03-09T00:00:00Z")
    assert "only 1 advisories of PyPI" in unchecked("2026-02-28T00:00:00Z", fewest=2)


def test_every_registry_that_is_pinned_must_be_in_the_data(tmp_path: Path) -> None:
    report = checked(tmp_path, advisory(name="another"), pin=Pin(NPM, "typescript", "7.0.2", "package-lock.json", 1))
    assert "only 0 advisories of npm" in report.unchecked[0]


def test_one_unreadable_advisory_fails_the_check(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{")
    assert "x.json" in checked(tmp_path, advisory(name="another")).unchecked[0]


def test_nothing_to_check_is_no_success() -> None:
    assert not Report([]).passed


class Osv:
    """The service with these answers; `pages` splits each answer into one advisory a page."""

    def __init__(self, known: dict[str, list[str]], pages: bool = False) -> None:
        self.known = {"jinja2": ["GHSA-canary"], **known}
        self.pages = pages
        self.asked: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={**advisory(), "id": request.url.path.rpartition("/")[2]})
        queries = json.loads(request.content)["queries"]
        self.asked += queries
        return httpx.Response(200, json={"results": [self._answer(query) for query in queries]})

    def _answer(self, query: dict[str, Any]) -> dict[str, Any]:
        ids = self.known.get(query["package"]["name"], [])
        if not ids:
            return {}
        if not self.pages:
            return {"vulns": [{"id": each} for each in ids]}
        page = int(query.get("page_token", 0))
        more = {"next_page_token": str(page + 1)} if page + 1 < len(ids) else {}
        return {"vulns": [{"id": ids[page]}], **more}


def asked(answer: Any, *pins: Pin) -> dict[Pin, Any]:
    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        return service.ask(http, list(pins))


def test_the_service_is_asked_about_every_pin_and_its_pages_are_followed() -> None:
    other, torch = Pin(NPM, "other", "1.0.0", "l", 1), Pin(PYPI, "torch", "2.13.0+cpu", "t", 1)
    osv = Osv({"some": ["A-1", "A-2", "A-3"]}, pages=True)
    answers = asked(osv, PIN, other, torch)
    assert {pin.name: [each.id for each in found] for pin, found in answers.items()} == {
        "some": ["A-1", "A-2", "A-3"],
        "other": [],
        "torch": [],
    }
    assert {query["version"] for query in osv.asked} == {"1.5", "1.0.0", "2.13.0", service.CANARY.version}
    report = from_service([PIN, other, torch], answers, [], NOW)
    assert len(report.unexplained) == 3
    assert from_service([PIN], {}, [], NOW).unchecked


def endless(request: httpx.Request) -> httpx.Response:
    """There is always one page more."""
    result = {"vulns": [{"id": "A"}], "next_page_token": "again"}
    return httpx.Response(200, json={"results": [result] * len(json.loads(request.content)["queries"])})


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: httpx.Response(200, json={"results": []}),
        lambda _: httpx.Response(200, json={"results": [{}, {}]}),
        lambda _: httpx.Response(200, json={"results": [None, None]}),
        lambda _: httpx.Response(200, json={"results": [{"vulns": [7]}, {}]}),
        lambda _: httpx.Response(200, json={"results": [{"vulns": [{"id": "../x"}]}, {"vulns": [{"id": "../x"}]}]}),
        lambda _: httpx.Response(200, json=[]),
        lambda _: httpx.Response(200, json={}),
        lambda _: httpx.Response(200, text="<html>sign in to the network</html>"),
        lambda _: httpx.Response(503, json={"results": [{}, {}]}),
        endless,
    ],
)
def test_an_answer_that_is_none_is_told_from_a_clean_one(answer: Any) -> None:
    with pytest.raises(service.NoAnswer):
        asked(answer, PIN)


def test_a_service_that_cannot_be_reached_fails_the_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def gone(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route", request=request)

    client = httpx.Client
    monkeypatch.setattr(httpx, "Client", lambda **_: client(transport=httpx.MockTransport(gone)))
    assert audit.main([]) == 2
    assert "NOT CHECKED" in capsys.readouterr().err


def test_the_command_names_every_pin_and_ends_with_the_verdict(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(advisory()))
    command = [sys.executable, "-m", "tools.audit", "-v", "--advisories", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    named = {line.removeprefix("checked").strip() for line in done.stdout.splitlines() if line.startswith("checked")}
    assert named == {str(pin) for pin in every_pin(ROOT)}
    assert "checks could not be made" in done.stdout


def test_our_explanations_are_whole_about_what_is_pinned_and_in_the_docs() -> None:
    ours = read_explanations(audit.EXPLANATIONS)
    assert stale(every_pin(ROOT), ours) == []
    page = (ROOT / "docs" / "supply-chain.md").read_text(encoding="utf-8")
    assert [name for each in ours for name in each.ids if name.startswith("CVE-") and name not in page] == []
    assert [each.package for each in ours if f"| {each.package} {each.version} |" not in page] == []


def test_an_explanation_of_a_version_that_is_no_longer_pinned_is_told() -> None:
    assert stale([PIN], [explained()]) == []
    assert "no longer pinned" in stale([PIN], [explained(version="1.4")])[0]


@pytest.mark.parametrize(
    "change",
    [
        {"until": "2027-02-01"},
        {"reachable": "yes", "until": "2026-05-01"},
        {"reachable": "maybe"},
        {"why": "trust me"},
        {"ids": []},
        {"note": "another key"},
        {"until": None},
    ],
)
def test_a_bad_explanation_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    entry = explained().model_dump(mode="json") | change
    (tmp_path / "advisories.yml").write_text(json.dumps([entry]))
    with pytest.raises(BadExplanation):
        read_explanations(tmp_path / "advisories.yml")


def test_an_advisory_of_today_is_fresh() -> None:
    assert parse(advisory()).modified == NOW - dt.timedelta(days=1)
