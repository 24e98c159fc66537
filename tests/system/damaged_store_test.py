"""A byte of the store that the disk changed: the host says which file and what to do, and tells nobody another truth."""

import unittest

import world


def flip(path, at):
    with open(path, "r+b") as stream:
        stream.seek(at)
        byte = stream.read(1)[0]
        stream.seek(at)
        stream.write(bytes([byte ^ 0x10]))


class DamagedStoreTest(unittest.TestCase):
    def ordered(self, here):
        here.start()
        status, answer = here.send(world.open_account())
        self.assertIn(status, (200, 202), answer)
        return here.end(answer["id"])

    def refusal(self, here):
        """What a host says that is started on it and ends with 1."""
        before = len(here.log())
        here.start(ready=False)
        self.assertEqual(here.process.wait(world.PATIENCE_S), 1, here.log())
        here.process = None
        return here.log()[before:]

    def test_a_changed_byte_that_the_start_reads_is_refused(self):
        with world.World() as here:
            self.ordered(here)
            self.assertEqual(here.stop(), 0)
            store = here.data / "jackfield.db"
            self.assertFalse((here.data / "jackfield.db-wal").exists(), "a host that ends leaves no log")
            flip(store, store.read_bytes().index(b" with page sums") - 6)
            said = self.refusal(here)
            self.assertIn(f"store {store}: cannot open it: found that page ", said)
            self.assertIn("does not fit its sum", said)
            self.assertIn("put back a backup", said)

    def test_a_changed_byte_of_an_ended_order_is_told_to_nobody(self):
        with world.World() as here:
            order = self.ordered(here)
            self.assertEqual(here.stop(), 0)
            store = here.data / "jackfield.db"
            flip(store, store.read_bytes().index("建国路".encode()))  # in what the customer sent
            here.start()
            status, answer = here.call("GET", f"/v1/instances/{order['id']}")
            self.assertEqual((status, answer["code"]), (500, "STORE_UNREADABLE"), answer)
            self.assertIn(f"store {store}: ", here.log())
            self.assertIn("does not fit its sum", here.log())
            self.assertEqual(here.call("POST", f"/v1/instances/{order['id']}/cancel", {})[0], 500)
            self.assertEqual(here.call("GET", "/readyz")[0], 200)  # whoever asked took nothing from others
            self.assertEqual(here.stop(), 0)

    def test_a_changed_byte_in_a_killed_hosts_log_is_refused(self):
        with world.World() as here:
            self.ordered(here)
            here.kill()
            log = here.data / "jackfield.db-wal"
            flip(log, log.stat().st_size // 2)
            said = self.refusal(here)
            self.assertIn(f"store {log}: found damage from byte ", said)
            self.assertIn("put back a backup", said)


if __name__ == "__main__":
    unittest.main()
