"""Kills the host at one sync of its journal after another while an order is under way, and starts it again.

A test says what the order is and what it must have done, each thing once. CRASH_AT_SYNC names the library that kills;
SANITIZER_RUNTIME, where the host is built with a sanitizer, its runtime, which wants to be loaded before any other.
CRASH_STRIDE: only every so manieth sync, where a start takes long; the test says so.
"""

import http.client
import os
import unittest

import world

STRIDE = int(os.environ.get("CRASH_STRIDE", "1"))
FEWEST_SYNCS = 15


class KilledAtASync(unittest.TestCase):
    flow, key = "", ""

    def before(self, here):
        """What was there before the order, made by a host that nobody kills and that has ended again."""

    def order(self, before):
        raise NotImplementedError

    def assert_done_once(self, here, instance, before):
        raise NotImplementedError

    def every_sync(self, when):
        """`when`: "before" or "after" the disk has it."""
        at = 1
        while self.killed_at(at, when):
            at += STRIDE
        self.assertGreater(at, FEWEST_SYNCS, "an order has more writes than that: the shim did not see them")
        which = "each" if STRIDE == 1 else f"one in {STRIDE}"
        print(f"killed {when} {which} of {'' if STRIDE == 1 else 'about '}{at - 1} syncs of the journal")

    def killed_at(self, at, when):
        """True where the host was killed at its `at`-th sync; False where there were not so many."""
        with world.World() as here:
            before = self.before(here)
            here.start(env={"LD_PRELOAD": preload(), "CRASH_FILE": "jackfield.db-wal", "CRASH_AT": str(at),
                            "CRASH_WHEN": when}, ready=False)
            killed = lambda: here.process.poll() is not None
            world.until(lambda: killed() or here.is_ready(), text="ready")
            acknowledged = None if killed() else self.acknowledged(here, before)
            # Where the connection died so does the host, a moment later.
            world.until(lambda: killed() or (acknowledged and self.settled(here, acknowledged)),
                        text="the order's end, or the crash")
            if not killed():
                here.process.terminate()
            code = here.process.wait(world.PATIENCE_S)
            self.assertIn(code, (0, -9), here.log()[-2000:])
            here.start()
            acknowledged = acknowledged or self.acknowledged(here, before)  # the client asks again with the same key
            instance = here.end(acknowledged)
            self.assertEqual(instance["state"], "completed", instance)
            there = here.call("GET", f"/v1/instances?flow={self.flow}")[1]["items"]
            self.assertEqual([one["id"] for one in there], [acknowledged], "one key, one instance")
            self.assert_done_once(here, instance, before)
            return code == -9

    def acknowledged(self, here, before):
        """The order's instance, or nothing where no answer came."""
        try:
            status, answer = here.send(self.order(before), self.flow, key=self.key, wait=0)
        except (OSError, http.client.HTTPException):
            return None
        self.assertEqual(status, 202, answer)
        return answer["id"]

    def settled(self, here, instance):
        try:
            return here.settled(instance)
        except (OSError, http.client.HTTPException):
            return None


def preload():
    return " ".join(filter(None, (os.environ.get("SANITIZER_RUNTIME"), os.environ["CRASH_AT_SYNC"])))
