"""kill -9 at every write to the journal of one 开户, before and after the disk has it: the order goes on, and no
effect happens twice."""

import unittest

import world
from crash import KilledAtASync
from effects import assert_opened_once


class KilledAtEveryJournalWrite(KilledAtASync):
    flow, key = "open-account", "crash-1"

    def order(self, before):
        return world.open_account()

    def assert_done_once(self, here, instance, before):
        assert_opened_once(self, here, instance)

    def test_before_the_disk_has_it(self):
        self.every_sync("before")

    def test_after_the_disk_has_it(self):
        self.every_sync("after")


if __name__ == "__main__":
    unittest.main()
