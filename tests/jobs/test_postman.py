"""Mails on the line: what goes to which server, and what each answer means."""

import ssl
from email import message_from_bytes
from email.policy import default

import pytest

from portal import config
from portal.jobs import mail, postman
from portal.jobs.mail import Mail, NotSent
from portal.jobs.postman import Away, InDoubt, NotNow, Postman, Refused
from tests.machinery.mailbox import made_up_certificate, mail_server

ADA = "ada@example.org"
HELLO = Mail(to=ADA, subject="Hello", text="Hello Ada", html="<p>Hello Ada</p>", key="hello")


@pytest.fixture
def app(sqlite_app):
    """The application, which writes as thanks@example.org."""
    sqlite_app.config["MAIL_FROM"] = "Our volunteers <thanks@example.org>"
    with sqlite_app.app_context():
        yield sqlite_app


@pytest.fixture
def server():
    """A mail server without TLS."""
    with mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """TLS with a certificate that nobody knows."""
    return made_up_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Nobody waits for five seconds in a test."""
    monkeypatch.setattr(postman, "ANSWERS_WITHIN", 0.5)


def send(app, url: str, what: Mail = HELLO) -> None:
    app.config["SMTP_URL"] = url
    mail.send_now(what)


def test_a_mail_goes_at_once_with_all_that_a_mail_needs(app, server):
    send(app, server.url)
    (found,) = server.mails
    assert (found.sender, found.to) == ("thanks@example.org", ADA)
    headers = found.message
    assert str(headers["From"]) == "Our volunteers <thanks@example.org>"
    assert (headers["To"], headers["Subject"], headers["Auto-Submitted"]) == (ADA, "Hello", "auto-generated")
    assert headers["Date"].datetime.tzinfo is not None
    assert headers["Message-ID"].endswith("@example.org>")
    assert headers.get_content_type() == "multipart/alternative"
    assert (found.text.strip(), found.html.strip()) == ("Hello Ada", "<p>Hello Ada</p>")


def test_the_same_fact_has_the_same_message_id_and_another_another(app, server):
    for key in ("hello", "hello", "bye"):
        send(app, server.url, Mail(to=ADA, subject="-", text="-", key=key))
    first, again, other = (one.message["Message-ID"] for one in server.mails)
    assert first == again != other


def test_without_a_mail_server_nothing_goes_and_that_is_said(app):
    with pytest.raises(NotSent, match="SMTP_URL is not set"):
        send(app, "")


def test_what_is_encrypted_where_the_server_can_do_that(app, tls):
    with mail_server(tls=tls) as server:
        send(app, server.url)
        assert [one.safe for one in server.mails] == [True]
    with mail_server(tls=tls, wrapped=True) as server:
        send(app, server.url)
        assert [one.safe for one in server.mails] == [True]


def test_whoever_has_a_password_says_so_over_tls(app, tls):
    with mail_server(tls=tls, passwords={"la:urels": "p@ss/word"}) as server:
        send(app, f"smtp://la%3Aurels:p%40ss%2Fword@127.0.0.1:{server.port}")
        assert [(one.safe, one.user) for one in server.mails] == [(True, "la:urels")]
        with pytest.raises(NotSent, match="535"):
            send(app, f"smtp://la%3Aurels:wrong@127.0.0.1:{server.port}")
        with pytest.raises(NotSent, match="530"):
            send(app, server.url)
        assert len(server.mails) == 1


def test_a_password_never_goes_in_the_clear(app):
    with mail_server(passwords={"laurels": "secret"}) as server:
        with pytest.raises(NotSent, match="not sent in the clear"):
            send(app, f"smtp://laurels:secret@127.0.0.1:{server.port}")
        assert not [line for line in server.said if line.startswith("AUTH")]


def test_certificates_of_other_machines_have_to_be_good():
    assert postman.trust("mail.example.org").verify_mode == ssl.CERT_REQUIRED
    assert postman.trust("mail.example.org").check_hostname
    assert postman.trust("127.0.0.1").verify_mode == ssl.CERT_NONE


@pytest.mark.parametrize(
    ("answers", "meaning"),
    [
        ({"hello": "554 go away"}, Away),
        ({"hello": "421 not now"}, Away),
        ({"mail": "550 not from you"}, Away),
        ({"mail": "451 not now"}, Away),
        ({ADA: "550 unknown"}, Refused),
        ({ADA: "450 not now"}, NotNow),
        ({ADA: "530 who are you?"}, Away),
        ({"data": "451 not now"}, NotNow),
        ({"data": "554 no"}, Refused),
        ({"text": "452 full"}, NotNow),
        ({"text": "554 spam"}, Refused),
    ],
)
def test_an_answer_means_this(app, server, answers, meaning):
    server.manners.answers = answers
    assert outcome(app, server.url) == (meaning, next(iter(answers.values())))
    assert server.mails == []


def outcome(app, url: str) -> tuple:
    """What comes of a mail: the exception and its words."""
    with Postman(url) as one:
        try:
            return one.deliver(
                mail.written(HELLO, mail.datetime.now(mail.UTC)), sender="thanks@example.org", to=ADA
            ), ""
        except (Away, InDoubt, NotNow, Refused) as error:
            return type(error), str(error)


@pytest.mark.parametrize("manner", ["hangs_up", "silent"])
@pytest.mark.parametrize(
    ("stage", "meaning"), [("hello", Away), ("mail", NotNow), ("rcpt", NotNow), ("data", InDoubt), ("text", InDoubt)]
)
def test_a_server_that_says_nothing_is_waited_for_a_moment_only(app, server, manner, stage, meaning):
    setattr(server.manners, manner, {stage})
    assert outcome(app, server.url)[0] is meaning


def test_where_nobody_listens_nobody_is_waited_for(app):
    with mail_server() as server:
        url = server.url
    assert outcome(app, url)[0] is Away


def test_several_mails_go_over_one_line_whatever_becomes_of_each(app, server):
    server.manners.answers = {"ben@example.org": "550 unknown"}
    found = []
    with Postman(server.url) as one:
        for to in (ADA, "ben@example.org", "cleo@example.org"):
            message = mail.written(Mail(to=to, subject="-", text="-", key=to), mail.datetime.now(mail.UTC))
            try:
                found.append(one.deliver(message, sender="thanks@example.org", to=to))
            except Refused:
                found.append(None)
    assert (found, server.calls) == ([True, None, True], 1)


def test_nothing_goes_if_it_is_not_ours_any_more(app, server):
    with Postman(server.url) as one:
        message = mail.written(HELLO, mail.datetime.now(mail.UTC))
        assert not one.deliver(message, sender="thanks@example.org", to=ADA, ready=lambda: False)
    assert (server.mails, [line for line in server.said if line == "DATA"]) == ([], [])


HOSTILE = [
    "Hello\r\nBcc: everybody@example.org\r\n\r\nBuy!",
    "Hello\nX: y",
    "=?utf-8?q?Hello=0D=0ABcc:_eve@example.org?=",
    "\u202eolleH",
    "x" * 5000,
    "مرحبا " * 40,
    "\0\x1b[31m",
    "\u2028Bcc: eve@example.org",
    "",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_whatever_a_subject_says_it_is_one_line_and_no_header_of_its_own(app, server, words):
    send(app, server.url, Mail(to=ADA, subject=words, text=f"{words}\n.\nQUIT", html=f"<p>{words}</p>", key="-"))
    (found,) = server.mails
    headers = message_from_bytes(found.raw, policy=default)
    assert set(headers.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language"),
        *("MIME-Version", "Content-Type"),
    }
    assert (headers["To"], found.to, server.numbers) == (ADA, ADA, {ADA: 1})
    assert len(headers["Subject"]) <= mail.LONGEST_SUBJECT
    assert headers["Subject"].isprintable()
    assert "QUIT" in found.text
    assert max(map(len, found.raw.splitlines())) <= 998


@pytest.mark.parametrize(
    "to", ["ada@example.org\r\nRCPT TO:<eve@example.org>", "ada", "", "ada@example.org, eve@x.org", "<>"]
)
def test_an_address_that_is_none_gets_nothing(app, server, to):
    with pytest.raises(NotSent):
        send(app, server.url, Mail(to=to, subject="-", text="-", key="-"))
    assert server.mails == []
    assert not [line for line in server.said if "eve" in line]


def test_an_address_in_another_script_is_none_that_mail_goes_to(app, server):
    with pytest.raises(NotSent, match="no address that mail goes to"):
        send(app, server.url, Mail(to="ådå@example.org", subject="-", text="-", key="-"))


def test_an_address_for_programs_stays_in_one_line(app, server):
    link = "<https://thanks.example.org/unsubscribe/" + "a" * 120 + ">"
    send(app, server.url, Mail(to=ADA, subject="-", text="-", key="-", headers={"List-Unsubscribe": link}))
    assert f"List-Unsubscribe: {link}\r\n".encode() in server.mails[0].raw


# --- Settings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"SMTP_URL": "mail.example.org"}, "SMTP_URL"),
        ({"SMTP_URL": "http://mail.example.org"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://mail:many"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://mail.example.org/inbox?x=1"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://mail.example.org"}, "MAIL_FROM"),
        ({"SMTP_URL": "smtp://mail.example.org", "MAIL_FROM": "thanks"}, "MAIL_FROM"),
        ({"SMTP_URL": "smtp://mail.example.org", "MAIL_FROM": "A <a@example.org>\r\nBcc: b@example.org"}, "MAIL_FROM"),
        ({"SMTP_URL": "smtp://m", "MAIL_FROM": "a@example.org", "LAURELS_ENV": "production"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "thanks.example.org"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://user@thanks.example.org"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://other.example.org", "ALLOWED_HOSTS": "thanks.example.org"}, "PUBLIC_URL"),
    ],
)
def test_a_setting_for_mail_that_is_wrong_is_named_at_the_start(monkeypatch, tmp_path, settings, names):
    given(monkeypatch, tmp_path, settings)
    with pytest.raises(config.Misconfigured, match=names):
        config.from_environment()


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"PUBLIC_URL": "https://thanks.example.org/laurels/"}, "https://thanks.example.org/laurels"),
        ({"ALLOWED_HOSTS": "thanks.example.org other.example.org"}, "https://thanks.example.org"),
        (
            {"SMTP_URL": "smtps://u:p@m:465", "MAIL_FROM": "A <a@example.org>", "PUBLIC_URL": "https://a.example.org"},
            "https://a.example.org",
        ),
    ],
)
def test_good_settings_are_taken(monkeypatch, tmp_path, settings, url):
    given(monkeypatch, tmp_path, settings)
    found = config.from_environment()
    assert found["PUBLIC_URL"] == url
    assert (found["SMTP_URL"], found["MAIL_FROM"]) == (settings.get("SMTP_URL", ""), settings.get("MAIL_FROM", ""))


def given(monkeypatch, folder, settings) -> None:
    for name in ("SMTP_URL", "MAIL_FROM", "PUBLIC_URL", "ALLOWED_HOSTS", "LAURELS_ENV", "PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ({"LAURELS_INSTANCE": str(folder)} | settings).items():
        monkeypatch.setenv(name, value)
