"""The check itself: every pin against every advisory about its package."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from tools.audit.advisories import Advisory, Dump, is_affected
from tools.audit.explained import Explanation, explanation_for
from tools.audit.pins import NPM, PYPI, Pin
from tools.audit.versions import Incomparable, rank

OLDEST = dt.timedelta(days=14)
# Far below what the registries' dumps held in 2025 (more than 15,000 and 20,000): a part of one must not pass for the whole.
FEWEST = {PYPI: 10_000, NPM: 10_000}


@dataclass
class Report:
    """`unchecked` and `unexplained` hold a sentence each and make the check fail; `explained` is for the reader."""

    pins: list[Pin]
    unchecked: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    explained: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return bool(self.pins) and not self.unchecked and not self.unexplained


def from_dump(
    pins: list[Pin],
    dump: Dump,
    explanations: list[Explanation],
    now: dt.datetime,
    fewest: dict[str, int] | None = None,
) -> Report:
    """Check against files. What they lack (freshness, size, an advisory that could not be read) counts as unchecked."""
    report = Report(pins)
    for ecosystem in sorted({pin.ecosystem for pin in pins}):
        count, wanted = dump.counted.get(ecosystem, 0), (fewest or FEWEST).get(ecosystem, 1)
        if count < wanted:
            report.unchecked.append(
                f"only {count} advisories of {ecosystem} were given, fewer than {wanted}: that is not all of them"
            )
        newest = dump.newest.get(ecosystem)
        if newest is not None and now - newest > OLDEST:
            report.unchecked.append(
                f"the newest advisory of {ecosystem} is of {newest:%Y-%m-%d}: fetch data of the last {OLDEST.days} days"
            )
        if newest is not None and newest - now > dt.timedelta(days=1):
            report.unchecked.append(f"an advisory of {ecosystem} is dated in the future: the data's age cannot be told")
    report.unchecked += [f"an advisory could not be read: {each}" for each in dump.unreadable]
    for pin in pins:
        _check(report, pin, dump.of(pin), explanations, now.date(), matching=True)
    return report


def from_service(
    pins: list[Pin], answers: dict[Pin, list[Advisory]], explanations: list[Explanation], now: dt.datetime
) -> Report:
    """Check by the service's answers, which name only what affects the version."""
    report = Report(pins)
    for pin in pins:
        if pin not in answers:
            report.unchecked.append(f"{pin}: the service said nothing about it")
            continue
        _check(report, pin, answers[pin], explanations, now.date(), matching=False)
    return report


def _check(
    report: Report,
    pin: Pin,
    advisories: list[Advisory],
    explanations: list[Explanation],
    today: dt.date,
    matching: bool,
) -> None:
    try:
        rank(pin.ecosystem, pin.version)
    except Incomparable as error:
        report.unchecked.append(f"{pin}: {error}")
        return
    hits: list[Advisory] = []
    for advisory in advisories:
        if advisory.withdrawn:
            continue
        try:
            about = [each for each in advisory.affected if (each.ecosystem, each.name) == (pin.ecosystem, pin.name)]
            if not matching or any([is_affected(each, pin.version) for each in about]):
                hits.append(advisory)
        except Incomparable as error:
            if explanation_for(explanations, pin.name, pin.version, advisory.names, today) is None:
                report.unchecked.append(f"{pin}: {advisory.id} cannot be compared: {error}")
    for group in _one_each(hits):
        names = frozenset(name for each in group for name in each.names)
        told = f"{pin}: {', '.join(sorted(names))}: {next((each.summary for each in group if each.summary), '')}"
        explanation = explanation_for(explanations, pin.name, pin.version, names, today)
        if explanation is None:
            report.unexplained.append(told)
        else:
            report.explained.append(f"{told} [{explanation.why}]")


def _one_each(advisories: list[Advisory]) -> list[list[Advisory]]:
    """Advisories that share a name are one: GHSA, PYSEC and CVE ids of one hole."""
    groups: list[tuple[set[str], list[Advisory]]] = []
    for advisory in advisories:
        names, members = set(advisory.names), [advisory]
        for group in [each for each in groups if each[0] & names]:
            names |= group[0]
            members = group[1] + members
            groups.remove(group)
        groups.append((names, members))
    return [members for _, members in groups]


def stale(pins: list[Pin], explanations: list[Explanation]) -> list[str]:
    """Explanations about a version that is pinned no more."""
    pinned = {(pin.name, pin.version) for pin in pins}
    return [
        f"{each.package} {each.version}: no longer pinned, take its explanation out"
        for each in explanations
        if (each.package, each.version) not in pinned
    ]
