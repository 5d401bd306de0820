"""Hands mails to the mail server of SMTP_URL, and says exactly how far that went.

Nothing here waits longer than a few seconds for an answer, and no name or password goes over a line that others can
read: without TLS a server that wants to know who we are gets nothing at all.
"""

import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from types import TracebackType
from urllib.parse import unquote, urlsplit

ANSWERS_WITHIN = 5
"""Seconds that a mail server may take over each answer."""
HERE = ("localhost", "127.0.0.1", "::1")
"""On this machine nobody listens in between, and mail servers have made-up certificates."""
LOWEST_REFUSAL, LOWEST_FOR_GOOD = 300, 500
WANTS_TO_KNOW_US = (530, 535)
LONGEST_LINE = 998
"""Headers are not broken before that: an address in the middle of which a line ends is none for some programs."""


class Away(Exception):
    """There is no mail server to talk to, or none that we may talk to: this concerns every mail."""


class NotNow(Exception):
    """The server does not take this mail now."""


class Refused(Exception):
    """The server will never take this mail."""


class InDoubt(Exception):
    """The server had all of the mail and did not say what it did with it."""


class Postman:
    """A connection to the mail server, made when the first mail goes: `with Postman(url) as postman`."""

    def __init__(self, url: str):
        self.where = urlsplit(url)
        self.smtp: smtplib.SMTP | None = None

    def __enter__(self) -> "Postman":
        return self

    def __exit__(self, _kind: type | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self.hang_up()

    def deliver(self, message: EmailMessage, *, sender: str, to: str, ready: Callable[[], bool] = lambda: True) -> bool:
        """Delivers a message. `ready` is asked just before its text goes, and if it says False nothing goes.

        Says whether the server has it. Raises Away, NotNow, Refused, InDoubt; only after the last it may have it.
        """
        self.connect()
        assert self.smtp is not None
        try:
            self.announce(sender, to)
        except (smtplib.SMTPException, OSError) as error:
            self.hang_up()
            raise NotNow(said(error)) from error
        except Away:
            self.hang_up()
            raise
        if not ready():
            self.hang_up()
            return False
        self.hand_over(message)
        return True

    def connect(self) -> None:
        """Calls the server, unless it is on the line. Raises Away."""
        if self.smtp is not None:
            return
        try:
            self.smtp = self.call()
            self.introduce(self.smtp)
        except (OSError, smtplib.SMTPException) as error:
            self.hang_up()
            raise Away(said(error)) from error

    def call(self) -> smtplib.SMTP:
        """A new connection."""
        host = self.where.hostname or ""
        if self.where.scheme == "smtps":
            return smtplib.SMTP_SSL(host, self.where.port or 465, timeout=ANSWERS_WITHIN, context=trust(host))
        return smtplib.SMTP(host, self.where.port or 25, timeout=ANSWERS_WITHIN)

    def introduce(self, smtp: smtplib.SMTP) -> None:
        """Goes over to TLS where the server has it, and says who we are where it wants to know. Raises Away."""
        smtp.ehlo_or_helo_if_needed()
        safe = self.where.scheme == "smtps"
        if not safe and smtp.has_extn("starttls"):
            smtp.starttls(context=trust(self.where.hostname or ""))
            smtp.ehlo()
            safe = True
        if self.where.username:
            if not safe:
                raise smtplib.SMTPException("it offers no TLS, and a password is not sent in the clear")
            smtp.login(unquote(self.where.username), unquote(self.where.password or ""))

    def announce(self, sender: str, to: str) -> None:
        """Says from whom and to whom. Raises Away if the server does not take anything from us, NotNow, Refused."""
        assert self.smtp is not None
        code, words = self.smtp.mail(sender)
        if code >= LOWEST_REFUSAL:
            raise Away(f"{code} {plain(words)}")
        code, words = self.smtp.rcpt(to)
        if code in WANTS_TO_KNOW_US:
            raise Away(f"{code} {plain(words)}")
        if code >= LOWEST_REFUSAL:
            self.smtp.rset()
            raise answer_to(code, words)

    def hand_over(self, message: EmailMessage) -> None:
        """Sends the text. Raises NotNow, Refused, InDoubt."""
        assert self.smtp is not None
        text = message.as_bytes(policy=message.policy.clone(max_line_length=LONGEST_LINE))
        try:
            code, words = self.smtp.data(text)
        except smtplib.SMTPDataError as error:  # before the text: it was not even let begin
            raise answer_to(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, OSError) as error:
            self.hang_up()
            raise InDoubt(said(error)) from error
        if code != 250:
            raise answer_to(code, words)

    def hang_up(self) -> None:
        """Ends the connection, politely if the server is still there."""
        smtp, self.smtp = self.smtp, None
        if smtp is None:
            return
        try:
            smtp.quit()
        except (smtplib.SMTPException, OSError):
            smtp.close()


def trust(host: str) -> ssl.SSLContext:
    """Certificates have to be good, but for those of this very machine."""
    context = ssl.create_default_context()
    if host in HERE:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def answer_to(code: int, words: bytes | str) -> Exception:
    """What an answer other than yes means."""
    return (Refused if code >= LOWEST_FOR_GOOD else NotNow)(f"{code} {plain(words)}")


def plain(words: bytes | str) -> str:
    """What a server said, as a text."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(text.split())


def said(error: Exception) -> str:
    """An error in words; what smtplib raises has its code first."""
    code, words = getattr(error, "smtp_code", None), getattr(error, "smtp_error", None)
    return f"{code} {plain(words)}" if code and words else plain(str(error)) or type(error).__name__
