"""Billing is down for an hour while orders of all three services go on: refused connections first, a host that is
killed meanwhile, then 503s. When billing is back it learns of every line, once; finance, statistics and the orders
agree; and the day is closed with what was booked."""

import datetime
import importlib.util
import unittest
import zoneinfo

import world
from counter import sold
from moved_clock import STEP_S, MovedClock

MINUTES = 60
BUSY_FROM = 25       # the first minutes nobody listens at all, then every request is a 503
KILLED_AT = 12
OTHER_ENDS = {7: "rejected", 31: "failed", 44: "cancelled"}
FIRST_S, MOST_S = 0.1, 30  # the adapter's backoff
SERVICES = ("open-account", "change-number", "replace-card")
TYPES = {"open-account": "subscriber-opened", "change-number": "number-changed", "replace-card": "card-replaced"}


def load_books():
    spec = importlib.util.spec_from_file_location("finance_reader", world.ROOT / "adapters/finance/simulator.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Books


class BillingIsDownForAnHour(unittest.TestCase):
    def test_all_is_delivered_once_and_finance_agrees(self):
        with world.World({"plugins.customer.line_cap": 1000}) as here:
            self.here, self.clock = here, MovedClock(here)
            here.start(env=self.clock.env())
            self.billing = here.systems["billing"]
            self.billing.down()
            self.owed, self.read = {}, 0
            began = self.clock.now()
            orders = [order for minute in range(MINUTES) for order in self.minute(minute)]
            self.assertGreaterEqual(self.clock.now() - began, 3600)
            self.assertEqual(self.delivered(), {}, "billing has heard of nobody")
            self.everybody_else_knows(orders)
            back = self.clock.now()
            self.billing.behaviour.clear()
            self.clock.go_on(MOST_S + 2 * STEP_S, self.nobody_overdue)
            self.orders = [here.end(order["id"]) for order in orders]
            self.completed = [one for one in self.orders if one["state"] == "completed"]
            self.each_once(back)
            self.waited_longer_and_longer()
            self.finance_agrees()
            self.the_day_is_closed()

    # the hour

    def minute(self, minute):
        if minute == KILLED_AT:
            self.here.kill()
            self.here.start(env=self.clock.env())
        if minute == BUSY_FROM:
            self.billing.tell({"do": "busy"})
            self.billing.up()
            self.owed = dict.fromkeys(self.owed, self.clock.now())
        orders = [self.order(minute)]
        self.owed[orders[0]["id"] + "/billing.notify"] = self.clock.now()
        if minute in OTHER_ENDS:
            orders.append(self.ends_otherwise(OTHER_ENDS[minute]))
        self.clock.go_on(60, self.nobody_overdue if minute >= BUSY_FROM else lambda: True)
        return orders

    def nobody_overdue(self):
        """Every notice that is owed was tried within the longest wait; the clock stands until it was."""
        entries = self.here.ledger("billing")[self.read:]
        self.read += len(entries)
        for entry in entries:
            self.owed[entry["key"]] = self.clock.at(entry["time"])
            if entry["outcome"] == "applied":
                del self.owed[entry["key"]]
        return min(self.owed.values(), default=self.clock.now()) > self.clock.now() - MOST_S - STEP_S

    def order(self, minute):
        """Opens a line, then another number for it, then another card."""
        service = SERVICES[minute % 3]
        if service == "open-account":
            order = world.open_account(msisdn=sold(self.here, "silver" if minute % 2 else "normal"))
        elif service == "change-number":
            order = world.change_number(self.msisdn, sold(self.here))
        else:
            order = world.replace_card(self.msisdn, reason="lost" if minute % 2 else "damaged")
        status, answer = self.here.send(order, service)
        self.assertEqual((status, answer["state"]), (200, "completed"), answer)
        self.msisdn = answer["result"]["msisdn"]
        return answer

    def ends_otherwise(self, state):
        order = world.open_account(msisdn=sold(self.here))
        if state == "rejected":
            order["customer"]["id_number"] = "110105194912310021"
        if state == "failed":
            rule = {"do": "refuse", "retcode": 3001, "times": 1, "match": {"command": "ADD TPLSUB"}}
            self.here.systems["network_element"].tell(rule)
        if state == "cancelled":
            order.pop("msisdn")
        status, answer = self.here.send(order)
        if state == "cancelled":
            self.assertEqual(answer["waiting_for"], "choose", answer)
            status, answer = self.here.call("POST", f"/v1/instances/{answer['id']}/cancel", headers={"Prefer": "wait=30"})
        self.assertEqual((status, answer["state"]), (200, state), answer)
        return answer

    # what must be so in the end

    def delivered(self):
        """{key: entry} of what billing took; a key it took twice would be a duplicate, and is none."""
        entries = self.here.ledger("billing")
        wrong = [entry for entry in entries if entry["outcome"] not in ("applied", "busy")]
        self.assertEqual(wrong, [])
        taken = self.here.applied("billing")
        self.assertEqual(len({entry["key"] for entry in taken}), len(taken))
        return {entry["key"]: entry for entry in taken}

    def everybody_else_knows(self, orders):
        """That one system is down keeps nothing from the others."""
        wanted = {order["id"] for order in orders if order["state"] == "completed"}
        def told():
            return {entry["key"].split("/")[0] for entry in self.here.applied("customer_service")} >= wanted
        world.until(told, text="what 114 was to be told")
        self.assertEqual({row["order_id"] for row in self.here.finance()} >= wanted, True)
        queued = [line for line in self.here.get(orders[0]["id"])["history"] if line["state"] == "queued"]
        self.assertEqual([line["step"] for line in queued], ["billing.notify"])

    def each_once(self, back):
        taken = self.delivered()
        self.assertEqual(set(taken), {one["id"] + "/billing.notify" for one in self.completed})
        for one in self.completed:
            entry = taken[one["id"] + "/billing.notify"]
            self.assertEqual(entry["request"]["type"], "jackfield.billing." + TYPES[one["flow"]])
            self.assertEqual(entry["request"]["msisdn"], one["result"]["msisdn"])
            self.assertLess(self.clock.at(entry["time"]) - back, 2 * MOST_S)
        self.assertEqual(self.here.call("GET", "/v1/dead-letters")[1], {"items": [], "next": None})
        self.assertIn("jackfield_dead_letters 0", self.metrics())

    def waited_longer_and_longer(self):
        """Between two tries of a notice the wait doubles up to the adapter's most; the history counts the tries."""
        tries = {}
        for entry in self.here.ledger("billing"):
            tries.setdefault(entry["key"], []).append(self.clock.at(entry["time"]))
        seen = 0
        for at, one in enumerate(self.orders):
            times = tries.get(one["id"] + "/billing.notify", [])
            waits = [later - earlier for earlier, later in zip(times, times[1:])]
            self.assertLess(max(waits, default=0), MOST_S + 4 * STEP_S, one["id"])
            if one["state"] != "completed" or one not in self.orders[BUSY_FROM + 3:]:
                continue  # its first tries found nobody who could have counted them
            line = next(line for line in one["history"] if line["step"] == "billing.notify")
            self.assertEqual((line["state"], line["attempt"]), ("done", len(times)))
            for number, wait in enumerate(waits):
                # The clock may have been moved a step between a try and the system's note of it.
                self.assertGreater(wait, min(FIRST_S * 2 ** number, MOST_S) - STEP_S - 0.05, f"try {number + 2} of {at}")
            seen = max(seen, len(times))
        self.assertGreater(seen, 40, "nearly two a minute once the wait has grown")
        again = [line for line in self.metrics().splitlines() if line.startswith("jackfield_steps_total")
                 and '"billing.notify"' in line and ('"retry"' in line or '"unknown"' in line)]
        busy = len(self.here.ledger("billing", outcome="busy"))
        self.assertGreaterEqual(sum(float(line.rsplit(" ", 1)[1]) for line in again), busy)

    def finance_agrees(self):
        books = load_books()(str(self.here.data / "finance"))
        self.assertEqual(books.wrong, [])
        net = {}
        for row in books.entries:
            side = 1 if row["entry_id"].split("/")[1] == "charge" else -1
            net[row["order_id"]] = net.get(row["order_id"], 0) + side * int(row["debit_fen"])
        fees = {one["id"]: one["result"]["fee_fen"] for one in self.completed}
        self.assertEqual({order: fen for order, fen in net.items() if fen}, fees)
        debit, credit = (sum(int(row[side]) for row in books.entries) for side in ("debit_fen", "credit_fen"))
        self.assertEqual(debit, credit)
        points = [entry["request"] for entry in self.here.applied("statistics")]
        counted = {point["order"]: (point["service"], point["outcome"]) for point in points}
        self.assertEqual(len(points), len(counted))
        self.assertEqual(counted, {one["id"]: (one["flow"], one["state"]) for one in self.orders})
        self.assertEqual(sum(point["fee_fen"] for point in points if point["outcome"] == "completed"), sum(fees.values()))
        self.assertEqual(sorted(set(state for _, state in counted.values())),
                         ["cancelled", "completed", "failed", "rejected"])

    def the_day_is_closed(self):
        zone = zoneinfo.ZoneInfo("Asia/Shanghai")
        today = datetime.datetime.fromtimestamp(self.clock.now(), zone)
        night = (today + datetime.timedelta(days=1)).replace(hour=0, minute=5)
        self.clock.jump(int((night - today).total_seconds()))
        closed = self.here.data / "finance" / today.strftime("%Y%m%d.ok")
        world.until(closed.exists, text="the close of a day nobody books after")
        self.here.end(self.order(0)["id"])
        books = load_books()(str(self.here.data / "finance"))
        self.assertEqual(books.wrong, [])
        self.assertIn(today.strftime("%Y%m%d"), books.closed)
        self.assertNotIn(night.strftime("%Y%m%d"), books.closed)

    def metrics(self):
        return self.here.call("GET", "/metrics")[1].decode()


if __name__ == "__main__":
    unittest.main()
