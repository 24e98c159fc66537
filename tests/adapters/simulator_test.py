"""The simulators keep their own promises: strict, once per key, and as bad as they are told to be."""

import http.client
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Running:
    """A simulator process and the ways to speak to it."""

    def __init__(self, name, *more):
        self.process = subprocess.Popen([sys.executable, str(ROOT / "adapters" / name / "simulator.py"), *more],
                                        stdout=subprocess.PIPE, text=True)
        self.addresses = json.loads(self.process.stdout.readline())

    def call(self, method, path, body=None, content_type="application/json", address="url"):
        parts = urllib.parse.urlsplit(self.addresses[address])
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
        try:
            if isinstance(body, (dict, list)):
                body = json.dumps(body)
            connection.request(method, path, body, {"content-type": content_type})
            reply = connection.getresponse()
            text = reply.read()
            return reply.status, json.loads(text) if text else None
        finally:
            connection.close()

    def control(self, method, word, body=None):
        return self.call(method, "/_simulator/" + word, body, address="control")

    def tell(self, *rules):
        status, said = self.control("POST", "behaviour", list(rules))
        assert status == 200, said

    def counts(self):
        return self.control("GET", "ledger")[1]["counts"]

    def end(self):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()


class SimulatorTest(unittest.TestCase):
    name, more = "", ()

    def setUp(self):
        self.simulator = Running(self.name, *self.more)
        self.addCleanup(self.simulator.end)


def check(key="i1/credit.check", msisdn="13800138000"):
    return {"key": key, "id_type": "resident-id", "id_number": "11010519491231002X", "msisdn": msisdn}


class CreditTest(SimulatorTest):
    name = "credit"

    def ask(self, **more):
        return self.simulator.call("POST", "/v1/credit-checks", {**check(), **more})

    def test_answers_and_removes_duplicates(self):
        self.assertEqual(self.ask()[1], {"grade": "A", "blacklisted": False, "arrears_fen": 0, "deposit_fen": 0})
        self.ask()
        self.assertEqual(self.simulator.counts(), {"applied": 1, "duplicate": 1})

    def test_refuses_what_breaks_the_protocol_and_says_so_in_its_ledger(self):
        for body in ({}, {**check(), "id_type": "driving-licence"}, {**check(), "more": 1}, {**check(), "key": ""}):
            self.assertEqual(self.simulator.call("POST", "/v1/credit-checks", body)[0], 400)
        self.assertEqual(self.simulator.call("POST", "/v1/credit-checks", "{}", "text/plain")[0], 415)
        self.assertEqual(self.simulator.counts(), {"violation": 5})

    def test_never_shows_an_identity_number(self):
        self.ask()
        self.assertNotIn("11010519491231", json.dumps(self.simulator.control("GET", "ledger")))

    def test_rules_hold_as_often_and_for_whom_they_say(self):
        self.simulator.tell({"do": "refuse", "times": 1, "match": {"msisdn": "13800138001"}},
                            {"do": "answer", "match": {"id_number": "830000199505050018"}, "arrears_fen": 5})
        self.assertEqual(self.ask()[1]["grade"], "A")
        self.assertEqual(self.ask(msisdn="13800138001")[1]["grade"], "E")
        self.assertEqual(self.ask(msisdn="13800138001")[1]["grade"], "A")
        self.assertEqual(self.ask(id_number="830000199505050018")[1]["arrears_fen"], 5)

    def test_refuses_a_rule_it_does_not_know(self):
        self.assertEqual(self.simulator.control("POST", "behaviour", {"do": "explode"})[0], 400)

    def test_breaks_after_it_applied(self):
        self.simulator.tell({"do": "break", "times": 1})
        with self.assertRaises((http.client.HTTPException, OSError)):
            self.ask()
        self.assertEqual(self.ask()[0], 200)
        self.assertEqual(self.simulator.counts(), {"applied": 1, "duplicate": 1})

    def test_is_down_until_told_and_comes_back_on_the_same_port(self):
        self.simulator.tell({"do": "down"})
        with self.assertRaises(OSError):
            self.ask()
        self.simulator.tell({"do": "up"})
        self.assertEqual(self.ask()[0], 200)

    def test_a_hang_ends_when_the_system_goes_down(self):
        self.simulator.tell({"do": "hang", "times": 1})
        ended = threading.Event()

        def ask():
            try:
                self.ask()
            except (http.client.HTTPException, OSError):
                ended.set()
        asking = threading.Thread(target=ask)
        asking.start()
        while not self.simulator.counts().get("hung"):
            pass
        self.assertFalse(ended.is_set())
        self.simulator.tell({"do": "down"})
        asking.join(10)
        self.assertTrue(ended.is_set())

    def test_keeps_a_connection_alive_and_answers_many(self):
        parts = urllib.parse.urlsplit(self.simulator.addresses["url"])
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
        self.addCleanup(connection.close)
        for number in range(200):
            connection.request("POST", "/v1/credit-checks", json.dumps(check("k%d" % number)),
                               {"content-type": "application/json"})
            self.assertEqual(json.loads(connection.getresponse().read())["grade"], "A")
        self.assertEqual(self.simulator.counts(), {"applied": 200})


class BillingTest(SimulatorTest):
    name = "billing"

    def event(self, **more):
        event = {"specversion": "1.0", "id": "i1/billing.notify", "source": "/jackfield", "subject": "13800138000",
                 "type": "jackfield.billing.subscriber-opened", "time": "2026-11-22T08:00:00.000Z",
                 "datacontenttype": "application/json", "data": {}, **more}
        return self.simulator.call("POST", "/events", event, "application/cloudevents+json")[0]

    def test_takes_an_event_once(self):
        self.assertEqual([self.event(), self.event(), self.event()], [202, 409, 409])
        self.assertEqual(self.simulator.counts(), {"applied": 1, "duplicate": 2})

    def test_another_event_under_the_same_id_is_a_violation(self):
        self.event()
        self.assertEqual(self.event(data={"product": "x"}), 409)
        self.assertEqual(self.simulator.counts()["violation"], 1)

    def test_refuses_a_wrong_envelope(self):
        for more in ({"source": "elsewhere"}, {"type": "jackfield.billing.closed"}, {"time": "yesterday"},
                     {"subject": "8613800138000"}, {"specversion": "0.3"},
                     {"type": "jackfield.billing.number-changed"}):
            self.assertEqual(self.event(**more), 400)
        self.assertEqual(self.simulator.counts(), {"violation": 6})


class PaymentTest(SimulatorTest):
    name = "payment"

    def pay(self, **more):
        return self.simulator.call("POST", "/v1/payments", {"key": "i1/charging.charge", "amount_fen": 5000,
                                                            "method": "card", "reference": "R-0001-5555", **more})

    def test_a_key_pays_once_and_is_refunded_once(self):
        key = "/v1/payments/i1%2Fcharging.charge"
        self.assertEqual(self.simulator.call("GET", key)[0], 404)
        self.assertEqual(self.pay(), (201, {"id": "P000001", "state": "captured"}))
        self.assertEqual(self.pay(), (201, {"id": "P000001", "state": "captured"}))
        self.assertEqual(self.simulator.call("GET", key)[1]["state"], "captured")
        self.assertEqual(self.simulator.call("POST", key + "/refund")[1]["state"], "refunded")
        self.assertEqual(self.simulator.call("POST", key + "/refund")[1]["state"], "refunded")
        self.assertEqual(self.simulator.counts()["applied"], 2)

    def test_declines_for_good(self):
        self.simulator.tell({"do": "refuse", "times": 1})
        self.assertEqual(self.pay()[1]["state"], "declined")
        self.assertEqual(self.pay()[1]["state"], "declined")
        self.assertNotIn("applied", self.simulator.counts())


class StatisticsTest(SimulatorTest):
    name = "statistics"

    def write(self, line):
        return self.simulator.call("POST", "/write?db=jackfield&precision=ns", line, "text/plain")[0]

    def test_a_point_written_again_changes_nothing_and_two_orders_never_meet(self):
        line = 'orders,service=open-account,channel=hall\\ 1,outcome=completed count=1i,fee_fen=5000i,' \
               'duration_ms=812i,order="%s" 1732262400123456789'
        self.assertEqual([self.write(line % "A"), self.write(line % "A")], [204, 204])
        self.assertEqual(self.simulator.counts(), {"applied": 1, "duplicate": 1})
        self.write(line % "B")
        self.assertEqual(self.simulator.counts()["violation"], 1)

    def test_refuses_what_is_not_such_a_line(self):
        for line in ("orders count=1i 1732262400123456789", "x,a=b c=1i 1", "", 'orders,service=a,channel=b,'
                     'outcome=completed count=1i,fee_fen=1,duration_ms=1i,order="A" 1732262400123456789'):
            self.assertEqual(self.write(line), 400)


class Session:
    def __init__(self, address):
        parts = urllib.parse.urlsplit(address)
        self.socket = socket.create_connection((parts.hostname, parts.port), 10)
        self.stream = self.socket.makefile("rb")

    def send(self, text):
        """RETCODE and the lines of the answer; None where the session was closed instead."""
        self.socket.sendall(text.encode() + b"\n")
        lines = []
        while not lines or lines[-1] != "---    END":
            line = self.stream.readline()
            if not line:
                return None
            assert line.endswith(b"\r\n"), line
            lines.append(line.decode().rstrip("\r\n"))
        assert lines[0].startswith("+++    HLR9820        2") and lines[1].startswith("SMU    #"), lines
        return int(lines[3].split()[2]), lines[4:-1]

    def end(self):
        self.stream.close()
        self.socket.close()


class NetworkElementTest(SimulatorTest):
    name = "network_element"
    KI = 'ADD KI:IMSI="%s",KIVALUE="0123456789ABCDEF0123456789ABCDEF";'

    def session(self):
        session = Session(self.simulator.addresses["mml"])
        self.addCleanup(session.end)
        return session

    def logged_in(self):
        session = self.session()
        self.assertEqual(session.send('LGI:OPNAME="jackfield",PWD="jackfield";')[0], 0)
        return session

    def test_wants_a_login(self):
        session = self.session()
        self.assertEqual(session.send('LST KI:IMSI="460001234567890";')[0], 4001)
        self.assertEqual(session.send('LGI:OPNAME="jackfield",PWD="wrong";')[0], 1001)
        self.assertEqual(session.send('LGI:OPNAME="jackfield",PWD="jackfield";')[0], 0)
        self.assertEqual(session.send('LST KI:IMSI="460001234567890";')[0], 3005)

    def test_keeps_subscribers_and_says_every_no(self):
        send = self.logged_in().send
        old, new = "460001234567890", "460001234567891"
        number, other = "8613800138000", "8613800138001"
        add = 'ADD TPLSUB:IMSI="%s",ISDN="%s",TPLID=1;'
        self.assertEqual(send(add % (old, number))[0], 3005)
        self.assertEqual([send(self.KI % old)[0], send(self.KI % old)[0], send(self.KI % new)[0]], [0, 3004, 0])
        self.assertEqual([send(add % (old, number))[0], send(add % (old, number))[0]], [0, 3001])
        self.assertEqual(send(add % (new, number))[0], 3003)
        self.assertEqual(send('RMV KI:IMSI="%s";' % old)[0], 3001)
        self.assertEqual(send('MOD IMSI:ISDN="%s",NEWIMSI="%s";' % (number, new))[0], 0)
        self.assertEqual(send('RMV KI:IMSI="%s";' % old)[0], 0)
        self.assertEqual(send('MOD LCK:ISDN="%s",BARRED=TRUE;' % number)[0], 0)
        self.assertEqual(send('MOD ISDN:ISDN="%s",NEWISDN="%s";' % (number, other))[0], 0)
        self.assertEqual(send('LST SUB:ISDN="%s";' % other),
                         (0, ["IMSI = " + new, "ISDN = " + other, "BARRED = TRUE"]))
        self.assertEqual(send('LST SUB:ISDN="%s";' % number)[0], 3002)
        self.assertEqual(send('RMV SUB:ISDN="%s",RMVKI=TRUE;' % other)[0], 0)
        self.assertEqual(send('LST KI:IMSI="%s";' % new)[0], 3005)

    def test_refuses_bad_syntax(self):
        send = self.logged_in().send
        for text in ('ADD KI:IMSI="4600",KIVALUE="00";', 'LST SUB:ISDN=8613800138000;', 'LST SUB:ISDN="13800138000";',
                     'DEL SUB:ISDN="8613800138000";', 'LST KI:IMSI="460001234567890"', 'LGO:X=1;'):
            self.assertEqual(send(text)[0], 2001, text)
        self.assertEqual(self.simulator.counts()["violation"], 6)

    def test_breaks_after_the_command_and_never_shows_a_ki(self):
        self.simulator.tell({"do": "break", "times": 1, "match": {"command": "ADD KI"}})
        self.assertIsNone(self.logged_in().send(self.KI % "460001234567890"))
        self.assertEqual(self.logged_in().send('LST KI:IMSI="460001234567890";')[0], 0)
        self.assertNotIn("0123456789ABCDEF", json.dumps(self.simulator.control("GET", "ledger")))

    def test_forgets_a_login_and_is_busy(self):
        send = self.logged_in().send
        self.simulator.tell({"do": "forget", "times": 1}, {"do": "busy", "times": 1})
        self.assertEqual(send('LST KI:IMSI="460001234567890";')[0], 5001)
        self.assertEqual(send('LST KI:IMSI="460001234567890";')[0], 4001)

    def test_state_survives_a_restart_without_a_ki(self):
        with tempfile.NamedTemporaryFile("r") as state:
            first = Running("network_element", "--state", state.name)
            try:
                session = Session(first.addresses["mml"])
                session.send('LGI:OPNAME="jackfield",PWD="jackfield";')
                session.send(self.KI % "460001234567890")
                session.end()
            finally:
                first.end()
            self.assertNotIn("0123456789ABCDEF", state.read())
            second = Running("network_element", "--state", state.name)
            try:
                self.assertEqual(second.control("GET", "state")[1]["kis"], ["460001234567890"])
            finally:
                second.end()


class Callback:
    """A host that takes receipts, and can refuse the first of them."""

    def __init__(self, refusals=0):
        self.taken, self._refusals = [], refusals
        self._changed = threading.Condition()
        sys.path.insert(0, str(ROOT / "sdk" / "testing"))
        from simulator import HttpFace, Reply
        self._reply = Reply
        self.face = HttpFace("127.0.0.1:0", self._answer)

    def _answer(self, request):
        with self._changed:
            if self._refusals:
                self._refusals -= 1
                return self._reply(503)
            self.taken.append((request.path, json.loads(request.body)))
            self._changed.notify_all()
            return self._reply(202)

    def wait(self, count):
        with self._changed:
            self._changed.wait_for(lambda: len(self.taken) >= count, 10)
            return [body for path, body in self.taken if path == "/v1/events/pending-completion"]


class WorkOrdersTest(unittest.TestCase):
    PATH = "/tmf-api/serviceOrdering/v4/serviceOrder"

    def setUp(self):
        self.callback = Callback(refusals=1)
        self.addCleanup(self.callback.face.down)
        self.simulator = Running("network_element", "--callback", self.callback.face.url)
        self.addCleanup(self.simulator.end)

    def order(self, external="i1", **more):
        body = {"externalId": external, "category": "open-account", "serviceOrderItem": [{"id": "1"}], **more}
        return self.simulator.call("POST", self.PATH, body, address="work_orders")

    def tell(self, **rule):
        status, said = self.simulator.control("POST", "work_orders/behaviour", {"do": "receipt", **rule})
        self.assertEqual(status, 200, said)

    def test_an_order_is_placed_once_and_its_receipt_repeated_until_taken(self):
        self.assertEqual(self.order(), (201, {"id": "WO000001", "state": "acknowledged"}))
        self.assertEqual(self.order(), (200, {"id": "WO000001", "state": "acknowledged"}))
        self.assertEqual(self.callback.wait(1), [{"id": "receipt-WO000001", "correlation": "i1", "result": "done"}])

    def test_a_receipt_comes_as_it_is_told(self):
        self.tell(mode="failed", reason="地址不存在", match={"key": "i1"})
        self.tell(mode="twice", match={"key": "i2"})
        self.tell(mode="late", match={"key": "i3"})
        self.order("i1")
        self.assertEqual(self.callback.wait(1)[0]["reason"], "地址不存在")
        self.order("i2")
        both = self.callback.wait(3)[1:]
        self.assertEqual(both[0], both[1])
        self.order("i3")
        status, said = self.simulator.control("POST", "work_orders/release", {"correlation": "i3"})
        self.assertEqual((status, said), (200, {"released": ["i3"]}))
        self.assertEqual(self.callback.wait(4)[3]["correlation"], "i3")

    def test_an_early_receipt_comes_before_the_orders_own_answer(self):
        self.order("i0")
        self.callback.wait(1)
        self.tell(mode="early")
        self.order("i1")
        self.assertEqual(len(self.callback.taken), 2)

    def test_a_cancelled_order_calls_nobody(self):
        self.tell(mode="late")
        self.order()
        path = self.PATH + "/WO000001"
        self.assertEqual(self.simulator.call("PATCH", path, {"state": "done"}, address="work_orders")[0], 400)
        cancel = lambda: self.simulator.call("PATCH", path, {"state": "cancelled"}, address="work_orders")  # noqa: E731
        self.assertEqual([cancel()[1]["state"], cancel()[0]], ["cancelled", 200])
        self.assertEqual(self.simulator.call("PATCH", self.PATH + "/WO9", {"state": "cancelled"},
                                             address="work_orders")[0], 404)
        self.assertEqual(self.simulator.control("POST", "work_orders/release", {})[1], {"released": []})

    def test_refuses_an_order_without_an_item(self):
        self.assertEqual(self.order(serviceOrderItem=[])[0], 400)


class FinanceTest(unittest.TestCase):
    HEADER = "entry_id,order_id,posted_at,account,item,debit_fen,credit_fen,channel,operator\n"

    def check(self, *lines):
        with tempfile.TemporaryDirectory() as directory:
            pathlib.Path(directory, "20261122.csv").write_text(self.HEADER + "".join(lines), encoding="utf-8")
            done = subprocess.run([sys.executable, str(ROOT / "adapters/finance/simulator.py"), "--directory",
                                   directory, "--check"], stdout=subprocess.PIPE, text=True, check=False)
            return done.returncode, json.loads(done.stdout)

    LINE = "i1/charge/%d,i1,2026-11-22T08:00:00+08:00,cash,fee,%d,%d,hall,op\n"

    def test_takes_books_that_balance(self):
        self.assertEqual(self.check(self.LINE % (1, 5000, 0), self.LINE % (2, 0, 5000)),
                         (0, {"entries": 2, "closed": [], "wrong": []}))

    def test_finds_what_is_wrong(self):
        for lines in ((self.LINE % (1, 5000, 0),), (self.LINE % (1, 5, 0), self.LINE % (1, 0, 5)),
                      (self.LINE % (1, 0, 0) + "i1/charge/2,i1,2026-",),
                      ((self.LINE % (1, 0, 0)).replace("11-22T", "11-21T"),)):
            self.assertEqual(self.check(*lines)[0], 1, lines)


class AllTest(unittest.TestCase):
    def test_all_run_in_one_process_and_each_can_be_told(self):
        config = {name: {"listen": "127.0.0.1:0"} for name in ("credit", "billing", "customer_service", "statistics",
                                                               "payment")}
        config["network_element"] = {"listen": "127.0.0.1:0", "work_orders": "127.0.0.1:0"}
        with tempfile.TemporaryDirectory() as directory:
            config.update(control="127.0.0.1:0", finance={"directory": directory}, ledgers=directory)
            path = pathlib.Path(directory, "config.json")
            path.write_text(json.dumps(config), encoding="utf-8")
            process = subprocess.Popen([sys.executable, str(ROOT / "sdk/testing/simulator/all.py"), "--config",
                                        str(path)], stdout=subprocess.PIPE, text=True)
            try:
                told = [json.loads(process.stdout.readline()) for _ in range(7)]
                parts = urllib.parse.urlsplit(told[0]["control"])
                connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
                for name in [one["simulator"] for one in told] + ["work_orders"]:
                    connection.request("GET", "/_simulator/%s/ledger" % name)
                    reply = connection.getresponse()
                    self.assertEqual((reply.status, json.loads(reply.read())["items"]), (200, []), name)
                connection.close()
            finally:
                process.terminate()
                process.wait(10)
                process.stdout.close()


if __name__ == "__main__":
    unittest.main()
