"""A counter that is open: one host for the tests of a class, a stock of numbers of its own for every test, and what
an order may have left behind in any of the systems."""

import csv
import unittest

import world
from effects import rows


def sold(here, grade="normal"):
    """A number nobody in this world has asked for yet."""
    if not hasattr(here, "shelf"):
        here.shelf = {}
        with open(here.config / "data/numbers.csv", encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                here.shelf.setdefault(row["grade"], []).append(row["msisdn"])
    return here.shelf[grade].pop()


class Counter(unittest.TestCase):
    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.world = world.World({"plugins.customer.line_cap": 1000, **cls.settings}).__enter__()
        cls.world.start()

    @classmethod
    def tearDownClass(cls):
        cls.world.__exit__(None, None, None)

    def tearDown(self):
        for system in self.world.systems.values():
            system.behaviour.clear()
            system.up()
        self.world.systems["network_element"].work_orders.behaviour.clear()

    def sold(self, grade="normal"):
        return sold(self.world, grade)

    def ends(self, flow, order, state, code=None):
        status, answer = self.world.send(order, flow)
        self.assertIn(status, (200, 202), answer)
        return self.ended(answer["id"], state, code)

    def ended(self, instance, state, code=None):
        instance = self.world.end(instance)
        self.assertEqual(instance["state"], state, instance)
        if code is not None:
            self.assertEqual((instance["rejection"] or instance["failure"])["code"], code, instance)
        return instance

    def line(self, **changes):
        """The result of an order that opened a line."""
        changes.setdefault("msisdn", self.sold())
        return self.ends("open-account", world.open_account(**changes), "completed")["result"]

    def waits(self, flow, order, wait=30):
        status, answer = self.world.send(order, flow, wait=wait)
        self.assertEqual((status, answer.get("state"), answer.get("waiting_for")), (200, "waiting", "choose"), answer)
        return answer

    def chooses(self, instance, **choice):
        path = f"/v1/instances/{instance}/events/choose"
        status, answer = self.world.call("POST", path, choice, {"Prefer": "wait=30"})
        self.assertEqual(status, 200, answer)
        return answer

    def all_there_is(self):
        """What stock, lines, files, accounts and network hold. An order that was undone has changed nothing of it."""
        element = self.world.systems["network_element"].state()
        held = lambda plugin, query: rows(self.world, plugin, query + " ORDER BY 1")
        return {
            "numbers": held("resource", "SELECT msisdn, state FROM numbers WHERE state <> 'free'"),
            "cards": held("resource", "SELECT iccid, state FROM cards WHERE state <> 'stocked'"),
            "lines": held("line", "SELECT msisdn, iccid, imsi, account, busy_by, last_swap_ms FROM lines"),
            "customers": held("customer", "SELECT customer, name FROM customers"),
            "drafts": held("customer", "SELECT customer FROM drafts"),
            "charges": held("charging", "SELECT charge FROM charges WHERE refunded_at_ms = 0"),
            "accounts": held("charging", "SELECT account FROM accounts WHERE state = 'open'"),
            "subscribers": {isdn: dict(one) for isdn, one in element["subscribers"].items()},
            "kis": element["kis"],
        }

    def assert_nothing_left(self, before, instance):
        self.assertEqual(self.all_there_is(), before)
        order = instance["id"]
        self.assertEqual([e["request"] for e in self.world.applied("billing") if e["key"].startswith(order)], [])
        books = self.books(order)
        self.assertEqual(sum(int(r["debit_fen"]) for r in books), sum(int(r["credit_fen"]) for r in books))
        for item in {row["item"] for row in books}:
            left = sum(int(r["debit_fen"]) - int(r["credit_fen"]) for r in books if r["item"] == item)
            self.assertEqual(left, 0, f"{item} of a refunded order")
        points = self.points(order)
        self.assertEqual([p["outcome"] for p in points], [instance["state"]])

    def books(self, order):
        return [row for row in self.world.finance() if row["order_id"] == order]

    def points(self, order):
        return [e["request"] for e in self.world.ledger("statistics", key=order, outcome="applied")]

    def network(self):
        """The commands that have changed something, so far."""
        return [e["request"] for e in self.world.ledger("network_element") if e["outcome"] == "applied"]

    def state_of(self, msisdn):
        return rows(self.world, "resource", f"SELECT state FROM numbers WHERE msisdn='{msisdn}'")[0][0]

    def card_state(self, iccid):
        return rows(self.world, "resource", f"SELECT state FROM cards WHERE iccid='{iccid}'")[0][0]

    def assert_told_everybody(self, instance, service, msisdn, billing):
        """Every notice of a completed order is there, each once; the books balance."""
        order = instance["id"]
        events = [e for e in self.world.applied("billing") if e["key"].split("/")[0] == order]
        types = sorted(e["request"]["type"] for e in events)
        self.assertEqual(types, sorted("jackfield.billing." + one for one in billing))
        told = [e for e in self.world.applied("customer_service") if e["key"].split("/")[0] == order]
        types = sorted(e["request"]["type"].rsplit(".", 1)[1] for e in told)
        self.assertEqual(types, ["callback-requested", "order-completed"])
        for event in events + told:
            self.assertEqual(event["request"]["msisdn"], msisdn)
        self.assertEqual([(p["service"], p["outcome"]) for p in self.points(order)], [(service, "completed")])
        books = self.books(order)
        self.assertEqual(len(books), len({row["entry_id"] for row in books}))
        self.assertEqual(sum(int(row["debit_fen"]) for row in books), instance["result"]["fee_fen"])
        self.assertEqual(sum(int(row["credit_fen"]) for row in books), instance["result"]["fee_fen"])
        self.assertEqual({row["account"] for row in books}, {instance["result"]["account"]}, "on the line's account")
        for pattern in ("operators/*.log", "messages/*.log"):
            self.assertEqual(len([line for line in self.world.lines(pattern) if order in line]), 1, pattern)
        for document in instance["result"]["documents"]:
            self.assertTrue((self.world.data / document).read_bytes().startswith(b"%PDF-"), document)
        orders = self.world.systems["network_element"].work_orders.ledger.entries(outcome="applied", key=order)
        self.assertEqual(len(orders), 1, "one work order")
        done = [line["step"] for line in instance["history"] if line["state"] == "done"]
        done = [step for step in done if step != "resource.reserve"]  # the number, and the card
        self.assertEqual(len(done), len(set(done)), f"no step twice: {done}")
