"""Another version of a plugin under load: nothing is lost, nothing twice; one that is refused changes nothing."""

import os
import pathlib
import shutil
import subprocess
import threading
import unittest

import world
from contain_test import Contained

BUILT = pathlib.Path(os.environ.get("TROUBLE_PLUGINS", "."))


class Reloading(Contained):
    def __init__(self, isolation, **settings):
        super().__init__(isolation, **settings)
        self.shelf = self.directory / "plugins"
        self.shelf.mkdir()
        self.settings["plugin_path"] = str(self.shelf)
        shutil.copy(BUILT / "first/calm.so", self.shelf)
        self.put("first")

    def put(self, version):
        """As an operator does: beside, then renamed over."""
        shutil.copy(BUILT / version / "trouble.so", self.shelf / "trouble.new")
        (self.shelf / "trouble.new").rename(self.shelf / "trouble.so")

    def reload(self, **body):
        return self.call("POST", "/v1/plugins/trouble/reload", body)

    def version(self):
        return self.order()[1]["history"][0]["plugin_version"].split("+")[0]


class ReloadTest(unittest.TestCase):
    def both(self, test):
        for isolation in ("pool", "process"):
            with self.subTest(isolation=isolation), Reloading(isolation) as here:
                here.start()
                test(here)
                self.assertIsNone(here.process.poll())
                self.assertEqual(here.stop(), 0)

    def test_the_new_version_does_new_work_and_the_old_one_comes_back(self):
        def test(here):
            self.assertEqual(here.version(), "1.0.0")
            here.put("second")
            self.assertEqual(here.version(), "1.0.0", "not before it is asked for")
            status, answer = here.reload()
            self.assertEqual((status, answer["version"], answer["state"]), (200, "2.0.0", "running"), answer)
            self.assertEqual(here.version(), "2.0.0")
            status, answer = here.reload()
            self.assertEqual((status, answer["version"]), (200, "2.0.0"), "the same again changes nothing")
            status, answer = here.reload(rollback=True)
            self.assertEqual((status, answer["version"]), (200, "1.0.0"), answer)
            self.assertEqual(here.version(), "1.0.0")
            status, answer = here.reload(rollback=True)
            self.assertEqual((status, answer["version"]), (200, "2.0.0"), answer)
        self.both(test)

    def test_what_is_under_way_ends_on_the_version_it_began_with(self):
        def test(here):
            _, order = here.order("slow", ms=1500, wait=0)
            world.until(lambda: here.plugin()["in_flight"] == 1, 30, "the step under way")
            here.put("second")
            self.assertEqual(here.reload()[0], 200)
            self.assertEqual(here.version(), "2.0.0")
            self.assertEqual(here.end(order["id"])["history"][0]["plugin_version"].split("+")[0], "1.0.0")
            world.until(lambda: not here.plugin()["draining"], 30, "the old version's end")
        self.both(test)

    def test_one_that_refuses_its_settings_changes_nothing(self):
        def test(here):
            here.put("refusing")
            status, answer = here.reload()
            self.assertEqual((status, answer["code"]), (422, "PLUGIN_REFUSED"), answer)
            self.assertIn("this version refuses every setting", answer["detail"])
            self.assertEqual(here.version(), "1.0.0")
        self.both(test)

    def test_one_that_is_no_library_changes_nothing(self):
        def test(here):
            whole = (here.shelf / "trouble.so").read_bytes()
            (here.shelf / "trouble.new").write_bytes(whole[:len(whole) // 2])
            (here.shelf / "trouble.new").rename(here.shelf / "trouble.so")
            status, answer = here.reload()
            self.assertEqual((status, answer["code"]), (422, "PLUGIN_REFUSED"), answer)
            self.assertIn("expected", answer["detail"])
            self.assertEqual(here.version(), "1.0.0")
        self.both(test)

    def test_what_is_not_there_is_said(self):
        with Reloading("pool") as here:
            here.start()
            self.assertEqual(here.call("POST", "/v1/plugins/nobody/reload", {})[0], 404)
            self.assertEqual(here.reload(rollback=True)[1]["code"], "NO_VERSION_BEFORE")
            self.assertEqual(here.reload(rollback=7)[0], 422)

    def test_the_command_does_the_same(self):
        with Reloading("pool") as here:
            here.start()
            here.put("second")
            command = [world.BINARY, "plugin", "reload", "trouble", "--host", f"http://127.0.0.1:{here.port}"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stdout.split()[:2]), (0, ["trouble", "2.0.0"]), done)
            done = subprocess.run([*command, "--rollback"], capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stdout.split()[:2]), (0, ["trouble", "1.0.0"]), done)
            release = [world.BINARY, "plugin", "release", "trouble", "--host", f"http://127.0.0.1:{here.port}"]
            done = subprocess.run(release, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("not in quarantine", done.stderr)

    def test_under_load_nothing_is_lost_and_nothing_is_done_twice(self):
        def test(here):
            ids = []

            def load():
                for _ in range(60):
                    ids.append(here.order("slow", ms=5, wait=0)[1]["id"])
            threads = [threading.Thread(target=load) for _ in range(4)]
            for thread in threads:
                thread.start()
            for at in range(6):
                here.put("first" if at % 2 else "second")
                status, answer = here.reload()
                self.assertEqual(status, 200, answer)
            for thread in threads:
                thread.join()
            orders = [here.end(one) for one in ids]
            self.assertEqual({order["state"] for order in orders}, {"completed"})
            self.assertEqual({order["history"][0]["attempt"] for order in orders}, {1}, "none was given twice")
            self.assertEqual(len(here.effects()), 240)
            self.assertEqual({order["history"][0]["plugin_version"].split("+")[0] for order in orders},
                             {"1.0.0", "2.0.0"})
        self.both(test)


if __name__ == "__main__":
    unittest.main()
