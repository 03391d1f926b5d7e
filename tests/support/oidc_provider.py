"""A small OpenID provider for tests, in a process of its own: discovery, authorisation code with PKCE, signed id tokens.

It lets in whoever `PUT /test/next` names, and can be told there to answer wrongly. Nothing of ours is in it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "support-copilot", "secret-of-the-client"
REDIRECT = "http://testserver/identity/sso/callback"


class Provider(ThreadingHTTPServer):
    """Its keys, the codes that are out, and what it was told to answer next."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server_port}"
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.stranger = RSAKey.generate_key(2048, {"kid": "one"})
        self.codes: dict[str, dict[str, str]] = {}
        self.next: dict[str, Any] = {}

    def id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": "u-1", "iat": now, "exp": now + 60, "nonce": asked["nonce"]}
        claims |= {"email": "eva@example.com", "email_verified": True, "name": "Eva", "groups": ["support"]}
        claims |= self.next.get("claims", {})
        kind = self.next.get("sign", "RS256")
        if kind == "stranger":
            return jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.stranger)
        if kind == "HS256":
            return jwt.encode({"alg": "HS256", "kid": "one"}, claims, OctKey.import_key(SECRET.ljust(32, "!")))
        if kind == "none":
            parts = [json.dumps(each).encode() for each in ({"alg": "none"}, claims)]
            return ".".join(base64.urlsafe_b64encode(each).decode().rstrip("=") for each in parts) + "."
        if kind == "rotated":
            self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)


class Handler(BaseHTTPRequestHandler):
    server: Provider

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def _answer(self, status: int, body: Any, location: str | None = None) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        issuer = self.server.issuer
        if parts.path == "/.well-known/openid-configuration":
            names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            document = {name: f"{issuer}/{path}" for name, path in names.items()}
            return self._answer(200, {"issuer": self.server.next.get("issuer", issuer), **document})
        if parts.path == "/keys":
            return self._answer(200, {"keys": [self.server.key.as_dict(private=False)]})
        if parts.path != "/authorize":
            return self._answer(404, {})
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        right = asked.get("client_id") == CLIENT and asked.get("redirect_uri") == REDIRECT
        right = right and asked.get("response_type") == "code" and "openid" in asked.get("scope", "").split()
        if not right or asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            return self._answer(400, {"error": "invalid_request"})
        back = {"state": asked["state"], "iss": issuer}
        if self.server.next.get("deny"):
            back |= {"error": "access_denied"}
        else:
            code = secrets.token_urlsafe(16)
            self.server.codes[code] = asked
            back |= {"code": code}
        return self._answer(302, {}, f"{REDIRECT}?{urlencode(back)}")

    def do_POST(self) -> None:
        form = {name: values[0] for name, values in parse_qs(self._body().decode()).items()}
        asked = self.server.codes.pop(form.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        known = self.headers.get("Authorization") == f"Basic {basic}"
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if not known or asked is None or asked["code_challenge"] != challenge or form.get("redirect_uri") != REDIRECT:
            return self._answer(400, {"error": "invalid_grant"})
        token = self.server.id_token(asked)
        return self._answer(200, {"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": token})

    def do_PUT(self) -> None:
        self.server.next = json.loads(self._body())
        self._answer(200, {})


@contextmanager
def running_provider() -> Iterator[str]:
    """The issuer of a provider that runs in a process of its own."""
    command = [sys.executable, "-m", "tests.support.oidc_provider"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def next_answer(provider: str, /, **told: Any) -> None:
    """What the provider does from now on: `claims`, `sign`, `deny`, `issuer`."""
    httpx.put(f"{provider}/test/next", json=told, trust_env=False).raise_for_status()


if __name__ == "__main__":
    server = Provider()
    sys.stdout.write(f"{server.issuer}\n")
    sys.stdout.flush()
    server.serve_forever()
