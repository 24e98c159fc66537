#!/usr/bin/env python3
"""The network element (MML over TCP) and the work-order system beside it.

  simulator.py [--listen HOST:PORT] [--work-orders HOST:PORT] [--callback URL] [--operator NAME]
               [--password WORD] [--state FILE]

Rules: those of every simulator, matched by `command` ("ADD TPLSUB"), `msisdn` or `imsi`; `refuse` takes a
`retcode` (3001), for LGI it is 1001, and with `apply` the change is made all the same, as by another who was first;
`busy` is 5001; `forget` ends the login (4001); `chatter` has texts `before` and `after` around the reply, as other
vendors' prompts and blank lines. Rules for the work orders are told to /_simulator/work_orders/behaviour; see
work_orders.py. The ledger never holds a Ki or a password; it tells of each command over which `session` it came.
"""

import itertools
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "sdk" / "testing"))
sys.path.insert(1, str(pathlib.Path(__file__).resolve().parent))

from simulator import System  # noqa: E402
from simulator.behaviour import ON_REQUESTS  # noqa: E402
from simulator.command_line import arguments, run  # noqa: E402
from simulator.listener import Listener  # noqa: E402
from simulator.system import CONTROL  # noqa: E402
from subscribers import TEXTS, Subscribers, parse  # noqa: E402
from work_orders import WorkOrders  # noqa: E402

MOST_LINE_BYTES = 4096
SECRETS = ("KIVALUE", "PWD")


def shown(command, given):
    """The command as the network echoes it: secrets masked."""
    words = ['%s="%s"' % (name, "***" if name in SECRETS else value) for name, value in given.items()]
    return "%s: %s;" % (command, ",".join(words))


class NetworkElement(System):
    id = "network_element"
    words = ON_REQUESTS + ("forget", "chatter")

    def __init__(self, address, operator, password, work_orders, ledger_path=None, state_path=None):
        super().__init__(ledger_path)
        self._register = Subscribers(state_path)
        self._operator, self._password = operator, password
        self._serial = 0
        self._connected = itertools.count(1)
        self.sessions = 0
        self.work_orders = work_orders
        self._listener = self.add_face(Listener(address, self._session))

    def addresses(self):
        return {"mml": "tcp://" + self._listener.address, "work_orders": self.work_orders.face.url}

    def state(self):
        return {"kis": sorted(self._register.kis), "subscribers": self._register.subscribers, "logins": self.sessions}

    def control(self, request):
        if request.path.startswith(CONTROL + self.id + "/work_orders/"):
            request.path = CONTROL + request.path[len(CONTROL + self.id + "/"):]
        if request.path.startswith(CONTROL + "work_orders/"):
            return self.work_orders.control(request)
        return super().control(request)

    def _session(self, connection, gone):
        logged_in, session = False, next(self._connected)
        with connection.makefile("rb") as stream:
            while not gone.is_set():
                line = stream.readline(MOST_LINE_BYTES)
                if not line.endswith(b"\n"):
                    return
                line = line.decode("utf-8", "replace").rstrip("\r\n")
                answer, logged_in = self._answer(line, session, logged_in, gone)
                if answer is None:
                    return
                connection.sendall(answer)
                if not logged_in and b"%%LGO:" in answer:
                    return

    def _answer(self, line, session, logged_in, gone):
        """(bytes to send or None to close, whether the session is logged in)."""
        parsed = parse(line)
        if parsed is None:
            self.ledger.record(None, {"command": line.split(":")[0][:16]}, "violation", text="syntax error")
            return self._reply("?", 2001, []), logged_in
        command, given = parsed
        facts = {"command": command, "session": session, "msisdn": given.get("ISDN", "")[2:],
                 "imsi": given.get("IMSI", given.get("NEWIMSI")), "text": shown(command, given)}
        rule = self.behaviour.take(facts)
        if rule is None and self.behaviour.take(facts, ("forget",)):
            logged_in = False
        if rule and rule.do == "slow":
            gone.wait(rule.get("delay_ms", 100) / 1000)
        elif rule:
            return self._misbehave(rule, command, given, facts, logged_in, gone), logged_in
        chatter = self.behaviour.take(facts, ("chatter",))
        code, lines, logged_in = self._perform(command, given, facts, logged_in)
        answer = self._reply(facts["text"], code, lines)
        if chatter:
            answer = chatter.get("before", "").encode() + answer + chatter.get("after", "").encode()
        return answer, logged_in

    def _perform(self, command, given, facts, logged_in, **more):
        with self.lock:
            lines, outcome = [], "read"
            if command == "LGI":
                logged_in = (given["OPNAME"], given["PWD"]) == (self._operator, self._password)
                code = 0 if logged_in else 1001
                self.sessions += logged_in
            elif not logged_in:
                code = 4001
            elif command == "LGO":
                code, logged_in = 0, False
            else:
                code, lines, changed = self._register.do(command, given)
                outcome = "applied" if changed else "read"
            outcome = outcome if code == 0 or command.startswith("LST") else "refused"
            self.ledger.record(facts["imsi"] or facts["msisdn"], facts, outcome, retcode=code, **more)
        return code, lines, logged_in

    def _misbehave(self, rule, command, given, facts, logged_in, gone):
        key = facts["imsi"] or facts["msisdn"]
        if rule.do == "refuse" or rule.do == "busy":
            code = rule.get("retcode", 5001 if rule.do == "busy" else 1001 if command == "LGI" else 3001)
            if rule.get("apply"):
                self._perform(command, given, facts, logged_in)
            self.ledger.record(key, facts, "busy" if rule.do == "busy" else "refused", retcode=code)
            return self._reply(facts["text"], code, [])
        if rule.do == "break" or rule.get("apply"):
            self._perform(command, given, facts, logged_in, broken=True)
        else:
            self.ledger.record(key, facts, "hung" if rule.do == "hang" else "dropped")
        if rule.do == "hang":
            gone.wait(rule.get("seconds", 60))
        return None

    def _reply(self, text, code, lines):
        with self.lock:
            self._serial += 1
            serial = self._serial
        head = ["+++    HLR9820        " + time.strftime("%Y-%m-%d %H:%M:%S"), "SMU    #%06d" % (serial % 1000000),
                "%%%%%s%%%%" % text,
                "RETCODE = %d %s" % (code, TEXTS.get(code, "ERR%04d: refused" % code))]
        return "".join(line + "\r\n" for line in head + lines + ["---    END"]).encode()


def make(listen="127.0.0.1:0", work_orders="127.0.0.1:0", callback="http://127.0.0.1:7114", operator="jackfield",
         password="jackfield", state=None, ledger=None, receipts=()):
    orders = WorkOrders(work_orders, callback, ledger and ledger.replace(".jsonl", "") + "-work_orders.jsonl")
    orders.tell(list(receipts))
    return NetworkElement(listen, operator, password, orders, ledger, state)


def main():
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--work-orders", default="127.0.0.1:0", metavar="HOST:PORT")
    parser.add_argument("--callback", default="http://127.0.0.1:7114", metavar="URL", help="where receipts are sent")
    parser.add_argument("--operator", default="jackfield")
    parser.add_argument("--password", default="jackfield")
    parser.add_argument("--state", metavar="FILE", help="keeps the subscribers over a restart")
    given = parser.parse_args()
    run(make(given.listen, given.work_orders, given.callback, given.operator, given.password, given.state,
             given.ledger), given)


if __name__ == "__main__":
    main()
