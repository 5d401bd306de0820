"""What people read goes through the catalogues: no template and no module says something in plain English."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import nodes
from jinja2.ext import InternationalizationExtension

from portal.config import ROOT
from portal.web.page import Environment

TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in (".html", ".txt"))
MODULES = sorted((ROOT / "portal").rglob("*.py"))
READ = ("title", "alt", "placeholder", "aria-label", "aria-description")
"""Attributes that people read or hear."""
NAMES = {"Laurels", "J", "K", "X", "A", "utf"}
"""The product, and keys to press."""
LETTERS = re.compile(r"[A-Za-z]+")


class Text(HTMLParser):
    """What a template says by itself, in text and in attributes that people read."""

    def __init__(self, source: str):
        super().__init__()
        self.found: list[str] = []
        self.silent = 0
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.silent += tag in ("style", "script")
        for name, value in attrs:
            if name in READ and value:
                self.note(value)

    def handle_endtag(self, tag):
        self.silent -= tag in ("style", "script")

    def handle_data(self, data):
        if not self.silent:
            self.note(data)

    def note(self, text: str) -> None:
        """Notes words of a language."""
        words = [word for word in LETTERS.findall(text) if word not in NAMES]
        if words:
            self.found.append(" ".join(text.split()))


def without_code(source: str) -> str:
    """A template without comments, statements and what is filled in."""
    source = re.sub(r"\{#.*?#\}", "", source, flags=re.S)
    return re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", source, flags=re.S)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_says_nothing_by_itself(path):
    assert Text(without_code(path.read_text(encoding="utf-8"))).found == []


SAYS = {"button": 0, "button_link": 0, "confirm": 0, "empty": 0, "chip": 0, "tabs": 1, "progress": 2, "icon": 1}
"""Macros, and which of their arguments are words."""


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_gives_no_plain_words_to_what_it_is_made_of(path):
    tree = Environment(app_for_templates(), extensions=[InternationalizationExtension]).parse(path.read_text("utf-8"))
    plain = [
        argument.value
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in SAYS
        for argument in call.args[SAYS[call.node.name] : SAYS[call.node.name] + 1]
        if isinstance(argument, nodes.Const) and isinstance(argument.value, str) and " " in argument.value
    ]
    assert plain == []


def app_for_templates():
    """An application that only lends its name to the environment."""
    from flask import Flask

    return Flask("portal")


GATHER = {"_", "_l", "gettext", "ngettext", "pgettext", "lazy_gettext", "N_"}
FIELDS = {"Words", "Paragraph", "Number", "Whole", "Email"}
SAY_NOW = {"_", "gettext", "ngettext", "pgettext"}
TELLS = {"flash", "Item", "Link", "Numeral"}
"""What takes words that people read as its first argument."""


def name_of(call: ast.Call) -> str:
    """What is called: 'flash' of `flash(...)`."""
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def calls(path: Path) -> Iterator[ast.Call]:
    """All calls in a module."""
    return (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))


def literal(node: ast.AST) -> bool:
    """Whether it is a plain text with words in it."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(LETTERS.search(node.value))


@pytest.mark.parametrize("path", [path for path in MODULES if "web" in path.parts], ids=lambda path: path.name)
def test_a_screen_tells_nobody_anything_in_plain_words(path):
    plain = [
        f"line {call.lineno}: {ast.unparse(call)[:80]}"
        for call in calls(path)
        if call.args
        and literal(call.args[0])
        and (name_of(call) in TELLS or name_of(call) in FIELDS or name_of(call).endswith("Field"))
    ]
    assert plain == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_words_are_gathered_whole_and_when_they_are_said(path):
    """What is no plain text is not found by `make words`; what is translated while a module is read stays English."""
    tree = ast.parse(path.read_text("utf-8"))
    early = [f"line {call.lineno}: {ast.unparse(call)[:80]}" for call in said_too_early(tree)]
    made_up = [
        f"line {call.lineno}: {ast.unparse(call)[:80]}"
        for call in calls(path)
        if isinstance(call.func, ast.Name)
        and call.func.id in GATHER
        and call.args
        and not isinstance(call.args[0], ast.Constant)
        and path.name not in OWN_TEXTS
    ]
    hidden = [f"line {call.lineno}: {ast.unparse(call)[:80]}" for call in in_a_format(tree)]
    assert early + made_up + hidden == []


OWN_TEXTS = ("starter_words.py", "form_words.py")
"""Here texts are looked up that were gathered elsewhere."""


def in_a_format(tree: ast.AST) -> Iterator[ast.Call]:
    """Calls of `_` and the like within an f-string, where they are not looked for."""
    formats = (node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr))
    inside = (node for one in formats for node in ast.walk(one) if isinstance(node, ast.Call))
    return (call for call in inside if name_of(call) in GATHER)


def said_too_early(node: ast.AST) -> Iterator[ast.Call]:
    """Calls of `_` and the like outside of functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Name) and child.func.id in SAY_NOW:
            yield child
        yield from said_too_early(child)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ("<p>{{ _('Hello') }} · {# a remark #}</p>", []),
        ('<button aria-label="Close">x</button>', ["Close", "x"]),
        ("<style>p { color: red }</style>", []),
    ],
)
def test_plain_words_in_a_template_are_found(source, found):
    assert Text(without_code(source)).found == found


def test_words_that_are_said_too_early_are_found():
    early = "LABEL = _('Hello')\ndef say():\n    return _('Hello')\n"
    assert [call.lineno for call in said_too_early(ast.parse(early))] == [1]
