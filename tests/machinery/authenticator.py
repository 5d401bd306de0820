"""A passkey in software: makes keys, signs questions, and counts, as a phone or a computer does (WebAuthn)."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, NEW = 1, 4, 64


def text(data: bytes) -> str:
    """Bytes as WebAuthn writes them."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@dataclass
class Authenticator:
    """One of them, in a browser at `origin`. Without `verifies` it asks for no finger, face or PIN."""

    origin: str = "http://localhost"
    verifies: bool = True
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    count: int = 0

    def make(self, options: str) -> str:
        """What a browser sends that was asked to make a passkey."""
        asked = json.loads(options)
        cose = {1: 2, 3: -7, -1: 1, -2: self.point("x"), -3: self.point("y")}
        about = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(cose)
        data = self.data(asked["rp"]["id"], NEW) + about
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self.client("webauthn.create", asked["challenge"])
        return self.sent({"clientDataJSON": text(client), "attestationObject": text(statement)})

    def show(self, options: str) -> str:
        """What a browser sends that was asked to show one."""
        asked, self.count = json.loads(options), self.count + 1
        data, client = self.data(asked["rpId"], 0), self.client("webauthn.get", asked["challenge"])
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        answer = {"clientDataJSON": text(client), "authenticatorData": text(data), "signature": text(signed)}
        return self.sent(answer)

    def point(self, name: str) -> bytes:
        return getattr(self.key.public_key().public_numbers(), name).to_bytes(32, "big")

    def data(self, place: str, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(place.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def sent(self, answer: dict) -> str:
        return json.dumps({"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": answer})
