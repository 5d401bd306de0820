"""Reads style sheets, scripts and pages as text and says what a browser of the end of 2020 (Chrome 87) does not know.

What is not on these lists is refused until somebody has looked up since when browsers know it, and written it down
here; newer than Chrome 87 are, to name what one might reach for: layers, nesting, container queries, `:has`, `:is`,
`:where`, `aspect-ratio`, `accent-color`, `light-dark()`, `oklch()`, `color-mix()`, `dvh`, `translate:`, `inset-inline`,
`@property`, `text-wrap`, `overflow: clip`, ranges in media queries; `.at()`, `Object.hasOwn`, `structuredClone`,
`AbortSignal.timeout`, `crypto.randomUUID`, `findLast`, `Array.prototype.group`, static blocks, `await` at the top.
"""

import re
from collections.abc import Iterable, Iterator


def words(text: str) -> set[str]:
    """A set of words."""
    return set(text.split())


AT_RULES = {"font-face", "media", "keyframes"}
PROPERTIES = words(
    """
    -webkit-appearance -webkit-box-orient -webkit-line-clamp align-items animation appearance background
    border border-bottom border-color border-radius bottom box-sizing clip color cursor display fill flex
    flex-basis flex-direction flex-wrap font font-display font-family font-size font-style
    font-variant-numeric font-weight height justify-content left letter-spacing line-height list-style margin
    margin-bottom margin-inline-end margin-inline-start margin-left margin-right margin-top max-height
    max-width min-height min-width opacity outline outline-offset overflow overflow-wrap padding
    padding-bottom padding-top position right src stroke stroke-linecap stroke-linejoin stroke-width
    text-align text-decoration text-overflow top transform transition unicode-range white-space width
    """
)
PSEUDO = {
    *(":root", ":first-child", ":last-child", ":focus"),
    *("::-webkit-progress-bar", "::-webkit-progress-value"),
}
FUNCTIONS = {"url", "format", "var", "min", "rect", "cubic-bezier"}
UNITS = {"vh", "vw", "rem", "em", "px", "%", "s"}
FEATURES = {"max-aspect-ratio", "prefers-reduced-motion"}
WORDS = {"clip": {"overflow"}, "grid": {"display"}, "contents": {"display"}}
"""Values that are too new in these properties, or of which televisions make something else."""


def of_style(text: str) -> list[str]:
    """What is too new in a style sheet, or not known here."""
    plain = re.sub(r"/\*.*?\*/|\"[^\"]*\"|'[^']*'", "", text, flags=re.DOTALL)
    found = [f"@{name}" for name in re.findall(r"@([\w-]+)", plain) if name not in AT_RULES]
    found += ["nesting"] if "&" in plain or nested(plain) else []
    for query in re.findall(r"@media([^{]*)\{", plain):
        found += [f"@media{query}" for part in re.findall(r"\(([^)]*)\)", query) if not is_feature(part)]
    for selector in re.findall(r"([^{};]+)\{", plain):
        if not selector.strip().startswith("@"):
            found += [name for name in re.findall(r"::?[a-z-]+\(?", selector) if name not in PSEUDO]
    for name, value in declarations(plain):
        found += [f"{name}:"] if name not in PROPERTIES and not name.startswith("--") else []
        found += [f"{one}()" for one in re.findall(r"([a-z-]+)\(", value) if one not in FUNCTIONS]
        found += [unit for unit in re.findall(r"(?<![\w#.-])-?[\d.]+([a-z%]+)", value) if unit not in UNITS]
        found += [
            f"{name}: {word}" for word in value.split() if name in WORDS.get(word, ()) or WORDS.get(word) == set()
        ]
    return found


def is_feature(part: str) -> bool:
    """Whether it is a feature with a value, as old browsers read it: `(max-width: 3em)`, not `(width < 3em)`."""
    name, colon, _value = part.partition(":")
    return bool(colon) and name.strip() in FEATURES


def nested(plain: str) -> bool:
    """Whether a rule stands within another; within @media and @keyframes it may."""
    inside: list[bool] = []
    for start, brace in re.findall(r"([^{}]*)([{}])", plain):
        if brace == "}":
            inside = inside[:-1]
            continue
        if any(inside):
            return True
        inside.append("@" not in start)
    return False


def declarations(plain: str) -> Iterator[tuple[str, str]]:
    """(property, value) of every rule."""
    for block in re.findall(r"\{([^{}]*)\}", plain):
        for one in block.split(";"):
            name, colon, value = one.partition(":")
            if colon:
                yield name.strip(), value.strip()


SYNTAX = {
    "an arrow": r"=>",
    "a template": r"`",
    "a spread": r"\.\.\.",
    "a default": r"\?\?|\?\.",
    "an assignment with a condition": r"(\|\||&&|\?\?)=",
    "a power": r"\*\*",
    "a private name": r"#\w",
    "an underscore in a number": r"\d_\d",
    "a flag of a pattern": r"/[gimsuy]*[dv][dgimsuvy]*(?=[\s,;.)])",
}
KEYWORDS = words(
    """
    break case catch continue delete do else false finally for function if in instanceof new null return
    switch this throw true try typeof undefined var void while
    """
)
GLOBALS = words(
    """
    AbortController Array DOMParser Date Error Math Number String clearInterval clearTimeout document fetch
    history location performance setInterval setTimeout window
    """
)
MEMBERS = words(
    """
    abs abort add addEventListener appears catch classList contains dataset dir documentElement enabled filter
    finally forEach get getBoundingClientRect getElementById getTime has headers hidden href importNode
    indexOf lang length map matchMedia matches now ok parse parseFromString prototype push querySelector
    querySelectorAll random reload replace replaceState replaceWith signal slice split status style text
    textContent then toLocaleDateString toLocaleTimeString toggle top transform call
    """
)
"""What the script asks of objects; all of it was there in Chrome 87 (`finally` since 63, `replaceWith` since 54)."""


def of_script(text: str) -> list[str]:
    """What is too new in a script, or not known here. Names that it makes itself are its own."""
    plain = re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", '""', text, flags=re.DOTALL)
    found = [name for name, pattern in SYNTAX.items() if re.search(pattern, plain)]
    own = set(re.findall(r"\bfunction (\w+)", plain)) | set(re.findall(r"(?:\bvar |, |\()(\w+)(?= =|[,;)])", plain))
    own |= {one.strip() for args in re.findall(r"\bfunction \w*\(([^)]*)\)", plain) for one in args.split(",")}
    own |= set(re.findall(r"[{,]\s*(\w+):", plain))
    found += [f".{name}" for name in re.findall(r"\.([A-Za-z_$][\w$]*)", plain) if name not in MEMBERS | own | DATA]
    names = set(re.findall(r"(?<![.\w$])([A-Za-z_$][\w$]*)", plain))
    return found + sorted(names - own - GLOBALS - KEYWORDS)


DATA = {"byCookie", "etag", "every", "home", "look", "panel", "standing", "theme", "url", "words", "zone", "is"}
"""What the script finds in the page's own data attributes, and in its own objects."""
ELEMENTS = words(
    """
    a bdi body button circle clippath defs div filter form g h1 h2 head header html input label li line
    lineargradient link main meta ol p path progress radialgradient rect script section span stop svg title ul
    use ellipse polygon
    """
)
ATTRIBUTES = words(
    """
    action aria-describedby aria-hidden aria-invalid aria-label aria-labelledby as autocomplete autofocus
    charset class clip-path content crossorigin cx cy d defer dir fill fill-opacity for fx fy
    gradienttransform gradientunits height hidden href id inputmode lang max maxlength method name novalidate
    offset opacity pattern r rel required role rx ry src stop-color stop-opacity stroke
    stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-opacity stroke-width transform type value
    viewbox width x x1 x2 xmlns y y1 y2 points paint-order stroke-miterlimit version
    """
)


def of_page(elements: Iterable[tuple[str, Iterable[str]]]) -> list[str]:
    """What is too new in a page, or not known here: its elements, each with the names of its attributes."""
    found = set()
    for name, attributes in elements:
        found |= {f"<{name}>"} if name.lower() not in ELEMENTS else set()
        known = {one for one in attributes if one.lower() in ATTRIBUTES or one.startswith("data-")}
        found |= {f"<{name} {one}>" for one in set(attributes) - known}
    return sorted(found)
