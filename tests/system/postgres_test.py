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


if __name__ == "__main__":
    unittest.main()
