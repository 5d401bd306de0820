"""Where things are. A page asks that a hundred times, and most pages ask for the same."""

from functools import lru_cache

import flask
from flask import request

KEPT = 8192
"""How many addresses are kept."""


def url_for(endpoint: str, **values) -> str:
    """Flask's url_for; addresses on this site, of endpoints named in full, are kept within this process."""
    if endpoint[0] == "." or "_external" in values:
        return flask.url_for(endpoint, **values)
    return kept(request.root_path, endpoint, **values)


@lru_cache(maxsize=KEPT, typed=True)
def kept(_root: str, endpoint: str, **values) -> str:
    """An address under the folder in which the portal is served; nothing else changes it, without url_defaults."""
    return flask.url_for(endpoint, **values)
