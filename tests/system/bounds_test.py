"""What has to hold at the edges: keys of orders that are not journaled, orders that wait when the host ends, a runner
that says more than anybody asked for.
"""

import contextlib
import http.client
import json
import os
import pathlib
import resource
import sqlite3
import threading
import unittest

import msgpack
import zmq

import world
from contain_test import Contained

MEBIBYTE = 1 << 20
# ThreadSanitizer keeps four bytes beside each.
GROWN_MOST = 64 * MEBIBYTE * (5 if os.environ.get("TSAN_OPTIONS") else 1)


def resident_bytes(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) * 1024


class BoundsTest(unittest.TestCase):
    def test_the_key_of_an_order_that_is_not_journaled_is_remembered(self):
        with Contained() as here:
            here.start()
            body = {"what": "nothing"}
            first, again = (here.send(body, "light", key="k", wait=30) for _ in range(2))
            self.assertEqual((first[0], first[1]["state"]), (200, "completed"), first)
            self.assertEqual((again[0], again[1]["id"]), (200, first[1]["id"]))
            self.assertEqual(len(here.effects()), 1)
            status, problem = here.send({"what": "other"}, "light", key="k", wait=30)
            self.assertEqual((status, problem["code"]), (409, "KEY_REUSED"))
            at_work = here.send({"what": "slow", "ms": 1000}, "light", key="slow", wait=0)
            same = here.send({"what": "slow", "ms": 1000}, "light", key="slow", wait=30)
            self.assertEqual((same[1]["id"], same[1]["state"]), (at_work[1]["id"], "completed"))
            self.assertEqual(len(here.effects()), 2)

    def test_who_waits_when_the_host_ends_is_told_nothing_that_was_not_written(self):
        with Contained(**{"engine.drain": "500ms"}) as here:
            here.start()
            lock = sqlite3.connect(here.data / "jackfield.db", isolation_level=None)
            lock.execute("BEGIN IMMEDIATE")
            answers = []
            client = threading.Thread(target=lambda: answers.append(here.order(wait=60)))
            client.start()
            world.until(lambda: 'jackfield_instances{flow="trouble",state="running"} 1' in here.metrics(), 30, "a start")
            here.process.terminate()
            client.join()
            here.process.wait(world.PATIENCE_S)
            lock.execute("ROLLBACK")
            lock.close()
            status, problem = answers[0]
            self.assertEqual((status, problem["code"]), (503, "STOPPING"), problem)
            here.start()
            self.assertEqual(here.call("GET", "/v1/instances")[1]["items"], [], "nothing was told, and nothing is there")
            self.assertEqual(here.order()[1]["state"], "completed")

    def test_who_waits_for_a_written_order_when_the_host_ends_is_told_where_it_stands(self):
        with Contained(**{"engine.drain": "200ms"}) as here:
            here.start()
            answers = []
            client = threading.Thread(target=lambda: answers.append(here.order("slow", ms=5000, wait=60)))
            client.start()
            world.until(lambda: here.call("GET", "/v1/instances")[1]["items"], 30, "a start")
            here.process.terminate()
            client.join()
            here.process.wait(world.PATIENCE_S)
            status, answer = answers[0]
            self.assertEqual((status, answer["state"]), (202, "running"), answer)
            here.start()
            self.assertEqual(here.end(answer["id"])["state"], "completed")

    @unittest.skipIf(os.environ.get("UBSAN_OPTIONS"), "UBSan looks through a pipe whether an object can be read at all: "
                                                      "where none opens it takes each for broken")
    def test_the_first_order_is_taken_where_no_file_can_be_opened_any_more(self):
        with Contained() as here, zmq.Context() as context, context.socket(zmq.DEALER) as peer:
            here.start()
            peer.setsockopt(zmq.LINGER, 0)
            peer.setsockopt(zmq.RCVTIMEO, 30_000)
            peer.connect(f"tcp://127.0.0.1:{here.native_port}")
            peer.send(msgpack.packb({"v": 1, "op": "none"}))  # it is connected, and nothing was asked of the engine yet
            self.assertEqual(msgpack.unpackb(peer.recv())["problem"]["code"], "OP_UNKNOWN")
            line = http.client.HTTPConnection("127.0.0.1", here.port, timeout=30)
            with contextlib.closing(line):
                line.request("GET", "/readyz")
                line.getresponse().read()
                pid = here.process.pid
                least = min(set(range(10_000)) - {int(name) for name in os.listdir(f"/proc/{pid}/fd")})
                soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
                resource.prlimit(pid, resource.RLIMIT_NOFILE, (least, hard))
                line.request("POST", "/v1/flows/trouble/instances", json.dumps({"what": "nothing"}),
                             {"Content-Type": "application/json"})
                answer = line.getresponse()
                status, over_http = answer.status, json.loads(answer.read())
                self.assertEqual(status, 202, over_http)
                peer.send(msgpack.packb({"v": 1, "op": "start", "flow": "trouble", "body": {"what": "nothing"}}))
                natively = msgpack.unpackb(peer.recv())
                self.assertTrue(natively["ok"], natively)
                resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
            for order in (over_http, natively["instance"]):
                self.assertEqual(here.end(order["id"])["state"], "completed")

    def test_a_runner_that_writes_without_end_takes_no_more_than_its_pipe(self):
        with Contained() as here:
            here.start()
            here.runner()
            before, most, others = resident_bytes(here.process.pid), 0, 0
            noisy = threading.Thread(target=here.order, args=("noise",), kwargs={"ms": 3000})
            noisy.start()
            while noisy.is_alive():
                self.assertEqual(here.order(flow="innocent")[1]["state"], "completed")
                most, others = max(most, resident_bytes(here.process.pid)), others + 1
            noisy.join()
            self.assertGreater(others, 3)
            self.assertLess(most - before, GROWN_MOST)

    def test_who_sends_without_end_where_runners_connect_is_not_kept(self):
        with Contained() as here:
            here.start()
            here.runner()
            before, most = resident_bytes(here.process.pid), 0
            context = zmq.Context()
            with context.socket(zmq.DEALER) as flood:
                flood.setsockopt(zmq.LINGER, 0)
                flood.setsockopt(zmq.SNDHWM, 1000)
                flood.connect("ipc://" + here.lanes_socket())
                for _ in range(20):
                    for _ in range(2_000):
                        with_room = flood.poll(10_000, zmq.POLLOUT)
                        self.assertTrue(with_room, "it is read, or dropped, and does not stop")
                        flood.send(b"\xff" * 4096)
                    most = max(most, resident_bytes(here.process.pid))
                    self.assertEqual(here.order(flow="innocent")[1]["state"], "completed")
            context.destroy(linger=0)
            self.assertLess(most - before, GROWN_MOST)
            self.assertEqual(here.order()[1]["state"], "completed")


if __name__ == "__main__":
    unittest.main()
