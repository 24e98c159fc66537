#!/usr/bin/env python3
"""The payment gateway: POST /v1/payments, GET /v1/payments/{key}, POST /v1/payments/{key}/refund.

`refuse` declines the payment. A key pays once: again it is answered with what it did the first time;
again with another amount it is a violation.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "sdk" / "testing"))

from simulator import HttpSystem, Reply, Violation, mask  # noqa: E402
from simulator.command_line import arguments, run  # noqa: E402
from simulator.system import json_object, members  # noqa: E402

PATH = "/v1/payments"


class Payment(HttpSystem):
    id = "payment"

    def __init__(self, address, ledger_path=None):
        super().__init__(address, ledger_path)
        self._payments = {}

    def state(self):
        return {key: dict(payment) for key, payment in self._payments.items()}

    def read(self, request):
        if (request.method, request.path) == ("POST", PATH):
            body = json_object(request)
            members(body, key=str, amount_fen=int, method=str, reference=str)
            if not body["key"] or body["amount_fen"] < 0 or body["method"] not in ("card", "wallet"):
                raise Violation("key is empty, amount_fen below 0, or method neither card nor wallet")
            return {"do": "capture", "key": body["key"], "amount_fen": body["amount_fen"], "method": body["method"],
                    "reference": mask(body["reference"])}
        if request.path.startswith(PATH + "/"):
            key = request.path[len(PATH) + 1:]
            if request.method == "GET":
                return {"do": "ask", "key": key}
            if request.method == "POST" and key.endswith("/refund"):
                return {"do": "refund", "key": key[:-len("/refund")]}
        raise Violation("no such call: %s %s" % (request.method, request.path), 404)

    def apply(self, request, facts):
        known = self._payments.get(facts["key"])
        if facts["do"] == "capture":
            return self._capture(facts, known, "captured")
        if known is None:
            return "read", Reply(404, {"error": "no payment of that key"})
        if facts["do"] == "ask":
            return "read", Reply(200, self._show(known))
        if known["state"] == "declined":
            return "refused", Reply(409, {"error": "a declined payment has nothing to refund"})
        outcome = "duplicate" if known["state"] == "refunded" else "applied"
        known["state"] = "refunded"
        return outcome, Reply(200, self._show(known))

    def _capture(self, facts, known, state):
        if known is None:
            known = {"id": "P%06d" % (len(self._payments) + 1), "state": state, "amount_fen": facts["amount_fen"]}
            self._payments[facts["key"]] = known
            return "applied" if state == "captured" else "refused", Reply(201, self._show(known))
        if known["amount_fen"] != facts["amount_fen"]:
            self.ledger.record(facts["key"], facts, "violation", text="another amount under a known key")
        return "duplicate", Reply(201, self._show(known))

    @staticmethod
    def _show(payment):
        return {"id": payment["id"], "state": payment["state"]}

    def refusal(self, facts, rule):
        if facts["do"] != "capture":
            return super().refusal(facts, rule)
        with self.lock:
            return self._capture(facts, self._payments.get(facts["key"]), "declined")[1]


def make(listen="127.0.0.1:0", ledger=None):
    return Payment(listen, ledger)


if __name__ == "__main__":
    given = arguments(__doc__.splitlines()[0]).parse_args()
    run(make(given.listen, given.ledger), given)
