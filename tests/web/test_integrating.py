"""What hosts rely on is what docs/integrate.md says, and the other way round."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from api.web.modules import STATIC

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "integrate.md").read_text(encoding="utf-8")
PANEL = STATIC / "support-copilot-panel.js"
# The widget's: its launcher, the chat behind it, and what they are made of. The help panel has parts of its own.
SOURCES = "\n".join(
    path.read_text(encoding="utf-8")
    for path in [*STATIC.glob("support-copilot*.js"), *(STATIC / "copilot").glob("*.js")]
    if path != PANEL
)
TYPES = (STATIC / "copilot-element.d.ts").read_text(encoding="utf-8")


def test_every_property_and_part_of_the_theme_is_in_the_guide() -> None:
    section = GUIDE[GUIDE.index("### Make it yours") :]
    assert set(re.findall(r"var\((--copilot-[\w-]+)", SOURCES)) == set(re.findall(r"`(--copilot-[\w-]+)`", section))
    parts = " ".join(re.findall(r"part: [`']([^`']+)[`']", SOURCES)).replace("message-${author}", "").split()
    listed = section[section.index("Parts (") :].split("\n\n")[0]
    # A message's author is put together where it is drawn.
    assert {*parts, "message-copilot", "message-agent", "message-system"} == {
        *re.findall(r"`([\w-]+)`", listed.split("):", 1)[1])
    }
    own = GUIDE[GUIDE.index("It is themed by the widget's custom properties; parts are") :].split(".", 1)[0]
    assert set(re.findall(r"part: '([\w-]+)'", PANEL.read_text(encoding="utf-8"))) == set(
        re.findall(r"`([\w-]+)`", own)
    )


def test_every_method_and_event_is_in_the_guide() -> None:
    element = TYPES[TYPES.index("export interface CopilotElement") : TYPES.index("export interface CopilotSettings")]
    for method in re.findall(r"^  (?:readonly )?(\w+)[(:<]", element, re.MULTILINE):
        assert re.search(rf"`{method}\b", GUIDE), method
    events = TYPES[TYPES.index("export interface CopilotEvents") : TYPES.index("export interface CopilotElement")]
    for event in re.findall(r"^  '?([\w-]+)'?: ", events, re.MULTILINE):
        assert f"`{event}`" in GUIDE, event
        assert f"'copilot-{event}'" in TYPES, event
    settings = TYPES[TYPES.index("export interface CopilotSettings") : TYPES.index("type Methods")]
    for name in re.findall(r"^  (\w+)\?:", settings, re.MULTILINE):
        assert f"`{name}`" in GUIDE, name


def test_the_types_check_a_hosts_code(tmp_path: Path) -> None:
    (tmp_path / "copilot-element.d.ts").write_text(TYPES, encoding="utf-8")
    (tmp_path / "host.ts").write_text(
        """import type { CopilotElement } from './copilot-element';
const widget = document.querySelector('support-copilot') as CopilotElement;
const off: () => void = widget.on('ticket', ({ id }) => console.log(id));
widget.on('identity-refused', ({ renew }) => renew(fetch('/token').then((answer) => answer.text())));
widget.setContext({ page: 'Orders' });
widget.addEventListener('copilot-unread', (event) => console.log(event.detail.count, off));
window.copilotSettings = { widget_key: 'wk_1', channel: 'admin' };
window.copilot?.('open');
// @ts-expect-error there is no such event
widget.on('unheard', () => {});
// @ts-expect-error a number is no screen
widget.setContext({ page: 7 });
""",
        encoding="utf-8",
    )
    options = {"noEmit": True, "strict": True, "target": "es2023", "module": "es2022", "moduleResolution": "bundler"}
    config = {"compilerOptions": {**options, "types": []}, "files": ["host.ts"]}
    (tmp_path / "tsconfig.json").write_text(json.dumps(config), encoding="utf-8")
    checked = subprocess.run(
        [str(ROOT / "node_modules" / ".bin" / "tsc"), "-p", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
