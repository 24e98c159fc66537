"""A system that takes CloudEvents 1.0 in structured mode: POST /events.

202 for a new id, 409 for one it has; the same id with another type, subject, time or data is written down
as a violation, for then the sender's key does not name one event.
"""

import re

from .http_face import Reply
from .system import HttpSystem, Violation, json_object, members

MSISDN = re.compile(r"1[0-9]{10}\Z")
RFC3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})\Z")
MOST_IDS = 1_000_000


class CloudEvents(HttpSystem):
    types = ()

    def __init__(self, address, ledger_path=None):
        super().__init__(address, ledger_path)
        self._events = {}

    def state(self):
        return {"events": len(self._events)}

    def read(self, request):
        if (request.method, request.path) != ("POST", "/events"):
            raise Violation("expected POST /events, got %s %s" % (request.method, request.path), 404)
        event = json_object(request, "application/cloudevents+json")
        members(event, specversion=str, id=str, source=str, subject=str, type=str, time=str, datacontenttype=str,
                data=dict)
        if event["specversion"] != "1.0":
            raise Violation("specversion is %r, expected 1.0" % event["specversion"])
        if not event["id"] or event["source"] != "/jackfield":
            raise Violation("id is empty, or source is %r and not /jackfield" % event["source"])
        if not MSISDN.match(event["subject"]):
            raise Violation("subject is not an MSISDN of eleven digits")
        if event["type"] not in self.types:
            raise Violation("type %r is none of %s" % (event["type"], ", ".join(self.types)))
        if not RFC3339.match(event["time"]):
            raise Violation("time %r is not RFC 3339" % event["time"])
        if event["datacontenttype"] != "application/json":
            raise Violation("datacontenttype is %r" % event["datacontenttype"])
        self.check(event)
        return {"key": event["id"], "type": event["type"], "msisdn": event["subject"], "time": event["time"],
                "data": event["data"]}

    def check(self, event):
        """What a type asks of its data; Violation where it lacks it."""

    def apply(self, request, facts):
        known = self._events.get(facts["key"])
        if known is None:
            if len(self._events) >= MOST_IDS:
                self._events.pop(next(iter(self._events)))
            self._events[facts["key"]] = facts
            return "applied", Reply(202)
        if known != facts:
            self.ledger.record(facts["key"], facts, "violation", text="another event under a known id")
        return "duplicate", Reply(409, {"error": "id is known"})
