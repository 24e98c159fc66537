"""One host on PostgreSQL: the same order, the same certainty."""

import unittest

import world
from effects import assert_opened_once
from postgres import Postgres


class OnPostgres(unittest.TestCase):
    def test_an_order_goes_on_after_kill_9_and_has_every_effect_once(self):
        with Postgres() as server, world.World({"store.url": server.url}) as here:
            orders = here.systems["network_element"].work_orders
            orders.tell({"do": "receipt", "mode": "late"})
            here.start()
            status, answer = here.send(world.open_account(), key="pg-1", wait=0)
            self.assertEqual(status, 202, answer)
            world.until(lambda: here.get(answer["id"])["waiting_for"] == "pending-completion", text="the wait")
            here.kill()
            here.start()
            again = here.send(world.open_account(), key="pg-1", wait=0)[1]
            self.assertEqual(again["id"], answer["id"], "one key, one instance")
            orders.command("release", {"correlation": answer["id"], "result": "done"})
            instance = here.end(answer["id"])
            self.assertEqual(instance["state"], "completed", instance)
            assert_opened_once(self, here, instance)
            self.assertFalse(list(here.data.glob("*.db")), "nothing is kept in SQLite beside it")

    def test_a_server_that_goes_away_is_waited_for_and_orders_go_on(self):
        with Postgres() as server, world.World({"store.url": server.url}) as here:
            orders = here.systems["network_element"].work_orders
            orders.tell({"do": "receipt", "mode": "late"})
            here.start()
            waiting = here.send(world.open_account(), wait=0)[1]
            world.until(lambda: here.get(waiting["id"])["waiting_for"] == "pending-completion", text="the wait")
            for _ in range(2):
                server.stop()
                world.until(lambda: not here.is_ready(), text="readyz to say 503")
                status, answer = here.send(world.open_account(msisdn=None), wait=0)
                self.assertEqual((status, answer["code"]), (503, "NOT_READY"), answer)
                self.assertEqual(here.call("GET", "/healthz")[0], 200)
                self.assertEqual(here.call("GET", "/v1/instances")[0], 503)
                server.start()
                world.until(here.is_ready, text="ready again")
            orders.command("release", {"correlation": waiting["id"], "result": "done"})
            instance = here.end(waiting["id"])
            self.assertEqual(instance["state"], "completed", instance)
            assert_opened_once(self, here, instance)
            self.assertNotIn("SIGTERM", here.log())

    def test_orders_under_way_when_the_server_goes_have_every_effect_once(self):
        with Postgres() as server, world.World({"store.url": server.url}) as here:
            here.start()
            one = here.send(world.open_account(), wait=0)[1]
            server.stop()
            world.until(lambda: not here.is_ready(), text="readyz to say 503")
            server.start()
            world.until(here.is_ready, text="ready again")
            instance = here.end(one["id"])
            self.assertEqual(instance["state"], "completed", instance)
            assert_opened_once(self, here, instance)

    def test_a_host_whose_store_is_away_ends_when_it_is_told_to(self):
        with Postgres() as server, world.World({"store.url": server.url}) as here:
            here.start()
            server.stop()
            world.until(lambda: not here.is_ready(), text="readyz to say 503")
            self.assertEqual(here.stop(), 0)
            server.start()


if __name__ == "__main__":
    unittest.main()
