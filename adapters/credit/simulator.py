#!/usr/bin/env python3
"""The credit system: POST /v1/credit-checks.

Everybody is grade A without arrears unless a rule says otherwise: `refuse` is grade E; `answer` gives
the members it names ({"do":"answer","match":{"msisdn":"…"},"grade":"B","arrears_fen":100,"deposit_fen":0,
"blacklisted":false}); a match may name `id_number` in clear, the ledger never does. `unknown` is 404.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "sdk" / "testing"))

from simulator import HttpSystem, Reply, Violation, mask  # noqa: E402
from simulator.behaviour import ON_REQUESTS  # noqa: E402
from simulator.command_line import arguments, run  # noqa: E402
from simulator.system import json_object, members  # noqa: E402

ID_TYPES = ("resident-id", "military-id", "passport", "hk-macau-permit", "taiwan-permit", "business-licence")
CLEAN = {"grade": "A", "blacklisted": False, "arrears_fen": 0, "deposit_fen": 0}


class Credit(HttpSystem):
    id = "credit"
    words = ON_REQUESTS + ("answer", "unknown")

    def __init__(self, address, ledger_path=None):
        super().__init__(address, ledger_path)
        self._checks = set()

    def read(self, request):
        if (request.method, request.path) != ("POST", "/v1/credit-checks"):
            raise Violation("expected POST /v1/credit-checks", 404)
        body = json_object(request)
        members(body, key=str, id_type=str, id_number=str, msisdn=str)
        if not body["key"] or not body["id_number"]:
            raise Violation("key or id_number is empty")
        if body["id_type"] not in ID_TYPES:
            raise Violation("id_type %r is none of %s" % (body["id_type"], ", ".join(ID_TYPES)))
        return {"key": body["key"], "id_type": body["id_type"], "id_number": mask(body["id_number"]),
                "msisdn": body["msisdn"]}

    def apply(self, request, facts):
        plain = {**facts, "id_number": json_object(request)["id_number"]}
        rule = self.behaviour.take(plain, ("answer", "unknown"))
        if rule and rule.do == "unknown":
            return "read", Reply(404, {"error": "nobody of that identity"})
        outcome = "duplicate" if facts["key"] in self._checks else "applied"
        self._checks.add(facts["key"])
        return outcome, Reply(200, {**CLEAN, **(rule.options if rule else {})})

    def refusal(self, facts, rule):
        return Reply(200, {**CLEAN, "grade": "E"})


def make(listen="127.0.0.1:0", ledger=None):
    return Credit(listen, ledger)


if __name__ == "__main__":
    given = arguments(__doc__.splitlines()[0]).parse_args()
    run(make(given.listen, given.ledger), given)
