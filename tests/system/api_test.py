"""The API from outside, at its edges: figures of a fresh host, both keys of an instance, flows that are parts of others,
events that name nobody's shape, reads while the host ends, readiness while the store is full."""

import resource
import threading
import unittest

import msgpack
import zmq

import world
from counter import Counter

SUB_FLOWS = ("construction", "completion", "standing", "blacklist", "card-choice", "card-change", "card-swap")


class FreshHost(unittest.TestCase):
    def test_every_fixed_figure_is_there_at_zero(self):
        with world.World() as here:
            here.start()
            text = here.call("GET", "/metrics")[1].decode()
            lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
            for flow in ("open-account", "change-number", "replace-card"):
                for state in ("running", "waiting", "completed", "rejected", "cancelled", "failed", "held"):
                    for name in ("jackfield_instances", "jackfield_instances_total"):
                        self.assertEqual(lines[f'{name}{{flow="{flow}",state="{state}"}}'], "0")
            plugins = here.call("GET", "/v1/plugins")[1]["items"]
            for plugin in plugins:
                self.assertEqual(lines[f'jackfield_plugin_crashes_total{{plugin="{plugin["id"]}"}}'], "0")
                for step in plugin["steps"]:
                    self.assertEqual(lines[f'jackfield_steps_total{{outcome="done",step="{step}"}}'], "0")
                    self.assertEqual(lines[f'jackfield_step_seconds_count{{step="{step}"}}'], "0")
            self.assertEqual(lines["jackfield_dead_letters"], "0")
            self.assertIn("jackfield_store_commit_seconds_count", lines)
            self.assertNotIn('flow="construction"', text, "nobody starts a part of other flows")


class Edges(Counter):
    def native(self, message):
        context = zmq.Context()
        try:
            with context.socket(zmq.DEALER) as peer:
                peer.setsockopt(zmq.LINGER, 0)
                peer.setsockopt(zmq.RCVTIMEO, 60_000)
                peer.connect(f"tcp://127.0.0.1:{self.world.native_port}")
                peer.send(msgpack.packb(message))
                return msgpack.unpackb(peer.recv())
        finally:
            context.destroy(linger=0)

    def test_an_instance_is_found_by_either_of_its_keys(self):
        number = self.sold()
        key = f"K-{number}"
        instance = self.world.send(world.open_account(msisdn=number), key=key)[1]["id"]
        for asked in (key, number):
            found = self.world.call("GET", f"/v1/instances?key={asked}")[1]["items"]
            self.assertEqual([one["id"] for one in found], [instance], asked)
        self.assertEqual(self.world.call("GET", f"/v1/instances?flow=change-number&key={key}")[1]["items"], [])

    def test_a_part_of_other_flows_is_not_started_by_itself(self):
        before = len(self.world.ledger("network_element"))
        flows = {one["flow"]: one for one in self.world.call("GET", "/v1/flows")[1]["items"]}
        self.assertEqual({name for name, flow in flows.items() if not flow["startable"]}, set(SUB_FLOWS))
        for flow in SUB_FLOWS:
            status, answer = self.world.call("POST", f"/v1/flows/{flow}/instances", {"service": "open-account"})
            self.assertEqual((status, answer["code"]), (409, "NOT_STARTABLE"), flow)
        self.assertEqual(len(self.world.ledger("network_element")), before)

    def test_an_empty_choice_is_asked_for_again(self):
        answer = self.waits("open-account", world.open_account(product=None, msisdn=None, tariff=None))
        number = answer["offers"]["numbers"][0]["msisdn"]
        for part in ({}, {"msisdn": number}, {}):
            answer = self.chooses(answer["id"], **part)
            self.assertEqual((answer["state"], answer["waiting_for"]), ("waiting", "choose"), part)
            self.assertTrue(answer["offers"]["products"])
        self.ended(self.chooses(answer["id"], product="easyown")["id"], "completed")
        line = self.line()
        answer = self.waits("change-number", world.change_number(line["msisdn"]))
        answer = self.chooses(answer["id"])
        self.assertEqual((answer["state"], answer["waiting_for"]), ("waiting", "choose"))
        new = answer["offers"]["numbers"][0]["msisdn"]
        self.assertEqual(self.ended(self.chooses(answer["id"], new_msisdn=new)["id"], "completed")["result"]["msisdn"], new)

    def test_an_event_that_is_met_is_answered_with_the_instance(self):
        numbers = [self.sold() for _ in range(2)]
        for number, ask in zip(numbers, (self.over_http, self.over_zmq)):
            waiting = self.waits("open-account", world.open_account(msisdn=None, tariff=None))["id"]
            told = ask({"correlation": waiting, "id": f"choice-{number}", "msisdn": number}, 30)
            self.assertEqual((told["id"], told["state"]), (waiting, "completed"), told)
            again = ask({"correlation": waiting, "id": f"choice-{number}", "msisdn": number}, 0)
            self.assertEqual(again["id"], waiting, "the same event again")

    def over_http(self, body, wait):
        status, answer = self.world.call("POST", "/v1/events/choose", body, {"Prefer": f"wait={wait}"} if wait else {})
        self.assertEqual(status, 200 if wait else 202, answer)
        return answer

    def over_zmq(self, body, wait):
        answer = self.native({"v": 1, "op": "event", "name": "choose", "correlation": body["correlation"], "body": body,
                              "wait_ms": wait * 1000})
        self.assertTrue(answer["ok"], answer)
        return answer["instance"]

    def test_spent_tries_are_told_by_their_cause(self):
        self.world.systems["credit"].tell({"do": "busy", "status": 429})
        failed = self.ends("open-account", world.open_account(msisdn=self.sold()), "failed")
        self.assertNotIn(failed["failure"]["code"], ("RETRY", ""), failed["failure"])
        self.assertIn("429", failed["failure"]["code"] + failed["failure"]["text"])

    settings = {f"adapters.credit.{name}": value for name, value in (("retries", 1), ("backoff", "10ms..10ms"))}


class Ending(unittest.TestCase):
    def test_what_only_looks_is_answered_while_the_host_drains(self):
        with world.World({"engine.drain": "60s", "adapters.credit.timeout": "60s"}) as here:
            here.start()
            done = here.send(world.open_account())[1]["id"]
            here.systems["credit"].tell({"do": "hang", "seconds": 600, "times": 1})
            under_way = here.send(world.open_account(msisdn="13400037545"), wait=0)[1]["id"]
            world.until(lambda: here.get(under_way)["step"] == "credit.check", text="the step that hangs")
            here.process.terminate()
            world.until(lambda: here.call("GET", "/readyz")[1].get("code") == "STOPPING", text="the drain")
            self.assertEqual(here.get(done)["state"], "completed")
            self.assertEqual(here.get(under_way)["state"], "running")
            self.assertEqual(here.call("GET", "/v1/instances?limit=1")[0], 200)
            self.assertEqual(here.call("GET", "/v1/flows")[0], 200)
            self.assertEqual(here.call("GET", "/healthz")[0], 200)
            for path in ("/v1/flows/open-account/instances", f"/v1/instances/{done}/cancel"):
                status, answer = here.call("POST", path, world.open_account())
                self.assertEqual((status, answer["code"]), (503, "STOPPING"), path)
            here.systems["credit"].behaviour.clear()
            here.systems["credit"].down()  # what hangs is let go
            self.assertEqual(here.stop(), 0)


class FullStore(unittest.TestCase):
    def test_a_host_that_takes_no_orders_is_not_ready(self):
        with world.World() as here:
            here.start()
            resource.prlimit(here.process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
            asked = threading.Thread(target=here.send, args=(world.open_account(),), kwargs={"wait": 0}, daemon=True)
            asked.start()
            world.until(lambda: here.call("GET", "/readyz")[0] == 503, text="not ready")
            status, answer = here.send(world.open_account(msisdn="13400037545"), wait=0)
            self.assertEqual((status, answer["code"]), (503, "NOT_READY"))
            self.assertEqual(here.call("GET", "/readyz")[1]["code"], "NOT_READY", "they agree")
            resource.prlimit(here.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            world.until(here.is_ready, text="ready again")
            asked.join()


if __name__ == "__main__":
    unittest.main()
