"""What Lighthouse says of the pages that matter most: `python -m benchmarks.lighthouse [PATH...]`.

The demonstration runs in processes of its own; each page is looked at as on a phone on a slow line, signed in as Ada.
Needs Chromium and npm; Lighthouse is put into build/ if it is not there. Scores are out of 100; the goal is 95.
"""

import argparse
import json
import os
import subprocess
import tempfile
from pathlib import Path

from benchmarks.recognition import print_table
from tests.browser.house import CHROMIUM, House, running
from tests.browser.places import ADA, GRACE, LINUS

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "lighthouse@13.5.0"
PROGRAM = ROOT / "build" / "node_modules" / ".bin" / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
GOAL = 95
PAGES = {
    "/": ADA,
    "/badges": ADA,
    "/leaderboards/points/monthly": ADA,
    "/hours/new": ADA,
    "/desk": GRACE,
    "/definitions/achievements/new": LINUS,
    "/sign-in": None,
}


def main() -> None:
    """Looks and prints a table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("paths", nargs="*", default=list(PAGES), help="pages to look at")
    install()
    with tempfile.TemporaryDirectory(prefix="laurels-lighthouse-") as name, running(Path(name)) as house:
        found = {path: look(house, path, Path(name)) for path in options.parse_args().paths}
    print_table([(kind, {path: str(one[kind]) for path, one in found.items()}) for kind in CATEGORIES])
    low = [f"{path}: {kind} {score}" for path, one in found.items() for kind, score in one.items() if score < GOAL]
    print("\n".join(["", f"below {GOAL}:", *low] if low else ["", f"all at least {GOAL}"]))


def install() -> None:
    """Puts Lighthouse into build/, unless it is there."""
    if not PROGRAM.exists():
        command = ["npm", "install", "--silent", "--no-save", "--prefix", str(ROOT / "build"), PACKAGE]
        subprocess.run(command, check=True)


def look(house: House, path: str, folder: Path) -> dict[str, int]:
    """The four scores of a page."""
    who, report = PAGES.get(path, ADA), folder / "report.json"
    name = house.app.config["SESSION_COOKIE_NAME"]
    headers = folder / "headers.json"
    headers.write_text(json.dumps({"Cookie": f"{name}={house.cookie(who)}"} if who else {}))
    flags = "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    command = [
        *(str(PROGRAM), house.address + path, "--quiet", "--output=json", f"--output-path={report}"),
        *(f"--extra-headers={headers}", f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={flags}"),
    ]
    environment = os.environ | {"CHROME_PATH": CHROMIUM or "", "XDG_CONFIG_HOME": str(folder)}
    subprocess.run(command, check=True, env=environment, capture_output=True, timeout=180)
    found = json.loads(report.read_text())
    (ROOT / "build" / f"lighthouse{path.replace('/', '-')}.json").write_text(json.dumps(found))
    return {kind: round(100 * (found["categories"][kind]["score"] or 0)) for kind in CATEGORIES}


if __name__ == "__main__":
    main()
