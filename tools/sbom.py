"""What both environments hold, as CycloneDX 1.6: `python -m tools.sbom [--to FOLDER]`, run by `make sbom`.

Read from what is installed (licences, dependencies) and from the pins (hashes); the two must agree. The same environment
gives the same bytes, so that two SBOMs can be compared.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import re
import sys
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.markers import default_environment
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
# Any of these words alone; LGPL is another licence, and its packages are used unchanged, as libraries.
GPL = re.compile(r"(?<![A-Za-z])A?GPL|Affero|GNU General Public", re.IGNORECASE)


class DoesNotAgree(Exception):
    """The environment holds something else than is pinned."""


@dataclass(frozen=True)
class Package:
    """An installed package. `licences` is an SPDX expression alone, or names as its metadata has them."""

    name: str
    version: str
    hashes: tuple[str, ...]
    expression: str | None
    licences: tuple[str, ...]
    requires: tuple[str, ...]

    @property
    def purl(self) -> str:
        return f"pkg:pypi/{self.name}@{self.version.replace('+', '%2B')}"

    @property
    def is_gpl(self) -> bool:
        """Whether every licence that may be chosen is the GPL or the AGPL."""
        choices = re.split(r"\bOR\b", self.expression) if self.expression else [" ".join(self.licences)]
        return all(GPL.search(choice) for choice in choices)


def pinned(files: Iterable[Path], environment: dict[str, str]) -> dict[tuple[str, str], tuple[str, ...]]:
    """(name, version) -> hashes, of the pins that are for this platform."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for file in files:
        for line in file.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            requirement = Requirement(line.partition("--hash")[0].strip())
            if requirement.marker is None or requirement.marker.evaluate(environment):
                version = str(requirement.specifier).removeprefix("==")
                found[canonicalize_name(requirement.name), version] = tuple(re.findall(r"sha256:([0-9a-f]{64})", line))
    return found


def packages(site_packages: Path, files: Iterable[Path], python: str, optional: Iterable[Path] = ()) -> list[Package]:
    """What is installed there of these pins, by name. Raises DoesNotAgree where a pin of `files` is not there at its version;
    those of `optional` may be missing (torch has two builds). `python` is that environment's version, as 3.10."""
    environment = {name: str(value) for name, value in default_environment().items()}
    environment |= {"python_version": python, "python_full_version": f"{python}.0"}
    must, may = pinned(files, environment), pinned(optional, environment)
    found: dict[str, Package] = {}
    for distribution in importlib.metadata.distributions(path=[str(site_packages)]):
        name = canonicalize_name(distribution.metadata["Name"])
        hashes = must.get((name, distribution.version)) or may.get((name, distribution.version))
        if hashes:
            found[name] = _package(name, distribution, hashes, environment)
    if missing := sorted(f"{name} {version}" for name, version in must if name not in found):
        raise DoesNotAgree(f"{site_packages} lacks {', '.join(missing[:5])}: run `make setup-dev`")
    return [found[name] for name in sorted(found)]


def _package(
    name: str, distribution: importlib.metadata.Distribution, hashes: tuple[str, ...], environment: dict[str, str]
) -> Package:
    metadata = distribution.metadata
    classified = [each.rpartition(" :: ")[2] for each in metadata.get_all("Classifier") or [] if "License ::" in each]
    named = [line.strip() for line in (metadata.get_all("License") or [""])[0].splitlines()[:1] if line.strip()]
    return Package(
        name,
        distribution.version,
        tuple(sorted(hashes)),
        (metadata.get_all("License-Expression") or [None])[0],
        tuple(dict.fromkeys([*named, *classified])),
        tuple(sorted(set(_required(distribution.requires or [], environment)))),
    )


def _required(lines: Iterable[str], environment: dict[str, str]) -> Iterable[str]:
    for line in lines:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue  # of a package older than PEP 508; whatever it names is listed all the same
        if requirement.marker is None or requirement.marker.evaluate({**environment, "extra": ""}):
            yield canonicalize_name(requirement.name)


def bom(name: str, version: str, found: list[Package]) -> dict[str, Any]:
    """The CycloneDX document of an environment that is called `name`."""
    by_name = {each.name: each for each in found}
    root = f"pkg:generic/{name}@{version}"
    needed = {required for each in found for required in each.requires}
    dependencies = [
        {
            "ref": each.purl,
            "dependsOn": [by_name[other].purl for other in each.requires if other in by_name and other != each.name],
        }
        for each in found
    ]
    document: dict[str, Any] = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "bom-ref": root, "name": name, "version": version, "purl": root}
        },
        "components": [_component(each) for each in found],
        "dependencies": [
            # What nothing else asks for is asked for by the product itself.
            {"ref": root, "dependsOn": [each.purl for each in found if each.name not in needed]},
            *dependencies,
        ],
    }
    document["serialNumber"] = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(document, sort_keys=True)).urn
    return document


def _component(package: Package) -> dict[str, Any]:
    if package.expression:
        licences: list[dict[str, Any]] = [{"expression": package.expression}]
    else:
        licences = [{"license": {"name": each[:200]}} for each in package.licences or ("not declared",)]
    return {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "hashes": [{"alg": "SHA-256", "content": each} for each in package.hashes],
        "licenses": licences,
    }


def main_packages() -> list[Package]:
    """Those of the environment of api, actions and knowledge base, without what only tests need."""
    folder = ROOT / "requirements"
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    site = ROOT / ".venv" / "lib" / f"python{python}" / "site-packages"
    return packages(site, [folder / "main.txt"], python, [folder / "torch.txt", folder / "torch-cpu.txt"])


def rasa_packages(platform: str) -> list[Package]:
    """Those of Rasa's environment; `platform` as in requirements/rasa-<platform>.txt."""
    site = ROOT / ".venv-rasa" / "lib" / "python3.10" / "site-packages"
    return packages(site, [ROOT / "requirements" / f"rasa-{platform}.txt"], "3.10")


def this_platform() -> str:
    """The name of Rasa's requirements file for this machine."""
    from tools.bootstrap import rasa_requirements

    return rasa_requirements().stem.removeprefix("rasa-")


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools.sbom", description=__doc__)
    parser.add_argument("--to", type=Path, default=ROOT / "var" / "sbom")
    folder: Path = parser.parse_args().to
    version = importlib.metadata.version("support-copilot")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for name, found in (("main", main_packages()), ("rasa", rasa_packages(this_platform()))):
            file = folder / f"{name}.cdx.json"
            file.write_text(
                json.dumps(bom(f"support-copilot-{name}", version, found), indent=2) + "\n", encoding="utf-8"
            )
            print(f"{file}: {len(found)} packages")
    except DoesNotAgree as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
