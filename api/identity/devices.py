"""What a browser calls itself, as far as its owner needs it to know one sign-in from another."""

from __future__ import annotations

import re

from fastapi import Request

# The first that is found counts: Edge and Opera call themselves Chrome, and Chrome Safari.
_BROWSERS = (
    (re.compile(r"\bEdgA?(?:iOS)?/"), "Edge"),
    (re.compile(r"\bOPR/"), "Opera"),
    (re.compile(r"\b(?:Firefox|FxiOS)/"), "Firefox"),
    (re.compile(r"\bSamsungBrowser/"), "Samsung Internet"),
    (re.compile(r"\b(?:Headless)?(?:Chrome|CriOS)/"), "Chrome"),
    (re.compile(r"\bSafari/"), "Safari"),
    (re.compile(r"\bcurl/"), "curl"),
)
_SYSTEMS = (
    (re.compile(r"\biPhone\b"), "iPhone"),
    (re.compile(r"\biPad\b"), "iPad"),
    (re.compile(r"\bAndroid\b"), "Android"),
    (re.compile(r"\bWindows\b"), "Windows"),
    (re.compile(r"\bMac OS X\b|\bMacintosh\b"), "macOS"),
    (re.compile(r"\bCrOS\b"), "ChromeOS"),
    (re.compile(r"\bLinux\b"), "Linux"),
)


def device_of(request: Request) -> str:
    """``Firefox, Windows``; empty for what is none of the known ones."""
    said = request.headers.get("user-agent", "")[:512]
    found = [next((name for sign, name in known if sign.search(said)), "") for known in (_BROWSERS, _SYSTEMS)]
    return ", ".join(each for each in found if each)
