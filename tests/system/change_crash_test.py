"""kill -9 at every write to the journal of one 改号 with another card: the order goes on, no command goes out twice,
and the line ends with one number and one card."""

import unittest

import world
from crash import KilledAtASync
from effects import rows

NEW_MSISDN = "19812345678"


class KilledWhileALineChanges(KilledAtASync):
    flow, key = "change-number", "crash-2"

    def before(self, here):
        here.start()
        line = here.end(here.send(world.open_account())[1]["id"])["result"]
        self.assertEqual(here.stop(), 0)
        return {"msisdn": line["msisdn"], "commands": len(self.commands(here))}

    def order(self, before):
        return world.change_number(before["msisdn"], NEW_MSISDN, change_card={"type": "STK"})

    def assert_done_once(self, here, instance, before):
        result = instance["result"]
        self.assertEqual(self.commands(here)[before["commands"]:], ["MOD ISDN", "ADD KI", "MOD IMSI", "RMV KI"])
        self.assertEqual(rows(here, "line", "SELECT msisdn, iccid, busy_by FROM lines"),
                         [(NEW_MSISDN, result["iccid"], "")])
        events = [e["request"]["type"] for e in here.applied("billing") if e["key"].startswith(instance["id"])]
        self.assertEqual(sorted(events), ["jackfield.billing.card-replaced", "jackfield.billing.number-changed"])
        books = [row for row in here.finance() if row["order_id"] == instance["id"]]
        self.assertEqual(sum(int(row["debit_fen"]) for row in books), result["fee_fen"])

    def commands(self, here):
        return [e["request"]["command"] for e in here.ledger("network_element") if e["outcome"] == "applied"]

    def test_after_the_disk_has_it(self):
        self.every_sync("after")


if __name__ == "__main__":
    unittest.main()
