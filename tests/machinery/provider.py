"""A small OpenID Connect provider for tests, in a process of its own: discovery, keys, codes with PKCE, RS256.

It lets everybody in at once, as whoever it was told to say. `python -m tests.machinery.provider PORT`
"""

import base64
import hashlib
import hmac
import json
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT, SECRET = "laurels", "a secret between the two"


class Provider:
    """What a test knows of it."""

    def __init__(self, port: int):
        self.issuer = f"http://127.0.0.1:{port}"

    def says(self, **claims) -> None:
        """Whom it lets in from now on; `key` and `algorithm` may be wrong ones."""
        request = urllib.request.Request(f"{self.issuer}/says", json.dumps(claims).encode())
        urllib.request.urlopen(request, timeout=5).close()

    def asked(self) -> list[dict]:
        """What was asked for codes since."""
        return json.load(urllib.request.urlopen(f"{self.issuer}/asked", timeout=5))

    def visit(self, address: str) -> str:
        """Where a browser is sent that goes to this address of it."""

        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_request):
                return None

        try:
            urllib.request.build_opener(Stay).open(address, timeout=5)
        except urllib.error.HTTPError as answer:
            return answer.headers["Location"]
        raise AssertionError("it led nowhere")


@contextmanager
def running(port: int) -> Generator[Provider]:
    """A provider for a while."""
    process = subprocess.Popen([sys.executable, "-m", "tests.machinery.provider", str(port)], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"ready"
        yield Provider(port)
    finally:
        process.kill()
        process.wait()


class Conversation(BaseHTTPRequestHandler):
    """One request."""

    codes: dict = {}
    said: dict = {}
    tokens_asked: list = []

    def do_GET(self) -> None:
        """Discovery, keys, and the page on which one would sign in."""
        where = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(where.query).items()}
        pages = {
            "/.well-known/openid-configuration": self.about,
            "/keys": lambda: {"keys": [KEY.as_dict(private=False) | {"use": "sig", "alg": "RS256"}]},
            "/asked": lambda: self.tokens_asked,
        }
        if where.path == "/authorize":
            code = secrets.token_urlsafe(16)
            self.codes[code] = asked
            back = urlencode({"code": code, "state": asked["state"]})
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{back}")
            self.end_headers()
        else:
            self.answer(pages[where.path]())

    def do_POST(self) -> None:
        """A token for a code; or what to say from now on."""
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/says":
            type(self).said = json.loads(text)
            self.answer({})
            return
        asked = {name: values[0] for name, values in parse_qs(text).items()}
        self.tokens_asked.append(asked)
        begun = self.codes.pop(asked.get("code"), None)
        if begun is None or not self.is_client() or not verified(begun, asked):
            self.answer({"error": "invalid_grant"}, 400)
            return
        token = {"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": self.id_token(begun)}
        self.answer(token)

    def is_client(self) -> bool:
        given = self.headers.get("Authorization", "").removeprefix("Basic ")
        return base64.b64decode(given).decode() in (f"{CLIENT}:{SECRET}", f"{CLIENT}:{SECRET.replace(' ', '+')}")

    def id_token(self, begun: dict) -> str:
        """Who it is, signed."""
        now, said = int(time.time()), dict(self.said)
        key, algorithm = said.pop("key", "own"), said.pop("algorithm", "RS256")
        claims = {"iss": self.issuer, "sub": "1", "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": begun["nonce"]}
        claims |= {name: value + now if name in ("exp", "iat") else value for name, value in said.items()}
        header = {"alg": algorithm, "kid": KEY.kid}
        if algorithm != "RS256":
            return by_hand(header, claims, b"" if algorithm == "none" else KEY.as_pem(private=False))
        return jwt.encode(header, claims, KEYS[key], algorithms=[algorithm])

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def about(self) -> dict:
        """Where everything is."""
        places = {f"{name}_endpoint": f"{self.issuer}/{name.split('_')[0]}" for name in ("authorization", "token")}
        places["authorization_endpoint"] = f"{self.issuer}/authorize"
        return places | {
            "issuer": self.issuer,
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def answer(self, content, status: int = 200) -> None:
        """JSON."""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, *_words) -> None:
        """Says nothing."""


def by_hand(header: dict, claims: dict, key: bytes) -> str:
    """What no library signs: not at all, or with a key that everybody knows."""
    signed = ".".join(text(json.dumps(one).encode()) for one in (header, claims))
    return f"{signed}.{text(hmac.digest(key, signed.encode(), 'sha256')) if key else ''}"


def text(data: bytes) -> str:
    """Bytes as tokens have them."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def verified(begun: dict, asked: dict) -> bool:
    """Whether whoever brings a code is the one who asked for it."""
    digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
    return begun.get("code_challenge_method") == "S256" and text(digest) == begun["code_challenge"]


if __name__ == "__main__":
    from joserfc import jwt
    from joserfc.jwk import RSAKey

    KEY = RSAKey.generate_key(2048, parameters={"kid": "one"})
    OTHER = RSAKey.generate_key(2048, parameters={"kid": "one"})
    KEYS = {"own": KEY, "other": OTHER}
    with ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Conversation) as server:
        print("ready", flush=True)
        server.serve_forever()
