"""Every plugin and adapter in a process of its own, and those processes killed and stopped at random while orders of
all three services go on: the host lives, every order ends, and the oracle finds nothing that must never be.

    torment_test.py [SEED] [ORDERS]     a seed gives the same choices; when they fall is the machine's
"""

import os
import random
import signal
import sys
import threading
import unittest

os.environ["JACKFIELD_ISOLATION"] = "process"

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))
import world  # noqa: E402
from stage import Stage  # noqa: E402

SEED = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(1_000_000)
LINES = int(sys.argv[2]) if len(sys.argv) > 2 else 12
CLIENTS = 3
BETWEEN_S = (0.02, 0.4)  # two blows


class Tormentor(threading.Thread):
    """Strikes one runner after another until it is told to stop."""

    def __init__(self, here, seed):
        super().__init__()
        self.here, self.dice, self.over, self.blows = here, random.Random(seed), threading.Event(), []

    def run(self):
        while not self.over.wait(self.dice.uniform(*BETWEEN_S)):
            plugins = [one for one in self.here.call("GET", "/v1/plugins")[1]["items"] if one["pid"]]
            if not plugins:
                continue
            victim, blow = self.dice.choice(plugins), self.dice.choice([signal.SIGKILL] * 5 + [signal.SIGSTOP])
            try:
                os.kill(victim["pid"], blow)
            except ProcessLookupError:
                continue
            self.blows.append((victim["id"], blow.name))


class TormentTest(unittest.TestCase):
    def test_runners_killed_and_stopped_under_load(self):
        print(f"seed {SEED}", flush=True)
        with Stage({"settings": {"quarantine.probe": "200ms", "plugins.customer.line_cap": 1000}}) as stage:
            here = stage.here
            tormentor = Tormentor(here, SEED)
            self.orders, self.here, guard = [], here, threading.Lock()
            people = [[(stage.person(), stage.number(), stage.number()) for _ in range(LINES)] for _ in range(CLIENTS)]

            def client(lines):
                for identity, number, other in lines:
                    for order in self.line(identity, number, other):
                        with guard:
                            self.orders.append(order)
            tormentor.start()
            clients = [threading.Thread(target=client, args=(lines,)) for lines in people]
            for one in clients:
                one.start()
            for one in clients:
                one.join()
            tormentor.over.set()
            tormentor.join()
            self.assertIsNone(here.process.poll(), "the host lives")
            ends = [here.end(order, 240) for order in self.orders]
            print(f"{len(tormentor.blows)} blows, {len(ends)} orders: "
                  + ", ".join(sorted({one['state'] for one in ends})), flush=True)
            self.assertGreater(len(tormentor.blows), 20)
            self.assertEqual(stage.oracle.findings(set()), [])
            self.assertEqual(here.call("GET", "/v1/dead-letters")[1]["items"], [])
            self.assertEqual({(one["state"], (one["failure"] or {}).get("code")) for one in ends}, {("completed", None)})

    def line(self, identity, number, other):
        """Opens a line, gives it another number, then another card; each when the one before has ended."""
        customer = {"customer__id_number": identity}
        orders = [(world.open_account(msisdn=number, **customer), "open-account"),
                  (world.change_number(number, other, **customer), "change-number"),
                  (world.replace_card(other, **customer), "replace-card")]
        for order, flow in orders:
            status, answer = self.here.send(order, flow, wait=0)
            self.assertEqual(status, 202, answer)
            yield answer["id"]
            if self.here.end(answer["id"], 240)["state"] != "completed":
                return


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
