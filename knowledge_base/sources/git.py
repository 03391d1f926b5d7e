"""A Git repository of Markdown: fetched shallowly with the `git` command into a folder of its own, read as a folder."""

from __future__ import annotations

import base64
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from knowledge_base.errors import SourceUnavailable, SourceUnusable
from knowledge_base.sources import Report
from knowledge_base.sources.markdown_folder import MarkdownFolder
from knowledge_base.sources.remote import Remote
from knowledge_base.sources.snapshots import Snapshot, code_digest

_SCHEMES = ("https", "ssh", "file")
_SHORT_SSH = re.compile(r"[A-Za-z0-9_.-]+@[A-Za-z0-9][A-Za-z0-9.-]*:[A-Za-z0-9_./~-]+")
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")
# What a foreign repository may bring along must not run: hooks, filters, submodules, helpers of other protocols, links.
_SAFE = (
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.symlinks=false",
    "-c", "core.fsmonitor=false",
    "-c", "protocol.ext.allow=never",
    "-c", "http.followRedirects=initial",
    "-c", "submodule.recurse=false",
    "-c", "gc.auto=0",
    "-c", "advice.detachedHead=false",
)  # fmt: skip


@dataclass
class GitRepository(Remote):
    """Articles below `folder` of the commit that `ref` (branch, tag or nothing: the default branch) names at `url`.

    `url`: https, ssh (also `git@host:path`) or file. The checkout lies at `checkout`, which belongs to this source alone.
    """

    url: str
    checkout: Path
    ref: str = ""
    folder: str = ""
    token: str = field(default="", repr=False)
    timeout: float = 300.0

    def __post_init__(self) -> None:
        scheme = urlsplit(self.url).scheme
        if not (scheme in _SCHEMES and "://" in self.url) and not _SHORT_SSH.fullmatch(self.url):
            raise SourceUnusable(
                f"{_shown(self.url)} is no repository that is fetched: give an https, ssh or file address"
            )
        if scheme == "https" and (urlsplit(self.url).username or urlsplit(self.url).password):
            raise SourceUnusable(
                f"{_shown(self.url)} carries a user name or password: name them in `token_env` instead"
            )
        if self.ref and (not _REF.fullmatch(self.ref) or ".." in self.ref or self.ref.endswith((".lock", "/"))):
            raise SourceUnusable(f"{self.ref!r} is no branch or tag")
        if Path(self.folder).is_absolute() or ".." in Path(self.folder).parts or self.folder.startswith("-"):
            raise SourceUnusable(f"{self.folder!r} is no folder within the repository")

    def fetch(self, previous: Snapshot | None, report: Report) -> Snapshot:
        report("fetch", 0, 0)
        if not (self.checkout / ".git").is_dir():
            self.checkout.mkdir(parents=True, exist_ok=True)
            self._git("init", "--quiet", "--template=")
        self._git("fetch", "--quiet", "--depth=1", "--no-tags", "--force", "--", self.url, self.ref or "HEAD")
        commit = self._git("rev-parse", "--verify", "FETCH_HEAD^{commit}").strip()
        state = f"{commit} {self.folder} {code_digest()}"
        if previous is not None and previous.state == state:
            return previous
        self._git("checkout", "--quiet", "--force", "--detach", commit)
        self._git("clean", "-ffdxq")
        report("read", 0, 0)
        content = MarkdownFolder(self.checkout / self.folder if self.folder else self.checkout).read()
        return Snapshot(articles=content.articles, skipped=content.skipped, state=state)

    def _git(self, *arguments: str) -> str:
        try:
            done = subprocess.run(  # noqa: S603 - a list, no shell; url and ref were checked, and follow `--`
                [  # noqa: S607 - whichever git the system has
                    "git",
                    *_SAFE,
                    "-C",
                    str(self.checkout),
                    *arguments,
                ],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self.timeout,
                check=False,
            )
        except FileNotFoundError:
            raise SourceUnusable(
                "the `git` command is missing: install Git, or use a source of kind `folder`"
            ) from None
        except subprocess.TimeoutExpired:
            raise SourceUnavailable(f"{_shown(self.url)} did not answer git within {self.timeout:.0f} s") from None
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            reason = next(
                (line for line in said if line.startswith(("fatal:", "error:"))), said[-1] if said else "no reason"
            )
            raise SourceUnavailable(f"git {arguments[0]} of {_shown(self.url)} failed: {reason[:300]}")
        return done.stdout.decode("utf-8", "replace")

    def _environment(self) -> dict[str, str]:
        """Nothing may ask at a terminal. The token goes by the environment: arguments are readable by every user."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name == "GIT_SSL_CAINFO"
        }
        environment = {
            **kept,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "",
            "SSH_ASKPASS": "",
            "GIT_ALLOW_PROTOCOL": ":".join(_SCHEMES),
            "GIT_SSH_COMMAND": os.environ.get("GIT_SSH_COMMAND", "ssh -oBatchMode=yes -oConnectTimeout=15"),
            "GIT_LFS_SKIP_SMUDGE": "1",
            "LC_ALL": "C",
        }
        if self.token:
            basic = base64.b64encode(f"x-access-token:{self.token}".encode()).decode("ascii")
            environment |= {
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "http.extraHeader",
                "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
            }
        return environment


def _shown(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//", url)[:200]
