"""Pages as a person reads them: who is signed in, what a page says, where its links lead, what its forms hold.

ada = signed_in(app, "ada@example.org")
home = page(ada.get("/"))
home.says("#announcement")            the words inside that element
home.says("Good morning")             whether the page says so, anywhere that can be seen
home.links["All history"]             where that link leads
page(ada.post("/hours", data=form.fields | {"hours": "2"}))
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from html.parser import HTMLParser

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from portal.access import SECRET
from portal.domain import accounts
from portal.extensions import db

EMPTY = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
UNSAID = frozenset(("script", "style", "template", "head"))
INLINE = frozenset(
    ("a", "abbr", "b", "bdi", "button", "em", "i", "kbd", "small", "span", "strong", "sub", "sup", "label")
)


def signed_in(app: Flask, email: str) -> FlaskClient:
    """A browser in which this user is signed in, without the slow way by the password."""
    with app.app_context():
        user = accounts.by_email(email)
        assert user is not None, f"nobody signs in with {email}"
        secret = accounts.sign_in(user, browser="test", now=datetime.now(UTC))
        db.session.commit()
    client = app.test_client()
    with client.session_transaction() as session:
        session[SECRET] = secret
    return client


def page(response: TestResponse) -> "Page":
    """What came back, to be read."""
    return Page(response.get_data(as_text=True), response)


@dataclass(eq=False)
class Element:
    """An element of a page."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)
    parent: "Element | None" = None

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def get(self, name: str, default: str | None = None) -> str | None:
        """An attribute; '' for one without a value."""
        return self.attributes.get(name, default)

    @property
    def classes(self) -> list[str]:
        """Its classes."""
        return self.attributes.get("class", "").split()

    @property
    def inside(self) -> Iterator["Element"]:
        """All elements within it, in their order."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.inside

    @property
    def text(self) -> str:
        """The words in it, with single spaces."""
        return " ".join("".join(self._words()).split())

    def _words(self) -> Iterator[str]:
        gap = "" if self.tag in INLINE else " "
        yield gap
        before = None
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in UNSAID:
                yield " " if isinstance(before, Element) else ""  # side by side they are set apart by their style
                yield from child._words()
            before = child
        yield gap

    def fits(self, selector: str) -> bool:
        """Whether it is what a simple selector names: 'tag', '#id', '.class', '[name=value]', or several of them."""
        for mark, word in parts(selector):
            if mark == "#" and self.get("id") != word:
                return False
            if mark == "." and word not in self.classes:
                return False
            if mark == "" and self.tag != word:
                return False
            if mark == "[" and not self._has(word):
                return False
        return True

    def _has(self, condition: str) -> bool:
        name, equals, value = condition.partition("=")
        return name in self.attributes and (not equals or self.attributes[name] == value.strip("\"'"))

    def all(self, selector: str) -> list["Element"]:
        """What a selector finds within it; spaces lead further down."""
        found = [self]
        for step in selector.split():
            found = list(dict.fromkeys(one for start in found for one in start.inside if one.fits(step)))
        return found

    def one(self, selector: str) -> "Element":
        """The first that a selector finds. AssertionError if there is none."""
        found = self.all(selector)
        assert found, f"there is no {selector} in: {self.text[:2000]}"
        return found[0]


def parts(selector: str) -> Iterator[tuple[str, str]]:
    """'li.person[hidden]' as ('', 'li'), ('.', 'person'), ('[', 'hidden')."""
    mark, word, inside = "", "", False
    for letter in selector:
        if inside or letter not in "#.[":
            if letter == "]":
                inside = False
                continue
            word += letter
            continue
        if word:
            yield mark, word
        mark, word, inside = letter, "", letter == "["
    if word:
        yield mark, word


class Reader(HTMLParser):
    """Makes elements of HTML, and complains about what is not closed."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.root = self.here = Element("")
        self.feed(text)
        self.close()
        assert self.here is self.root, f"<{self.here.tag}> is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, parent=self.here)
        self.here.children.append(element)
        if tag not in EMPTY:
            self.here = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.here.children.append(Element(tag, {name: value or "" for name, value in attrs}, parent=self.here))

    def handle_endtag(self, tag: str) -> None:
        assert self.here.tag == tag, f"</{tag}> closes <{self.here.tag}>"
        assert self.here.parent is not None
        self.here = self.here.parent

    def handle_data(self, data: str) -> None:
        self.here.children.append(data)


class Page:
    """An answer that holds HTML: a page or a partial."""

    def __init__(self, html: str, response: TestResponse | None = None):
        self.html = html
        self.response = response
        self.root = Reader(html).root

    @property
    def status(self) -> int:
        """The answer's status."""
        assert self.response is not None
        return self.response.status_code

    @cached_property
    def text(self) -> str:
        """All the words of the page."""
        return self.root.text

    def says(self, what: str) -> str | bool:
        """The words in an element ('#id', '.class'); for anything else, whether the page says that."""
        if what[:1] in ("#", "."):
            return self.one(what).text
        return " ".join(what.split()) in self.text

    def all(self, selector: str) -> list[Element]:
        """Every element that a selector finds; see Element.fits."""
        return self.root.all(selector)

    def one(self, selector: str) -> Element:
        """The first element that a selector finds."""
        return self.root.one(selector)

    def words(self, selector: str) -> list[str]:
        """The words in each element that a selector finds."""
        return [one.text for one in self.all(selector)]

    def has(self, selector: str) -> bool:
        """Whether there is such an element."""
        return bool(self.all(selector))

    @property
    def title(self) -> str:
        """What the browser's tab says."""
        return self.one("title").text

    @property
    def heading(self) -> str:
        """The one h1."""
        found = self.words("h1")
        assert len(found) == 1, f"{len(found)} headings: {found}"
        return found[0]

    @cached_property
    def links(self) -> dict[str, str]:
        """Where links lead, by their words; of equal words, the first."""
        found: dict[str, str] = {}
        for link in self.all("a"):
            found.setdefault(link.text, link.get("href") or "")
        return found

    @property
    def fields(self) -> dict[str, str]:
        """What the forms in the page's main part would send as they are; for one of several see `form`."""
        return self.form("")

    def form(self, action: str) -> dict[str, str]:
        """What the form with this action would send as it is; '' for all of the main part."""
        selector = f"form[action={action}]" if action else "main form" if self.has("main") else "form"
        forms = self.all(selector)
        assert forms, f"no form {action}"
        return {name: value for form in forms for name, value in entries(form)}

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong, by the id of the field it is said at."""
        return {one["id"].removesuffix("-error"): one.text for one in self.all("p.error[id]")}


def entries(form: Element) -> Iterator[tuple[str, str]]:
    """What a form would send: names and values of its fields; unchecked boxes and buttons send nothing."""
    for control in form.inside:
        name = control.get("name")
        if not name or control.tag == "button":
            continue
        if control.tag == "textarea":
            yield name, "".join(child for child in control.children if isinstance(child, str)).removeprefix("\r\n")
        elif control.tag == "select":
            options = control.all("option")
            chosen = [one for one in options if one.get("selected") is not None] or options[:1]
            yield from ((name, one.get("value", one.text) or "") for one in chosen)
        elif control.tag == "input" and not (
            control.get("type") in ("checkbox", "radio") and control.get("checked") is None
        ):
            yield name, control.get("value") or ""


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """The SQL that is run meanwhile: with statements(app) as found: ...; len(found)."""
    found: list[str] = []

    def note(_connection, _cursor, statement, *_more) -> None:
        found.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
