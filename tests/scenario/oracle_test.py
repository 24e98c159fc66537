#!/usr/bin/env python3
"""The oracle finds what it is there for: a line is opened and changed, and then the world is spoilt bit by bit."""

import glob
import pathlib
import sqlite3
import sys
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / "system")]

from oracle import Oracle  # noqa: E402
from play import Play  # noqa: E402
from stage import Stage  # noqa: E402

STORY = {"numbers": {"new": "normal"}, "lines": {"line": {}},
         "do": [{"order": "change-number", "with": {"new_msisdn": "{new}"}}, {"see": "o", "state": "completed"}]}


class Spoilt(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = Stage({}).__enter__()
        cls.play = Play(cls.stage, STORY)
        cls.play.run()
        cls.clean = cls.stage.oracle.findings(set())

    @classmethod
    def tearDownClass(cls):
        cls.stage.__exit__(None, None, None)

    def write(self, plugin, statement):
        with sqlite3.connect(self.stage.here.data / f"{plugin}.db", timeout=20) as database:
            database.execute(statement)

    def assert_found(self, check):
        found = self.stage.oracle.findings(set())
        self.assertIn(check, {text.split(":")[0] for text in found}, found)

    def test_a_world_and_what_spoils_it(self):
        here, names = self.stage.here, self.play.names
        self.assertEqual(self.clean, [])
        old, new, order = names["line"]["msisdn"], names["new"], names["o"]["id"]
        element = here.systems["network_element"]
        spoils = [
            ("one_line_each", lambda: element._register.subscribers.update(
                {"86" + old: dict(element._register.subscribers["86" + new])})),
            ("old_numbers", lambda: self.write("resource", f"UPDATE numbers SET state='free' WHERE msisdn='{old}'")),
            ("no_state_out_of_order",
             lambda: self.write("resource", f"UPDATE numbers SET state='free' WHERE msisdn='{new}'")),
            ("charged_is_active_or_refunded",
             lambda: self.write("charging", f"UPDATE charges SET refunded_at_ms=1 WHERE instance='{order}'")),
            ("real_after_the_fee", lambda: self.write(
                "customer", "INSERT INTO lines (order_id, customer, msisdn, since_ms) VALUES ('nobody', 'C', '1', 1)")),
            ("one_effect_a_key", lambda: self.bill(order + "/billing.notify")),
            ("active_is_billed", lambda: self.bill(order + "/billing.notify/2")),
            ("never_sent_blindly", lambda: element.ledger.record(
                new, {"command": "MOD ISDN", "text": "MOD ISDN", "session": 0}, "refused", retcode=3002)),
            ("no_secret_told", lambda: self.say(names["id"])),
            ("books_balance", lambda: self.book(
                f"{order}/charge/9,{order},2026-01-01T00:00:00.000+08:00,A,cash,1,0,web,op")),
            ("every_end_counted", lambda: here.systems["statistics"].ledger.record("nobody", {
                "order": "nobody", "service": "open-account", "outcome": "completed"}, "applied")),
            ("completed_after_the_receipt", lambda: element.work_orders.ledger._entries.clear()),
            ("everybody_told", lambda: here.systems["customer_service"].ledger._entries.clear()),
        ]
        for check, spoil in spoils:
            with self.subTest(check):
                spoil()
                self.assert_found(check)

    def test_a_command_that_crossed_itself_was_not_sent_blindly(self):
        def entry(session, command, outcome, **more):
            request = {"command": command, "text": command, "imsi": "460001234567890", "session": session}
            return {"request": request, "outcome": outcome, **more}
        asked, late, refused = entry(2, "LST KI", "read"), entry(1, "ADD KI", "applied"), entry(2, "ADD KI", "refused")
        self.assertTrue(Oracle._crossed(refused, [asked, late, refused]))
        self.assertFalse(Oracle._crossed(refused, [late, refused]), "the second did not ask")
        self.assertFalse(Oracle._crossed(refused, [late, asked, refused]), "it was told that it is there")
        twice = [asked, entry(2, "ADD KI", "applied"), refused]
        self.assertFalse(Oracle._crossed(refused, twice), "over one session")
        second, first = entry(2, "ADD KI", "applied"), entry(1, "ADD KI", "refused")
        self.assertTrue(Oracle._crossed(first, [asked, second, first]), "the first was carried out last")
        self.assertFalse(Oracle._crossed(first, [second, first]))

    def bill(self, key):
        billing = self.stage.here.systems["billing"]
        billing.ledger.record(key, self.stage.here.applied("billing")[-1]["request"], "applied")

    def say(self, word):
        with open(self.stage.here.directory / "host.log", "a", encoding="utf-8") as log:
            log.write(word + "\n")

    def book(self, row):
        with open(sorted(glob.glob(str(self.stage.here.data / "finance/*.csv")))[-1], "a", encoding="utf-8") as day:
            day.write(row + "\n")


if __name__ == "__main__":
    unittest.main()
