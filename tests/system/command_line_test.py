"""The command line from outside: every command has help, says what it found, and ends 0, 1 or 2."""

import json
import os
import pathlib
import subprocess
import unittest

import world

PLUGINS = sorted(pathlib.Path(world.BINARY).parent.glob("*.so"))


def command(*words, env=None, cwd=None):
    done = subprocess.run([world.BINARY, *words], capture_output=True, text=True, timeout=world.PATIENCE_S, cwd=cwd, check=False,
                          env={**{name: value for name, value in os.environ.items() if name != "JACKFIELD_HOST"},
                               **(env or {})})
    return done.returncode, done.stdout, done.stderr


class Alone(unittest.TestCase):
    """Without a host that runs."""

    def test_every_command_has_help(self):
        for words in ([], ["run"], ["check"], ["graph"], ["plugin"], ["plugin", "list"], ["plugin", "describe"], ["instance"],
                      ["instance", "list"], ["instance", "show"], ["instance", "cancel"], ["instance", "retry"],
                      ["dead-letter"], ["dead-letter", "list"], ["dead-letter", "show"], ["dead-letter", "replay"]):
            code, out, _ = command(*words, "--help")
            self.assertEqual(code, 0, words)
            self.assertIn("Usage: jackfield", out, words)

    def test_wrong_usage_is_two(self):
        for words in ([], ["nonsense"], ["instance"], ["instance", "show"], ["instance", "list", "--nonsense"],
                      ["graph", "open-account", "--format", "png"]):
            code, _, err = command(*words)
            self.assertEqual((code, bool(err)), (2, True), words)

    def test_a_word_that_is_no_command_is_named(self):
        for words, named, meant in ((["nope"], "nope", "there are run, check"), (["chek"], "chek", "did you mean 'check'"),
                                    (["plugin", "nope"], "plugin nope", "plugin describe"),
                                    (["instance", "cancle", "x"], "instance cancle", "did you mean 'cancel'"),
                                    (["dead-letter", "nope"], "dead-letter nope", "dead-letter replay")):
            code, out, err = command(*words)
            self.assertEqual((code, out), (2, ""), words)
            self.assertIn(f"'{named}'", err)
            self.assertIn(meant, err)
            self.assertNotIn("runner", err, "nobody's word but the host's")

    def test_a_host_that_is_no_address_is_wrong_usage(self):
        for url in ("nonsense", "ftp://x", "http://", "http://x:y"):
            for words in (["instance", "list"], ["instance", "show", "x"], ["dead-letter", "list"]):
                code, out, err = command(*words, "--host", url)
                self.assertEqual((code, out), (2, ""), (words, url))
                self.assertIn("--host", err)

    def test_the_configuration_is_sound(self):
        self.assertEqual(command("check", "-c", str(world.ROOT / "config"))[0], 0)
        code, out, _ = command("check", "-c", str(world.ROOT / "config"), "--json", "--set", "plugins.resource.hold=soon")
        self.assertEqual(code, 1)
        self.assertIn("plugins.resource.hold", json.dumps(json.loads(out)))

    def test_flows_are_drawn(self):
        starts = {"svg": "DTD SVG", "dot": "digraph", "mermaid": "flowchart"}
        for form, start in starts.items():
            code, out, _ = command("graph", "replace-card", "-c", str(world.ROOT / "config"), "--format", form)
            self.assertEqual(code, 0)
            self.assertIn(start, out[:200])
            self.assertIn("接收待竣工信息", out)
        self.assertEqual(command("graph", "nobody", "-c", str(world.ROOT / "config"))[0], 1)

    def test_plugins_describe_themselves(self):
        code, out, _ = command("plugin", "list", "-c", str(world.ROOT / "config"), "--json")
        self.assertEqual(code, 0)
        self.assertEqual({item["file"] for item in json.loads(out)["items"]}, {str(path) for path in PLUGINS})
        for path in PLUGINS:
            code, out, err = command("plugin", "describe", str(path))
            self.assertEqual((code, err), (0, ""), path)
            self.assertIn(path.stem + ".", out.split("steps:")[1], path)
            code, out, _ = command("plugin", "describe", str(path), "--json")
            self.assertEqual((code, json.loads(out)["id"]), (0, path.stem))
        self.assertEqual(command("plugin", "describe", str(world.ROOT / "README.md"))[0], 1)

    def test_nobody_answers(self):
        for words in (["instance", "list"], ["dead-letter", "list"]):
            code, out, err = command(*words, "--host", f"http://127.0.0.1:{world.free_port()}")
            self.assertEqual((code, out, bool(err)), (1, "", True), words)


class WithAHost(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = world.World().__enter__()
        cls.world.start()

    @classmethod
    def tearDownClass(cls):
        cls.world.__exit__(None, None, None)

    def ask(self, *words, code=0):
        found, out, err = command(*words, env={"JACKFIELD_HOST": f"http://127.0.0.1:{self.world.port}"})
        self.assertEqual(found, code, (words, out, err))
        return out if code == 0 else err

    def test_an_order_is_shown_cancelled_and_listed(self):
        waiting = self.world.send(world.open_account(msisdn=None))[1]["id"]
        self.assertIn(waiting, self.ask("instance", "list", "--state", "waiting"))
        self.assertEqual(json.loads(self.ask("instance", "show", waiting, "--json"))["waiting_for"], "choose")
        self.assertIn("等待客户选择", self.ask("graph", "open-account", "-c", str(self.world.config)))
        self.ask("instance", "retry", waiting, code=1)
        self.ask("instance", "cancel", waiting)
        self.assertEqual(self.world.end(waiting)["state"], "cancelled")
        self.assertIn("ended", self.ask("instance", "cancel", waiting, code=1))
        self.assertIn("404", self.ask("instance", "show", "nobody", code=1))
        page = json.loads(self.ask("instance", "list", "--json"))
        self.assertEqual(set(page), {"items", "next"})
        found, out, _ = command("instance", "list", "--host", f"http://127.0.0.1:{self.world.port}")
        self.assertEqual((found, waiting in out), (0, True), "--host names the host as well")

    def test_a_dead_letter_is_shown_and_replayed(self):
        billing = self.world.systems["billing"]
        billing.tell({"do": "refuse", "status": 400, "times": 1})
        order = self.world.send(world.open_account())[1]["id"]
        world.until(lambda: order in self.ask("dead-letter", "list", "--json"), text="the dead letter")
        letter = json.loads(self.ask("dead-letter", "list", "--json"))["items"][0]["id"]
        shown = json.loads(self.ask("dead-letter", "show", letter, "--json"))
        self.assertEqual((shown["step"], shown["instance"]), ("billing.notify", order))
        self.ask("dead-letter", "replay", letter)
        world.until(lambda: self.world.applied("billing"), text="the notice")
        self.ask("dead-letter", "replay", letter, code=1)
        self.assertEqual(json.loads(self.ask("dead-letter", "list", "--json"))["items"], [])


if __name__ == "__main__":
    unittest.main()
