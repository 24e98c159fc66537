"""The work-order system: TMF641-shaped, and the one that calls back when the work is done.

POST /tmf-api/serviceOrdering/v4/serviceOrder (201; 200 for an externalId it has), GET and PATCH
…/serviceOrder/{id}. The receipt goes to {callback}/v1/events/pending-completion and is repeated until it
is taken. A rule {"do":"receipt","mode":…,"delay_ms":n,"reason":…} says how it comes:

  done     after delay_ms (the duty: 0)        failed   with result failed and the reason
  twice    the same receipt two times          early    before the order's own answer
  late     only when told: control call POST release {"correlation","result","reason"}, or {} for all
  never    not at all
"""

import concurrent.futures
import http.client
import json
import threading
import urllib.parse

from simulator import HttpSystem, Reply, Violation
from simulator.behaviour import ON_REQUESTS
from simulator.system import json_object

PATH = "/tmf-api/serviceOrdering/v4/serviceOrder"
MODES = ("done", "failed", "twice", "early", "late", "never")
MOST_TRIES = 2000


class Receipts:
    """Delivers receipts: a few threads, each with a connection kept open."""

    def __init__(self, callback, ledger):
        parts = urllib.parse.urlsplit(callback)
        self._address, self._path = (parts.hostname, parts.port or 80), parts.path.rstrip("/")
        self._ledger = ledger
        self._pool = concurrent.futures.ThreadPoolExecutor(8, "receipt")
        self._local = threading.local()

    def send(self, receipt, delay_ms=0, wanted=lambda: True, tries=1):
        """Puts it on its way after the delay; asked once more, just before it leaves, whether it is still wanted."""
        if delay_ms:
            timer = threading.Timer(delay_ms / 1000, self._pool.submit, (self._deliver, receipt, wanted, tries))
            timer.daemon = True
            timer.start()
        else:
            self._pool.submit(self._deliver, receipt, wanted, tries)

    def send_now(self, receipt):
        """On the caller's thread, once; a receipt that is not taken is put on its way as any other."""
        if not self._post(receipt):
            self.send(receipt, 100)

    def _deliver(self, receipt, wanted, tries):
        if wanted() and not self._post(receipt) and tries < MOST_TRIES:
            self.send(receipt, min(2000, 50 * 2 ** min(tries, 6)), wanted, tries + 1)

    def _post(self, receipt):
        connection = getattr(self._local, "connection", None)
        status = None
        for attempt in (1, 2):  # the second, anew, where a kept connection has gone stale
            try:
                if connection is None:
                    connection = http.client.HTTPConnection(*self._address, timeout=5)
                connection.request("POST", self._path + "/v1/events/pending-completion", json.dumps(receipt).encode(),
                                   {"content-type": "application/json", "idempotency-key": receipt["id"]})
                reply = connection.getresponse()
                reply.read()
                status = reply.status
                break
            except (OSError, http.client.HTTPException):
                connection.close()
                connection = None
        self._local.connection = connection
        self._ledger.record(receipt["correlation"], {"receipt": receipt}, "called-back" if status and status < 300
                            else "call-back-failed", status=status)
        return status is not None and status < 300


class WorkOrders(HttpSystem):
    id = "work_orders"
    words = ON_REQUESTS + ("receipt",)

    def __init__(self, address, callback, ledger_path=None):
        self._orders, self._by_external, self._held = {}, {}, {}
        self._late = []
        super().__init__(address, ledger_path)
        self._receipts = Receipts(callback, self.ledger)

    def state(self):
        return {"orders": list(self._orders.values()), "held": sorted(self._held)}

    def read(self, request):
        if (request.method, request.path) == ("POST", PATH):
            body = json_object(request)
            items = body.get("serviceOrderItem")
            if not isinstance(body.get("externalId"), str) or not body["externalId"]:
                raise Violation("externalId is missing")
            if not isinstance(body.get("category"), str) or not isinstance(items, list) or not items:
                raise Violation("category is missing, or serviceOrderItem is not a list with an item")
            if set(body) - {"externalId", "category", "serviceOrderItem", "description"}:
                raise Violation("an unknown member: %s" % ", ".join(sorted(body)))
            return {"key": body["externalId"], "flow": body["category"], "items": items, "msisdn": find_msisdn(items)}
        if request.path.startswith(PATH + "/"):
            number = request.path[len(PATH) + 1:]
            key = self._orders.get(number, {}).get("externalId")
            if request.method == "GET":
                return {"key": key, "order": number, "command": "GET"}
            if request.method == "PATCH":
                body = json_object(request)
                if body != {"state": "cancelled"}:
                    raise Violation("only {\"state\":\"cancelled\"} may be patched")
                return {"key": key, "order": number, "command": "cancel"}
        raise Violation("no such call: %s %s" % (request.method, request.path), 404)

    def apply(self, request, facts):
        if "order" in facts:
            return self._existing(facts)
        number = self._by_external.get(facts["key"])
        if number:
            return "duplicate", Reply(200, self._show(number))
        number = "WO%06d" % (len(self._orders) + 1)
        self._orders[number] = {"id": number, "state": "acknowledged", "externalId": facts["key"],
                                "category": facts["flow"]}
        self._by_external[facts["key"]] = number
        self._plan(number, facts)
        return "applied", Reply(201, self._show(number))

    def _existing(self, facts):
        order = self._orders.get(facts["order"])
        if order is None:
            return "read", Reply(404, {"error": "no order of that id"})
        if facts["command"] == "GET":
            return "read", Reply(200, order)
        outcome = "duplicate" if order["state"] == "cancelled" else "applied"
        order["state"] = "cancelled"
        self._held.pop(order["externalId"], None)
        return outcome, Reply(200, self._show(facts["order"]))

    def _show(self, number):
        return {"id": number, "state": self._orders[number]["state"]}

    def _plan(self, number, facts):
        rule = self.behaviour.take(facts, ("receipt",))
        mode = rule.get("mode", "done") if rule else "done"
        receipt = {"id": "receipt-" + number, "correlation": facts["key"], "result": "done"}
        if mode == "failed":
            receipt.update(result="failed", reason=rule.get("reason", "现场无法施工"))
        if mode == "late":
            self._held[facts["key"]] = receipt
        elif mode == "early":
            self._receipts.send_now(receipt)
        elif mode != "never":
            for _ in range(2 if mode == "twice" else 1):
                self._receipts.send(receipt, rule.get("delay_ms", 0) if rule else 0,
                                    lambda: self._orders[number]["state"] != "cancelled")

    def tell(self, told):
        for rule in self.behaviour.parse(told):
            if rule.do == "receipt" and rule.get("mode", "done") not in MODES:
                raise ValueError("unknown \"mode\": %r; known: %s" % (rule.get("mode"), ", ".join(MODES)))
        super().tell(told)

    def command(self, word, told):
        if word != "release":
            return None
        with self.lock:
            wanted = [told["correlation"]] if "correlation" in told else list(self._held)
            released = {key: self._held.pop(key, None) for key in wanted}
            for key, receipt in released.items():
                if receipt is None and key in self._by_external:  # never sent, or sent before: now
                    receipt = {"id": "receipt-" + self._by_external[key], "correlation": key, "result": "done"}
                if receipt is None:
                    return Reply(404, {"error": "no order with externalId %s" % key})
                receipt.update({name: told[name] for name in ("result", "reason", "id") if name in told})
                self._receipts.send(receipt)
        return Reply(200, {"released": list(released)})


def find_msisdn(items):
    """The number the work is about, wherever the item keeps it: for rules that match by it."""
    stack = list(items)
    for _ in range(1000):
        if not stack:
            return None
        one = stack.pop()
        if isinstance(one, dict):
            if one.get("name") == "msisdn":
                return one.get("value")
            if isinstance(one.get("msisdn"), str):
                return one["msisdn"]
            stack += one.values()
        elif isinstance(one, list):
            stack += one
    return None
