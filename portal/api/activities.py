"""What other systems say that people did: one activity, or up to a thousand with a result for each."""

from datetime import UTC, datetime
from decimal import Decimal

from flask import Response, jsonify, request
from flask_babel import gettext as _

from portal.access import problem, scope
from portal.api import api
from portal.api.answers import caller
from portal.domain import recording
from portal.domain.judging import Rejected, Verdict
from portal.domain.submissions import Submission, is_text, parse_time
from portal.jobs.queue import ring
from portal.writing import write

AT_MOST = 1000
TEXTS = (
    *("event_type", "occurred_at", "volunteer_email", "volunteer_external_id", "volunteer_name", "external_id"),
    *("reference_type", "reference_name", "description"),
)
NUMBERS_OR_TEXTS = ("quantity", "volunteer_id", "reference_id")
FIELDS = {*TEXTS, *NUMBERS_OR_TEXTS, "certified", "tags", "source"}
LONGEST_SOURCE = 64


class Malformed(ValueError):
    """JSON that is not an activity: where, and what is wrong."""

    def __init__(self, pointer: str, detail: str):
        super().__init__(detail)
        self.pointer = pointer
        self.detail = detail


@api.post("/activities")
@scope("record")
def record_activities() -> Response:
    """Records one activity (201, 200 for the same again, 409, 422) or a list of them (200, a result for each)."""
    body = sent()
    one = isinstance(body, dict) and "activities" not in body
    try:
        source, rows = read_body(body)
    except Malformed as error:
        return problem(
            422, "Not an activity", error.detail, errors=[{"pointer": error.pointer, "detail": error.detail}]
        )
    now = datetime.now(UTC)
    verdicts = write(lambda: recording.record(rows, source=source, now=now, by=caller(), creates_people=False))
    ring("counting.count_pending")
    return answer_one(verdicts[0]) if one else jsonify({"results": [result(verdict) for verdict in verdicts]})


def sent() -> object:
    """The request's JSON; None for what is none, or is nested deeper than anybody reads."""
    try:
        return request.get_json(silent=True)
    except RecursionError:
        return None


def read_body(body: object) -> tuple[str, list[Submission]]:
    """The source and the activities of a request. Raises Malformed."""
    if not isinstance(body, dict):
        raise Malformed("", _('Send one activity as a JSON object, or several as {"activities": [...]}.'))
    several = "activities" in body
    listed = body["activities"] if several else [body]
    if not isinstance(listed, list) or not 0 < len(listed) <= AT_MOST:
        raise Malformed("/activities", _("Send between 1 and %(most)s activities.", most=AT_MOST))
    if several and (unknown := set(body) - {"activities", "source"}):
        raise Malformed(f"/{min(unknown)}", _("This field is not known."))
    rows = [read_activity(item, f"/activities/{place}" if several else "") for place, item in enumerate(listed)]
    return read_source(body.get("source", "api")), rows


def read_source(source: object) -> str:
    """Whose ids these are. Raises Malformed."""
    if not isinstance(source, str) or not 0 < len(source) <= LONGEST_SOURCE or not is_text(source):
        raise Malformed("/source", _("A source is a word of at most %(most)s letters.", most=LONGEST_SOURCE))
    return source


def read_activity(item: object, where: str) -> Submission:
    """One activity. Raises Malformed for wrong types, unknown fields, and a time without an offset."""
    if not isinstance(item, dict):
        raise Malformed(where, _("An activity is a JSON object."))
    if unknown := sorted(set(item) - FIELDS):
        raise Malformed(f"{where}/{unknown[0]}", _("This field is not known."))
    given = {name: read_text(item[name], f"{where}/{name}", name) for name in item if name in TEXTS + NUMBERS_OR_TEXTS}
    given = {name: text for name, text in given.items() if text}
    if "external_id" not in given:
        raise Malformed(f"{where}/external_id", _("Send your own id of it, so that it counts once."))
    moment = parse_time(given.get("occurred_at", "").strip())
    if moment is not None and moment.tzinfo is None:
        raise Malformed(f"{where}/occurred_at", _("A time needs its offset, as in 2026-05-01T18:30:00+02:00."))
    return Submission(**given, **read_certified(item, where), **read_tags(item, where))


def read_text(value: object, where: str, name: str) -> str:
    """A text, or, where that is allowed, a number as the text that it was. Raises Malformed."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if name in NUMBERS_OR_TEXTS and isinstance(value, (int, float)) and not isinstance(value, bool):
        exact = Decimal(str(value))
        return f"{exact:f}" if exact.is_finite() and abs(exact) < 10**15 else str(value)
    raise Malformed(where, _("This must be a text."))


def read_certified(item: dict, where: str) -> dict:
    """Whether a skill is certified. Raises Malformed for anything but true and false."""
    value = item.get("certified")
    if value is None:
        return {}
    if not isinstance(value, bool):
        raise Malformed(f"{where}/certified", _("This is true or false."))
    return {"certified": "true" if value else "false"}


def read_tags(item: dict, where: str) -> dict:
    """Tags, a list of words. Raises Malformed."""
    value = item.get("tags")
    if value is None:
        return {}
    if not isinstance(value, list) or not all(isinstance(tag, str) and ";" not in tag for tag in value):
        raise Malformed(f"{where}/tags", _("Tags are a list of words."))
    return {"tags": ";".join(value)}


def answer_one(verdict: Verdict) -> Response:
    """What is answered to a single activity."""
    if isinstance(verdict, Rejected):
        status = 409 if verdict.conflict else 422
        errors = [{"pointer": f"/{verdict.field}", "detail": verdict.reason}]
        return problem(status, "Conflict" if verdict.conflict else "Refused", verdict.reason, errors=errors)
    response = jsonify(result(verdict))
    response.status_code = 200 if verdict.same else 201
    return response


def result(verdict: Verdict) -> dict:
    """What became of one activity of a list."""
    if isinstance(verdict, Rejected):
        outcome = "conflict" if verdict.conflict else "refused"
        return {"result": outcome, "errors": [{"pointer": f"/{verdict.field}", "detail": verdict.reason}]}
    return {
        "result": "same" if verdict.same else "recorded",
        "id": verdict.activity_id,
        "volunteer_id": verdict.volunteer_id,
        "external_id": verdict.external_id,
    }
