"""A mail server for tests: takes mails and keeps them, or refuses, is silent, hangs up, as it is told to."""

import base64
import socketserver
import ssl
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

STAGES = ("hello", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "text")


@dataclass(frozen=True)
class Received:
    """A mail as it came in."""

    sender: str
    to: str
    raw: bytes
    safe: bool
    user: str | None

    @property
    def message(self) -> EmailMessage:
        """The mail, read."""
        return message_from_bytes(self.raw, policy=default)  # ty: ignore[invalid-return-type]

    @property
    def text(self) -> str:
        """What it says as text."""
        return self.message.get_body(("plain",)).get_content()  # ty: ignore[unresolved-attribute]

    @property
    def html(self) -> str:
        """What it says as HTML."""
        return self.message.get_body(("html",)).get_content()  # ty: ignore[unresolved-attribute]


@dataclass
class Manners:
    """How the server behaves: answers by stage or by address in place of its own, the stages at which it hangs up or
    says nothing, and how long it takes over each text."""

    answers: dict[str, str] = field(default_factory=dict)
    hangs_up: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    takes: float = 0


class MailServer(socketserver.ThreadingTCPServer):
    """Listens on a port of its own. `tls` makes it offer STARTTLS, `passwords` ask who one is."""

    allow_reuse_address, daemon_threads = True, True

    def __init__(self, *, port: int = 0, tls: ssl.SSLContext | None = None, wrapped: bool = False, passwords=None):
        super().__init__(("127.0.0.1", port), Conversation)
        self.tls, self.wrapped, self.passwords = tls, wrapped, passwords or {}
        self.manners, self.mails, self.said = Manners(), [], []
        self.calls = 0
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.server_address[1]

    @property
    def url(self) -> str:
        """Its address, as SMTP_URL has it."""
        return f"{'smtps' if self.wrapped else 'smtp'}://127.0.0.1:{self.port}"

    def to(self, address: str) -> list[Received]:
        """The mails that somebody got."""
        return [one for one in self.mails if one.to == address]

    @property
    def numbers(self) -> Counter:
        """How many mails each address got."""
        return Counter(one.to for one in self.mails)

    def close(self) -> None:
        """Goes away."""
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address) -> None:
        """A caller that is gone is no error."""


class HungUp(Exception):
    """The conversation is over."""


class Conversation(socketserver.StreamRequestHandler):
    """One caller."""

    server: MailServer
    timeout = 30

    def handle(self) -> None:
        """Talks until one of both hangs up."""
        self.server.calls += 1
        self.safe, self.user = False, None
        self.sender, self.recipient = "", ""
        try:
            if self.server.wrapped:
                self.go_safe()
            self.answer("hello", "220 mailbox")
            while line := self.rfile.readline(2000):
                self.hear(line.decode("utf-8", "replace").rstrip("\r\n"))
        except (HungUp, OSError, ssl.SSLError):
            pass

    def say(self, line: str) -> None:
        """One answer."""
        self.wfile.write(f"{line}\r\n".encode())
        self.wfile.flush()

    def answer(self, stage: str, usual: str, *names: str) -> bool:
        """Answers as it was told to, or as usual; says whether that was a yes."""
        manners = self.server.manners
        if stage in manners.hangs_up:
            raise HungUp
        if stage in manners.silent:
            time.sleep(20)
            raise HungUp
        line = next((manners.answers[name] for name in (*names, stage) if name in manners.answers), usual)
        self.say(line)
        return line[0] in "23"

    def hear(self, line: str) -> None:
        """One command."""
        word, *rest = line.split(" ")
        word = word.upper()
        self.server.said.append(" ".join([word, *rest]))
        {"EHLO": self.ehlo, "STARTTLS": self.starttls, "AUTH": self.auth, "MAIL": self.mail, "RCPT": self.rcpt}.get(
            word, {"DATA": self.data, "QUIT": self.quit, "RSET": self.ok}.get(word, self.unknown)
        )(line)

    def ehlo(self, _line: str) -> None:
        offers = ["mailbox"]
        if self.server.tls is not None and not self.safe:
            offers.append("STARTTLS")
        if self.server.passwords:
            offers.append("AUTH PLAIN")
        for one in offers[:-1]:
            self.say(f"250-{one}")
        self.say(f"250 {offers[-1]}")

    def starttls(self, _line: str) -> None:
        if self.answer("starttls", "220 go on"):
            self.go_safe()

    def go_safe(self) -> None:
        """Goes over to TLS."""
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)  # ty: ignore
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb")
        self.safe = True

    def auth(self, line: str) -> None:
        _, user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
        if self.server.passwords.get(user) == password:
            self.user = user
            self.say("235 hello")
        else:
            self.say("535 no")

    def mail(self, line: str) -> None:
        self.sender = line.partition("<")[2].partition(">")[0]
        if self.server.passwords and self.user is None:
            self.say("530 who are you?")
        else:
            self.answer("mail", "250 ok")

    def rcpt(self, line: str) -> None:
        self.recipient = line.partition("<")[2].partition(">")[0]
        self.answer("rcpt", "250 ok", self.recipient)

    def data(self, _line: str) -> None:
        if not self.answer("data", "354 go on"):
            return
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise HungUp
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        time.sleep(self.server.manners.takes)
        mail = Received(self.sender, self.recipient, b"".join(lines), self.safe, self.user)
        if self.server.manners.answers.get("text", "2")[0] == "2":
            self.server.mails.append(mail)
        self.answer("text", "250 kept")

    def quit(self, _line: str) -> None:
        self.say("221 bye")
        raise HungUp

    def ok(self, _line: str) -> None:
        self.say("250 ok")

    def unknown(self, _line: str) -> None:
        self.say("500 what?")


@contextmanager
def mail_server(**how) -> Generator[MailServer]:
    """A mail server for a while."""
    server = MailServer(**how)
    try:
        yield server
    finally:
        server.close()


def made_up_certificate(folder: Path) -> ssl.SSLContext:
    """TLS with a certificate of nobody."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    about = ["-days", "2", "-subj", "/CN=mailbox", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*made, *about], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
