"""Reads the portal's modules as text and says where they point the wrong way. Only the standard library."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

ROOMS = (
    ("wsgi",),
    ("portal",),
    ("portal.cli",),
    ("portal.up",),
    ("portal.demo", "portal.supervisor"),
    ("portal.web", "portal.api"),
    ("portal.access", "portal.jobs"),
    ("portal.languages",),
    ("portal.writing",),
    ("portal.domain",),
    ("portal.extensions",),
    ("portal.catalogues",),
    ("portal.database", "portal.config"),
)
"""From left to right: a module imports only from rooms that stand to the right of its own, and from its own."""

DOMAIN = (
    # what comes from outside, and what is done for many
    *("checkups", "doctor", "merging", "handing_over", "colliding", "leaving", "forgetting"),
    *("importing", "uploads", "rehearsing", "imports", "defining", "assessing", "foreseeing"),
    *("inbox", "undoing", "groups", "corrections", "pausing", "conferring"),
    # the story
    *("recognition", "booking", "announcing", "earning", "books", "gains"),
    # what people look at
    *("own_data", "attention", "dossier", "history", "aims", "results", "teammates", "places", "showing"),
    *("lookup", "diary"),
    # what people do and give
    *("sign_ups", "invitations", "admitting", "awarding", "members", "showcase", "reviewing", "directory", "catalogue"),
    *("keeping_doors", "keeping_boards", "snapshots", "closing", "rank_news", "ranking", "earlier", "periods"),
    "particulars",
    *("goals", "team_boards", "teams", "gathering", "letters", "leaderboards", "mail_choices", "daytime"),
    *("notifications", "definitions", "badges", "achievements", "tally", "pauses"),
    *("inviting", "recording", "layouts", "sheets", "spreadsheets", "cells", "problems"),
    *("judging", "tallies", "submissions", "avatars", "portraits", "points", "pricing", "streaks"),
    *("activities", "pairing", "displays", "screens", "idempotency", "privacy"),
    *("second_factors", "time_codes", "password_links", "one_time", "sign_ins", "door_mails", "audit"),
    *("accounts", "passwords", "volunteers", "names", "organisation"),
    ("refusals",),
)
"""The same within the domain. A new module is given its place here."""

FORBIDDEN_NAMES = frozenset(("utils", "util", "helpers", "helper", "services", "managers", "common", "misc"))
NOT_FOR_THE_DOMAIN = frozenset(("redis", "rq", "wtforms", "flask_wtf", "gunicorn", "click", "jinja2"))
FROM_FLASK_FOR_THE_DOMAIN = frozenset(("current_app",))


def sources(root: Path = ROOT) -> dict[str, str]:
    """The text of every module of the portal, by its dotted name."""
    files = [root / "wsgi.py", *sorted((root / "portal").rglob("*.py"))]
    return {name_of(file.relative_to(root)): file.read_text() for file in files}


def name_of(path: Path) -> str:
    """'portal/domain/points.py' as 'portal.domain.points'."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(module: str, text: str, known: Iterable[str] = ()) -> Iterator[str]:
    """The dotted names that a module imports, anywhere in it; what is taken out of a module counts as that module,
    unless it is one of the `known` modules itself."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = ".".join(filter(None, ("portal" if node.level else "", node.module)))
            for one in node.names:
                yield f"{source}.{one.name}" if f"{source}.{one.name}" in known else source


def rank(room: str, order: Iterable) -> int | None:
    """Where a room stands in an order of rooms, from the left; None if it has no place there."""
    for number, names in enumerate(order):
        if room == names or (room in names and not isinstance(names, str)):
            return number
    return None


def room_of(module: str) -> str:
    """The room that a module belongs to: 'portal.domain.points' to 'portal.domain'."""
    return ".".join(module.split(".")[:2])


def complaints(modules: Mapping[str, str]) -> list[str]:
    """What is wrong with these modules (their text by dotted name), a line each."""
    found = []
    for module, text in modules.items():
        found += name_complaints(module)
        found += environment_complaints(module, text)
        for target in imports(module, text, modules):
            found += direction_complaints(module, target)
            found += library_complaints(module, target)
        found += flask_complaints(module, text)
    return found


def name_complaints(module: str) -> list[str]:
    """No drawer for odds and ends; and every room, and every module of the domain, has its place."""
    found = [f"{module}: give it the name of what it is about" for part in module.split(".") if part in FORBIDDEN_NAMES]
    if rank(room_of(module), ROOMS) is None:
        found.append(f"{module}: has no place among the rooms")
    if in_domain(module) and rank(module.split(".")[2], DOMAIN) is None:
        found.append(f"{module}: has no place in the domain's order")
    return found


def in_domain(module: str) -> bool:
    """Whether it is one of the domain's own modules."""
    return module.startswith("portal.domain.")


def direction_complaints(module: str, target: str) -> list[str]:
    """An import that does not point to the right."""
    here, there = room_of(module), room_of(target)
    if here != there and points_back(here, there, ROOMS):
        return [f"{module} imports {target}, which does not stand to its right"]
    if in_domain(module) and in_domain(target):
        here, there = module.split(".")[2], target.split(".")[2]
        if here != there and points_back(here, there, DOMAIN):
            return [f"{module} imports {target}, which does not stand to its right"]
    return []


def points_back(here: str, there: str, order: Iterable) -> bool:
    """Whether `there` stands beside or to the left of `here`."""
    mine, other = rank(here, order), rank(there, order)
    return mine is not None and other is not None and other <= mine


def library_complaints(module: str, target: str) -> list[str]:
    """The domain knows no HTTP, no forms, no Redis."""
    if in_domain(module) and target.split(".")[0] in NOT_FOR_THE_DOMAIN:
        return [f"{module} imports {target}, of which the domain knows nothing"]
    return []


def flask_complaints(module: str, text: str) -> list[str]:
    """Of Flask the domain uses the application's settings, and nothing of requests."""
    if not in_domain(module):
        return []
    taken = [
        one.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and node.module == "flask"
        for one in node.names
    ]
    return [f"{module} imports flask.{name}" for name in taken if name not in FROM_FLASK_FOR_THE_DOMAIN]


def environment_complaints(module: str, text: str) -> list[str]:
    """Only config.py reads the environment."""
    if module == "portal.config":
        return []
    reads = [node for node in ast.walk(ast.parse(text)) if reads_environment(node)]
    return [f"{module} reads the environment in line {node.lineno}; that is for portal.config" for node in reads]


def reads_environment(node: ast.AST) -> bool:
    """Whether it is `os.environ` or `os.getenv`."""
    return (
        isinstance(node, ast.Attribute)
        and node.attr in ("environ", "getenv")
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    )
