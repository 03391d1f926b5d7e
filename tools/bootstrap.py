"""Make the environments of the project: `python3 tools/bootstrap.py [--dev]`. Standard library only.

  .venv        Python >= 3.11: api, actions, knowledge base (with --dev: what tests and checks need, too)
  .venv-rasa   Python 3.10: Rasa 3.6.21
  .venv-tools  uv, which installs the other two five times faster than pip and brings interpreters that are missing

Each environment carries a stamp of what it was made from; a second run does nothing. Everything is installed from pinned
versions with hashes, without resolving.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
MAIN, RASA, TOOLS = ROOT / ".venv", ROOT / ".venv-rasa", ROOT / ".venv-tools"
MAIN_VERSIONS = ("3.11", "3.12", "3.13")
RASA_VERSION = "3.10"


class BootstrapError(Exception):
    """What is missing, and the line to type."""


def say(text: str) -> None:
    sys.stderr.write(f"[setup] {text}\n")
    sys.stderr.flush()


# Trust what the system trusts, as pip does: a company's proxy has a certificate of its own.
os.environ.setdefault("UV_SYSTEM_CERTS", "1")


def run(*command: str | Path, quiet: bool = False) -> bool:
    """Run a command from the project's root; its output is shown only when it fails (never when `quiet`)."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0 and not quiet:
        sys.stderr.write(done.stdout + done.stderr)
    return done.returncode == 0


def must(what: str, *command: str | Path) -> None:
    say(what)
    if not run(*command):
        raise BootstrapError(f"failed: {what}. The lines above say why; run the same command again once it is mended")


def python_in(environment: Path) -> Path:
    return environment / "bin" / "python"


def interpreter(*versions: str) -> Path | None:
    """A working interpreter of one of these versions. A pyenv shim that leads nowhere does not count."""
    for version in versions:
        for name in (f"python{version}", "python3", "python"):
            found = shutil.which(name)
            if not found:
                continue
            code = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2], sys.executable)"
            done = subprocess.run([found, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
            if done.returncode == 0 and done.stdout.split()[0] == version:
                return Path(done.stdout.split()[1])
    return None


def stamp_of(*parts: Path | str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.read_bytes() if isinstance(part, Path) else part.encode())
    return digest.hexdigest()


def up_to_date(environment: Path, stamp: str) -> bool:
    file = environment / ".made-from"
    return python_in(environment).exists() and file.exists() and file.read_text() == stamp


def finish(environment: Path, stamp: str) -> None:
    (environment / ".made-from").write_text(stamp)


def make_tools() -> Path:
    stamp = stamp_of(REQUIREMENTS / "uv.txt")
    uv = TOOLS / "bin" / "uv"
    if up_to_date(TOOLS, stamp) and uv.exists():
        return uv
    if not run(sys.executable, "-m", "venv", "--clear", TOOLS):
        raise BootstrapError(
            "this Python cannot make virtual environments. On Debian and Ubuntu: sudo apt-get install python3-venv make"
        )
    must(
        "install uv", python_in(TOOLS), "-m", "pip", "install", "-q", "--require-hashes", "-r", REQUIREMENTS / "uv.txt"
    )
    finish(TOOLS, stamp)
    return uv


def make_environment(uv: Path, environment: Path, *versions: str) -> None:
    shutil.rmtree(environment, ignore_errors=True)
    found = interpreter(*versions)
    if found:
        must(f"make {environment.name} with {found}", uv, "venv", "-q", "--seed", "--python", found, environment)
        return
    say(f"no Python {' or '.join(versions)} here: uv brings {versions[0]}")
    if not run(uv, "venv", "-q", "--seed", "--python", versions[0], environment):
        raise BootstrapError(
            f"no Python {versions[0]} was found and it could not be downloaded. Install it (for instance with pyenv:"
            f" pyenv install {versions[0]}; on Debian and Ubuntu: sudo apt-get install python{versions[0]}-venv)"
        )


def install_torch(uv: Path) -> None:
    """The CPU build first: the plain Linux wheel brings 2.7 GB of CUDA packages that nothing here uses."""
    say("install torch (CPU)")
    pip = (python_in(MAIN), "-m", "pip", "install", "-q", "--no-deps")
    if run(*pip, "--require-hashes", "-r", REQUIREMENTS / "torch-cpu.txt", quiet=True):
        return
    version = "torch==2.13.0"
    if run(
        uv, "pip", "install", "-q", "--python", python_in(MAIN), "--no-deps", "--torch-backend=cpu", version, quiet=True
    ):
        return
    must(
        "install torch (plain build with its companions, a large download)",
        uv, "pip", "install", "-q", "--python", python_in(MAIN), "--require-hashes", "--no-deps",
        "-r", REQUIREMENTS / "torch.txt",
    )  # fmt: skip


def make_main(uv: Path, dev: bool) -> None:
    requirements = REQUIREMENTS / ("dev.txt" if dev else "main.txt")
    stamps = {
        name: stamp_of(REQUIREMENTS / name, REQUIREMENTS / "torch.txt", ROOT / "pyproject.toml")
        for name in ("dev.txt", "main.txt")
    }
    # What tests need is more than what running needs: an environment made for them serves both.
    if up_to_date(MAIN, stamps["dev.txt"]) or up_to_date(MAIN, stamps[requirements.name]):
        return
    if not (MAIN / ".made-from").exists():
        # None yet, or one that an earlier run left half made.
        make_environment(uv, MAIN, *MAIN_VERSIONS)
        install_torch(uv)
    install = (uv, "pip", "install", "-q", "--python", python_in(MAIN), "--no-deps")
    must(f"install the {'development' if dev else 'main'} set", *install, "--require-hashes", "-r", requirements)
    must("install the copilot command", *install, "--no-build-isolation", "-e", ROOT)
    must("check the main environment", python_in(MAIN), "-m", "pip", "check")
    finish(MAIN, stamps[requirements.name])


def rasa_requirements() -> Path:
    """The file of Rasa's pins for this machine; it is not there where Rasa has no packages for it."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    system = platform.system().lower()
    return REQUIREMENTS / f"rasa-{system}-{'arm64' if system == 'darwin' else machine}.txt"


def make_rasa(uv: Path) -> None:
    requirements = rasa_requirements()
    if not requirements.exists():
        raise BootstrapError(
            f"Rasa 3.6.21 has no packages for {platform.system()} on {platform.machine()}. "
            "Supported: Linux on x86_64 and aarch64, macOS 14 or later on Apple silicon"
        )
    stamp = stamp_of(requirements)
    if up_to_date(RASA, stamp):
        return
    make_environment(uv, RASA, RASA_VERSION)
    install = (uv, "pip", "install", "-q", "--python", python_in(RASA), "--require-hashes", "--no-deps")
    must("install Rasa 3.6.21", *install, "-r", requirements)
    # In its cage (bot/cage.py) it cannot write compiled modules: what it imports is compiled now, once.
    run(python_in(RASA), "-W", "ignore", "-c", "import rasa.core.run, rasa.__main__, skops.io", quiet=True)
    finish(RASA, stamp)


def chromium() -> str | None:
    """The path of a Chromium that the browser tests can drive."""
    named = os.environ.get("COPILOT_CHROMIUM")
    candidates = [named] if named else ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    for candidate in candidates:
        found = shutil.which(candidate) if candidate else None
        if found:
            return found
    code = "from playwright.sync_api import sync_playwright as p\nwith p() as q: print(q.chromium.executable_path)"
    done = subprocess.run([str(python_in(MAIN)), "-c", code], capture_output=True, text=True, check=False)
    path = done.stdout.strip()
    return path if path and Path(path).exists() else None


def make_browser() -> None:
    if chromium():
        return
    say("install Chromium for the browser tests")
    if run(python_in(MAIN), "-m", "playwright", "install", "chromium", quiet=True) and chromium():
        return
    debian = Path("/etc/debian_version").exists() and "ubuntu" not in Path("/etc/os-release").read_text().lower()
    if debian and os.geteuid() == 0:
        run("apt-get", "update", quiet=True)
        run("apt-get", "install", "-y", "chromium", quiet=True)
    if not chromium():
        raise BootstrapError(
            "the browser tests need Chromium. On Debian: sudo apt-get install chromium; elsewhere: "
            ".venv/bin/playwright install --with-deps chromium; or name one in COPILOT_CHROMIUM"
        )


def make_typescript() -> None:
    """The type checker of the front end (development only)."""
    if not (ROOT / "package.json").exists():
        return
    stamp = stamp_of(ROOT / "package.json")
    file = ROOT / "node_modules" / ".made-from"
    if file.exists() and file.read_text() == stamp:
        return
    if not shutil.which("npm"):
        raise BootstrapError("checking the front end needs npm: install Node.js 18 or later")
    must(
        "install the TypeScript checker",
        "npm",
        "ci" if (ROOT / "package-lock.json").exists() else "install",
        "--no-fund",
    )
    file.write_text(stamp)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    arguments = parser.parse_args()
    began = time.monotonic()
    if sys.version_info < (3, 8):  # noqa: UP036 - this file runs before the wanted version is there
        say("this needs Python 3.8 or later to begin; it then brings the versions that it wants")
        return 2
    try:
        uv = make_tools()
        make_main(uv, arguments.dev)
        make_rasa(uv)
        if arguments.dev:
            make_browser()
            make_typescript()
    except BootstrapError as error:
        say(str(error))
        return 1
    if time.monotonic() - began > 2:
        say(f"environments are ready ({time.monotonic() - began:.0f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
