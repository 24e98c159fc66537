"""The native ZeroMQ ingress from outside: the same orders, the same shapes as over HTTP."""

import unittest

import msgpack
import zmq

import world


class Native(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = world.World().__enter__()
        cls.world.start()
        cls.context = zmq.Context()

    @classmethod
    def tearDownClass(cls):
        cls.context.destroy(linger=0)
        cls.world.__exit__(None, None, None)

    def ask(self, message, kind=zmq.DEALER):
        with self.context.socket(kind) as peer:
            peer.setsockopt(zmq.LINGER, 0)
            peer.setsockopt(zmq.RCVTIMEO, 30_000)
            peer.connect(f"tcp://127.0.0.1:{self.world.native_port}")
            peer.send(message if isinstance(message, bytes) else msgpack.packb(message))
            return msgpack.unpackb(peer.recv())

    def test_start_get_cancel_event(self):
        answer = self.ask({"v": 1, "op": "start", "flow": "open-account", "key": "n1", "wait_ms": 30_000,
                           "body": world.open_account()})
        self.assertTrue(answer["ok"], answer)
        self.assertEqual(answer["instance"]["state"], "completed")
        order = answer["instance"]["id"]
        again = self.ask({"v": 1, "op": "start", "flow": "open-account", "key": "n1", "body": world.open_account()}, zmq.REQ)
        self.assertEqual(again["instance"]["id"], order, "one key, one instance, whichever way it came")
        got = self.ask({"v": 1, "op": "get", "id": order})
        self.assertEqual(got["instance"]["result"], self.world.get(order)["result"])
        refused = self.ask({"v": 1, "op": "cancel", "id": order})
        self.assertEqual((refused["ok"], refused["problem"]["status"]), (False, 409))

    def test_an_event_is_named_by_its_body_as_over_http(self):
        receipt = {"id": "n-1", "correlation": "somebody", "result": "done"}
        event = {"v": 1, "op": "event", "name": "pending-completion", "correlation": "somebody", "body": receipt}
        self.assertEqual(self.ask(event)["instance"]["state"], "kept")
        self.assertEqual(self.ask(event)["instance"]["state"], "seen", "the same event again")
        event.pop("correlation")
        self.assertEqual(self.ask(event)["instance"]["state"], "seen", "the body says whom it is for")
        again = self.world.call("POST", "/v1/events/pending-completion", receipt)
        self.assertEqual((again[0], again[1]["state"]), (202, "seen"))

    def test_what_is_wrong_is_a_problem(self):
        wrong = self.ask({"v": 1, "op": "start", "flow": "open-account", "body": world.open_account(card={"type": "NANO"})})
        self.assertFalse(wrong["ok"])
        self.assertEqual(wrong["problem"]["status"], 422)
        self.assertEqual([error["path"] for error in wrong["problem"]["errors"]], ["/card/type"])
        for garbage in (b"", b"\xc1", b"\x93\x01\x02\x03", msgpack.packb({"v": 2, "op": "get", "id": "x"})):
            self.assertFalse(self.ask(garbage)["ok"], garbage)


if __name__ == "__main__":
    unittest.main()
