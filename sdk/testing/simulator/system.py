"""A simulated system: its ledger, its behaviour, and the control calls that tell and ask.

Control, on the system's own control address, on its HTTP address where it has one, and for several
systems in one process under /_simulator/<id>/ as well:

  GET    /_simulator/ledger?outcome=&key=   {"items":[...],"counts":{"applied":1,...}}
  GET    /_simulator/state                  what the system holds now
  GET    /_simulator/behaviour              the rules that still hold
  POST   /_simulator/behaviour              one rule or a list of rules (behaviour.py)
  DELETE /_simulator/behaviour              back to duty (also up again)
  POST   /_simulator/<word>                 what the system adds (the work orders: release)
"""

import json
import threading

from .behaviour import ON_REQUESTS, Behaviour
from .http_face import CLOSE, HttpFace, Reply
from .ledger import Ledger

CONTROL = "/_simulator/"


class Violation(Exception):
    """The request broke the protocol: refused with 400 and written down."""

    def __init__(self, text, status=400):
        super().__init__(text)
        self.status = status


class System:
    """What every simulated system has. `id` is the adapter's."""

    id = ""
    words = ON_REQUESTS

    def __init__(self, ledger_path=None):
        self.ledger = Ledger(ledger_path)
        self.behaviour = Behaviour(self.words)
        self.lock = threading.Lock()
        self._faces = []
        self._timer = None

    def add_face(self, face):
        self._faces.append(face)
        return face

    def addresses(self):
        """{"url": "http://…"}: what an adapter's settings need."""
        return {}

    def state(self):
        return {}

    def command(self, word, told):
        """A control call of the system's own: a Reply, or None for a word it does not know."""
        return None

    def tell(self, told):
        for rule in self.behaviour.parse(told):
            if rule.do == "down":
                self.down(rule.get("seconds"))
            elif rule.do == "up":
                self.up()
            else:
                self.behaviour.add(rule)

    def down(self, seconds=None):
        for face in self._faces:
            face.down()
        if seconds:
            self._timer = threading.Timer(seconds, self.up)
            self._timer.daemon = True
            self._timer.start()

    def up(self):
        if self._timer:
            self._timer.cancel()
        for face in self._faces:
            face.up()

    def control(self, request):
        word = request.path[len(CONTROL):].removeprefix(self.id + "/")
        try:
            if word == "ledger" and request.method == "GET":
                return Reply(200, {"items": self.ledger.entries(**request.query), "counts": self.ledger.counts()})
            if word == "state" and request.method == "GET":
                with self.lock:
                    return Reply(200, self.state())
            if word == "behaviour" and request.method == "GET":
                return Reply(200, self.behaviour.show())
            if word == "behaviour" and request.method == "POST":
                self.tell(json.loads(request.body))
                return Reply(200, self.behaviour.show())
            if word == "behaviour" and request.method == "DELETE":
                self.behaviour.clear()
                self.up()
                return Reply(204)
            reply = self.command(word, json.loads(request.body or b"{}")) if request.method == "POST" else None
            return reply or Reply(404, {"error": "no control call %s %s" % (request.method, request.path)})
        except ValueError as wrong:
            return Reply(400, {"error": str(wrong)})


class HttpSystem(System):
    """A system with one HTTP address. A subclass reads a request into facts and applies it."""

    def __init__(self, address, ledger_path=None):
        super().__init__(ledger_path)
        self.face = self.add_face(HttpFace(address, self.answer))

    def addresses(self):
        return {"url": self.face.url}

    def read(self, request):
        """The request's facts ({"key", "msisdn", ...}, masked: they are the ledger's "request"), or Violation."""
        raise NotImplementedError

    def apply(self, request, facts):
        """Does it: (outcome, Reply). Called under self.lock."""
        raise NotImplementedError

    def refusal(self, facts, rule):
        """The system's own no, where a rule says refuse and gives no status."""
        return Reply(422, {"error": rule.get("reason", "refused")})

    def answer(self, request):
        if request.path.startswith(CONTROL):
            return self.control(request)
        try:
            facts = self.read(request)
        except Violation as wrong:
            self.ledger.record(None, {"method": request.method, "path": request.path}, "violation", text=str(wrong))
            return Reply(wrong.status, {"error": str(wrong)})
        rule = self.behaviour.take(facts)
        if rule is None:
            return self.perform(request, facts)[1]
        return self.misbehave(request, facts, rule)

    def perform(self, request, facts, **more):
        with self.lock:
            outcome, reply = self.apply(request, facts)
            self.ledger.record(facts.get("key"), facts, outcome, status=reply.status, **more)
        return outcome, reply

    def misbehave(self, request, facts, rule):
        key = facts.get("key")
        if rule.do == "break":
            self.perform(request, facts, broken=True)
            return CLOSE
        if rule.do == "drop":
            self.ledger.record(key, facts, "dropped")
            return CLOSE
        if rule.do == "hang":
            if rule.get("apply"):
                self.perform(request, facts, broken=True)
            else:
                self.ledger.record(key, facts, "hung")
            request.gone.wait(rule.get("seconds", 60))
            return CLOSE
        if rule.do == "slow":
            request.gone.wait(rule.get("delay_ms", 100) / 1000)
            return self.perform(request, facts)[1]
        if rule.do == "busy":
            status = rule.get("status", 503)
            self.ledger.record(key, facts, "busy", status=status)
            return Reply(status, {"error": "busy"}, [("retry-after", "1")])
        reply = Reply(rule.get("status"), rule.get("body", {"error": "refused"})) if rule.get("status") \
            else self.refusal(facts, rule)
        self.ledger.record(key, facts, "refused", status=reply.status)
        return reply


def json_object(request, content_type="application/json"):
    """The body as an object; Violation where it is none or is called something else."""
    if request.content_type != content_type:
        raise Violation("content-type is %r, expected %s" % (request.content_type, content_type), 415)
    try:
        body = json.loads(request.body)
    except ValueError as wrong:
        raise Violation("body is not JSON: %s" % wrong)
    if not isinstance(body, dict):
        raise Violation("body is not an object")
    return body


def members(body, **expected):
    """Every member named is there and of its type, and there is no other; Violation names the first that is not."""
    for name, kind in expected.items():
        if name not in body:
            raise Violation("member %r is missing" % name)
        if not isinstance(body[name], kind) or (kind is int and isinstance(body[name], bool)):
            raise Violation("member %r is not of type %s" % (name, getattr(kind, "__name__", kind)))
    for name in body:
        if name not in expected:
            raise Violation("member %r is not known" % name)
