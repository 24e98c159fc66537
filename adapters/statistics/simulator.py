#!/usr/bin/env python3
"""The statistics system: InfluxDB 1.x line protocol on POST /write?db=jackfield&precision=ns.

A point is its measurement, tags and timestamp. Written again with the same fields it is a duplicate;
with the fields of another order two orders have met, and that is a violation.
"""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "sdk" / "testing"))

from simulator import HttpSystem, Reply, Violation  # noqa: E402
from simulator.command_line import arguments, run  # noqa: E402

WORD = r"(?:\\.|[^\\ ,=])+"
LINE = re.compile(r'(%s)((?:,%s=%s)*) ((?:"(?:\\.|[^"\\])*"|[^" ])+) ([0-9]+)\Z' % (WORD, WORD, WORD))
TAG = re.compile(r",((?:\\.|[^\\ ,=])+)=((?:\\.|[^\\ ,=])+)")
FIELD = re.compile(r'([A-Za-z_]+)=(?:(-?[0-9]+)i|"((?:\\.|[^"\\])*)")(?:,|\Z)')
FIELDS = ["count", "fee_fen", "duration_ms", "order"]
OUTCOMES = ("completed", "rejected", "failed", "cancelled")


def plain(text):
    return re.sub(r"\\(.)", r"\1", text)


def parse(line):
    """(tags, fields, timestamp) of one line of `orders`; Violation says what does not fit."""
    match = LINE.match(line)
    if not match or match.group(1) != "orders":
        raise Violation("not a line of measurement orders with tags, fields and a timestamp")
    tags = {plain(name): plain(value) for name, value in TAG.findall(match.group(2))}
    if list(tags) != ["service", "channel", "outcome"] or tags["outcome"] not in OUTCOMES:
        raise Violation("tags are %s, expected service, channel, outcome" % ", ".join(tags))
    fields, at = {}, 0
    for found in FIELD.finditer(match.group(3)):
        if found.start() != at:
            break
        fields[found.group(1)] = int(found.group(2)) if found.group(2) else plain(found.group(3))
        at = found.end()
    if at != len(match.group(3)) or list(fields) != FIELDS or fields["count"] != 1:
        raise Violation("fields are not count=1i,fee_fen=…i,duration_ms=…i,order=\"…\"")
    if len(match.group(4)) != 19:
        raise Violation("timestamp is not in nanoseconds")
    return tags, fields, match.group(4)


class Statistics(HttpSystem):
    id = "statistics"

    def __init__(self, address, ledger_path=None):
        super().__init__(address, ledger_path)
        self._points = {}

    def state(self):
        return {"points": len(self._points)}

    def read(self, request):
        if (request.method, request.path) != ("POST", "/write"):
            raise Violation("expected POST /write", 404)
        if request.query != {"db": "jackfield", "precision": "ns"}:
            raise Violation("query is %r, expected db=jackfield&precision=ns" % request.query_text)
        text = request.body.decode("utf-8", "strict").rstrip("\n")
        if "\n" in text:
            raise Violation("expected one line")
        tags, fields, timestamp = parse(text)
        return {"key": fields["order"], **tags, **fields, "timestamp": timestamp}

    def apply(self, request, facts):
        point = (facts["service"], facts["channel"], facts["outcome"], facts["timestamp"])
        known = self._points.get(point)
        self._points[point] = facts
        if known and known["order"] != facts["order"]:
            self.ledger.record(facts["key"], facts, "violation", text="met order " + known["order"])
        return "duplicate" if known == facts else "applied", Reply(204)


def make(listen="127.0.0.1:0", ledger=None):
    return Statistics(listen, ledger)


if __name__ == "__main__":
    given = arguments(__doc__.splitlines()[0]).parse_args()
    run(make(given.listen, given.ledger), given)
