"""kill -9 at every write to the journal of one order, before and after the disk has it: the order goes on, and no
effect happens twice."""

import http.client
import os
import unittest

import world
from effects import assert_opened_once


class KilledAtEveryJournalWrite(unittest.TestCase):
    def run_once(self, at, when, suffix):
        """True where the host was killed at its `at`-th sync; False where there were not so many."""
        with world.World() as here:
            here.start(env={"LD_PRELOAD": preload(), "CRASH_FILE": suffix, "CRASH_AT": str(at), "CRASH_WHEN": when},
                       ready=False)
            killed = lambda: here.process.poll() is not None
            world.until(lambda: killed() or here.is_ready(), 60, "ready")
            acknowledged = None
            if not killed():
                acknowledged = self.order(here)
                if acknowledged is None:  # the connection died: so does the host, a moment later
                    here.process.wait(60)
                else:
                    world.until(lambda: killed() or self.settled(here, acknowledged), 60, "the order, or the crash")
            if not killed():
                here.process.terminate()
            code = here.process.wait(60)
            self.assertIn(code, (0, -9), here.log()[-2000:])
            here.start()
            if acknowledged is None:  # no answer: the client asks again with the same key
                acknowledged = self.order(here)
            instance = here.end(acknowledged)
            self.assertEqual(instance["state"], "completed", instance)
            assert_opened_once(self, here, instance)
            self.assertEqual(here.call("GET", "/v1/instances")[1]["items"][0]["id"], acknowledged)
            self.assertEqual(len(here.call("GET", "/v1/instances")[1]["items"]), 1, "one key, one instance")
            return code == -9

    def order(self, here):
        try:
            status, answer = here.send(world.open_account(), key="crash-1", wait=0)
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

    def every_write(self, suffix, when):
        at = 1
        while self.run_once(at, when, suffix):
            at += 1
        self.assertGreater(at, 15, "an order has more writes than that: the shim did not see them")
        print(f"killed {when} each of {at - 1} syncs of {suffix}")

    def test_before_the_disk_has_it(self):
        self.every_write("jackfield.db-wal", "before")

    def test_after_the_disk_has_it(self):
        self.every_write("jackfield.db-wal", "after")


def preload():
    shim = os.environ.get("CRASH_AT_SYNC", "")
    if "asan" in world.BINARY or "tsan" in world.BINARY:
        raise unittest.SkipTest("a sanitizer's runtime must be the first library: run it in another preset")
    return shim


if __name__ == "__main__":
    unittest.main()
