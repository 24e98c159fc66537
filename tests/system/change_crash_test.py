"""kill -9 at every write to the journal of one 改号 with another card: the order goes on, no command goes out twice,
and the line ends with one number and one card."""

import http.client
import unittest

import world
from crash_test import preload
from effects import rows


class KilledWhileALineChanges(unittest.TestCase):
    def run_once(self, at):
        """True where the host was killed at its `at`-th sync; False where there were not so many."""
        with world.World() as here:
            here.start()
            line = here.send(world.open_account())[1]["result"]
            self.assertEqual(here.stop(), 0)
            commands = len(self.commands(here))
            here.start(env={"LD_PRELOAD": preload(), "CRASH_FILE": "jackfield.db-wal", "CRASH_AT": str(at),
                            "CRASH_WHEN": "after"}, ready=False)
            killed = lambda: here.process.poll() is not None
            world.until(lambda: killed() or here.is_ready(), 60, "ready")
            acknowledged = None if killed() else self.order(here, line)
            ended = lambda: acknowledged and self.settled(here, acknowledged)
            world.until(lambda: killed() or ended(), 60, "the order's end, or the crash")
            if not killed():
                here.process.terminate()
            code = here.process.wait(60)
            self.assertIn(code, (0, -9), here.log()[-2000:])
            here.start()
            acknowledged = acknowledged or self.order(here, line)
            instance = here.end(acknowledged)
            self.assertEqual(instance["state"], "completed", instance)
            result = instance["result"]
            self.assertEqual(self.commands(here)[commands:], ["MOD ISDN", "ADD KI", "MOD IMSI", "RMV KI"])
            self.assertEqual(rows(here, "line", "SELECT msisdn, iccid, busy_by FROM lines"),
                             [("19812345678", result["iccid"], "")])
            events = [e["request"]["type"] for e in here.applied("billing") if e["key"].startswith(acknowledged)]
            self.assertEqual(sorted(events), ["jackfield.billing.card-replaced", "jackfield.billing.number-changed"])
            books = [row for row in here.finance() if row["order_id"] == acknowledged]
            self.assertEqual(sum(int(row["debit_fen"]) for row in books), result["fee_fen"])
            return code == -9

    def order(self, here, line):
        order = world.change_number(line["msisdn"], "19812345678", change_card={"type": "STK"})
        try:
            status, answer = here.send(order, "change-number", key="crash-2", wait=0)
        except (OSError, http.client.HTTPException):
            return None
        self.assertEqual(status, 202, answer)
        return answer["id"]

    def settled(self, here, instance):
        try:
            answer = here.get(instance)
        except (OSError, http.client.HTTPException):
            return False
        return answer["state"] in world.ENDS and all(line["state"] != "queued" for line in answer["history"])

    def commands(self, here):
        return [e["request"]["command"] for e in here.ledger("network_element") if e["outcome"] == "applied"]

    def test_after_the_disk_has_it(self):
        at = 1
        while self.run_once(at):
            at += 1
        self.assertGreater(at, 15, "an order has more writes than that: the shim did not see them")
        print(f"killed after each of {at - 1} syncs")


if __name__ == "__main__":
    unittest.main()
