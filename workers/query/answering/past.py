"""A question about the past, the home and its history in, an answer out. It reads the history: it blocks."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from contracts.query import Evidence, QueryResult, QueryStatus
from shared.home import Snapshot
from workers.query.answering.answer import MOST_EVIDENCE, Answer
from workers.query.answering.english_past import NO_SUCH_DATE, NOT_YET, UNKNOWN_ZONE, phrase_past
from workers.query.answering.english_times import Times
from workers.query.past.calendar import zone_of
from workers.query.past.finding import PastFinding
from workers.query.past.question import PastQuestion, Recall
from workers.query.past.recalling import NotYetError, as_reading, recall
from workers.query.past.records import Past

QUERY_TYPE = "history"


def answer_past(asked: PastQuestion, snapshot: Snapshot, past: Past, now: float) -> Answer:
    """The answer to a question that was asked at `now` (seconds since 1970, UTC).

    Its value is null where the history has nothing to tell it by. Raises what the history raises.
    """
    if any(each not in snapshot.registry.entities for each in asked.about.subject.entities):
        raise LookupError("the reading is of another registry than the snapshot")
    asked = as_reading(asked, snapshot)
    found_zone = zone_of(snapshot.registry.time_zone)
    zone = found_zone or ZoneInfo("UTC")
    try:
        recalled = recall(asked, snapshot, past, now, zone)
    except NotYetError:
        return Answer(QueryStatus.NOT_UNDERSTOOD, QUERY_TYPE, NOT_YET)
    except ValueError:
        return Answer(QueryStatus.NOT_UNDERSTOOD, QUERY_TYPE, NO_SUCH_DATE)
    finding, ids = recalled.finding, asked.about.subject.entities
    text = phrase_past(asked, finding, recalled.interval, snapshot, Times(now, zone))
    text += "" if found_zone else UNKNOWN_ZONE
    if not finding.known:
        return Answer(QueryStatus.NOT_UNDERSTOOD, QUERY_TYPE, text, entities=ids[:MOST_EVIDENCE])
    return Answer(
        QueryStatus.ANSWERED, QUERY_TYPE, text, _result(asked, finding), ids[:MOST_EVIDENCE],
        confidence=asked.about.confidence,
    )  # fmt: skip


def _result(asked: PastQuestion, finding: PastFinding) -> QueryResult:
    listed = isinstance(finding.value, list) or asked.about.ask.value in {"count", "count_rooms"}
    exactly = isinstance(finding.value, list) or (listed and asked.recall is Recall.SO)
    about = finding.about if exactly else finding.about or asked.about.subject.entities
    moment = asked.moment or (asked.recall in {Recall.LAST, Recall.FIRST, Recall.SINCE} and not listed)
    return QueryResult(
        value=iso(finding.at) if moment else finding.value, unit=None if moment else finding.unit, at=iso(finding.at),
        entities=list(about),
        evidence=Evidence(events=finding.events, since=iso(finding.since), until=iso(finding.until)),
    )  # fmt: skip


def iso(at: float | None) -> str | None:
    """A time in ISO 8601, UTC."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat()
