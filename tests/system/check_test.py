"""`jackfield check` from outside: it says all that `run` would refuse, all of it at once, each at its place."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import world


def edited(path, old, new, count=1):
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path.name} has no '{old}'"
    path.write_text(text.replace(old, new, count), encoding="utf-8")


def added(path, text):
    with open(path, "a", encoding="utf-8") as file:
        file.write(text)


class Checking(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="jackfield-check-"))
        self.addCleanup(shutil.rmtree, self.directory, True)
        self.config = self.directory / "config"
        shutil.copytree(world.ROOT / "config", self.config, ignore=shutil.ignore_patterns("demo"))
        self.host, self.data, self.flows = self.config / "host.yaml", self.config / "data", self.config / "flows"

    def ask(self, *words, timeout=120):
        return subprocess.run([world.BINARY, *words], capture_output=True, text=True, timeout=timeout, check=False,
                              cwd=self.directory)

    def check(self, *sets, code=1):
        options = [word for one in sets for word in ("--set", one)]
        done = self.ask("check", "-c", str(self.config), "--json", *options)
        self.assertEqual((done.returncode, done.stderr), (code, ""), done.stdout)
        self.assertEqual(sorted(self.directory.iterdir()), [self.config], "check leaves nothing behind")
        return json.loads(done.stdout)["items"]

    def one(self, file, text, line=None, column=None, sets=()):
        """Exactly one finding, there, with these words."""
        found = self.check(*sets)
        self.assertEqual([item["file"] for item in found], [file], found)
        self.assertRegex(found[0]["text"], text)
        if line is not None:
            self.assertEqual(found[0]["line"], line, found)
        if column is not None:
            self.assertEqual(found[0]["column"], column, found)
        return found[0]

    def line_of(self, path, text):
        lines = path.read_text(encoding="utf-8").splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)


class WhatPluginsRefuse(Checking):
    """Plugins judge their settings and reference data when an instance is made."""

    def test_a_sound_configuration_is_sound(self):
        self.assertEqual(self.check(code=0), [])

    def test_data_that_is_not_there_is_found_at_its_setting(self):
        for name, key in (("channels.yaml", "channels:"), ("numbers.csv", "numbers:"), ("cards.csv", "cards:"),
                          ("blacklist.csv", "entries:")):
            with self.subTest(name):
                text = (self.data / name).read_bytes()
                (self.data / name).unlink()
                self.one("host.yaml", name, self.line_of(self.host, key))
                (self.data / name).write_bytes(text)

    def test_one_catalogue_of_two_plugins_is_missed_once(self):
        (self.data / "catalog.yaml").unlink()
        self.one("host.yaml", "catalog.yaml", self.line_of(self.host, "catalog:"))

    def test_a_wrong_catalogue_is_found_at_its_line(self):
        for old, new, text in (("open_fee_fen: 3000", "open_fee_fen: 30.5", "30.5"),
                               ("open_fee_fen: 3000", "open_fee_fen: -1", "-1"),
                               ("id: mzone", "id: easyown", "twice"),
                               ("product: easyown, name", "product: nope, name", "nope")):
            with self.subTest(new):
                before = (self.data / "catalog.yaml").read_text(encoding="utf-8")
                edited(self.data / "catalog.yaml", old, new)
                found = self.one("data/catalog.yaml", text)
                self.assertIn(new, (self.data / "catalog.yaml").read_text(encoding="utf-8").splitlines()[found["line"] - 1])
                self.assertIn(new, found["source"])
                (self.data / "catalog.yaml").write_text(before, encoding="utf-8")

    def test_wrong_channels_are_found_at_their_line(self):
        for text, words in (("channels: [", "YAML"), ("channels:\n  hall: {services: [open-account], open: \"25:00-18:00\"}\n", "25:00"),
                            ("channels:\n  hall: {services: [open-account], opens: always}\n", "opens")):
            with self.subTest(words):
                (self.data / "channels.yaml").write_text(text, encoding="utf-8")
                self.assertGreater(self.one("data/channels.yaml", words)["line"], 0)

    def test_a_wrong_row_is_found_at_its_line_and_never_shown(self):
        luhn = "89860070310112094321,460002398990921,00FCEEA31E6636E9B1A5BE5A2E57A45C,SIM"
        for name, row, words in (("numbers.csv", "12345,normal,0", "12345"), ("numbers.csv", "13999999998,normal,abc", "fee_fen"),
                                 ("numbers.csv", "13999999998", "columns"), ("cards.csv", luhn, "Luhn"),
                                 ("blacklist.csv", "x,y", "columns")):
            with self.subTest(row):
                path = self.data / name
                before = path.read_text(encoding="utf-8")
                added(path, row + "\n")
                found = self.one(f"data/{name}", words, len(before.splitlines()) + 1)
                self.assertEqual(found["source"], "", "a Ki, an identity: nothing of it is shown")
                path.write_text(before, encoding="utf-8")

    def test_an_address_of_no_use_is_found_at_its_key(self):
        for url in ("ftp://x", "https://x", "http://"):
            with self.subTest(url):
                before = self.host.read_text(encoding="utf-8")
                edited(self.host, "url: http://127.0.0.1:7201", f"url: {url}")
                self.one("host.yaml", re.escape(url), self.line_of(self.host, f"url: {url}"))
                self.host.write_text(before, encoding="utf-8")
        self.one("--set adapters.network_element.mml", "127.0.0.1", sets=["adapters.network_element.mml=127.0.0.1"])

    def test_all_plugins_are_heard_at_once(self):
        for name in ("channels.yaml", "numbers.csv", "blacklist.csv"):
            (self.data / name).unlink()
        edited(self.host, "url: http://127.0.0.1:7201", "url: ftp://x")
        found = self.check()
        self.assertEqual(len(found), 4, found)
        self.assertEqual({item["file"] for item in found}, {"host.yaml"})

    def test_a_plugin_in_a_process_of_its_own_is_heard_too(self):
        (self.data / "channels.yaml").unlink()
        self.one("host.yaml", "channels.yaml", self.line_of(self.host, "channels:"), sets=["plugins.interface.isolation=process"])

    def test_run_says_the_same(self):
        for name in ("channels.yaml", "catalog.yaml"):
            (self.data / name).unlink()
        edited(self.host, "url: http://127.0.0.1:7201", "url: ftp://x")
        checked = self.ask("check", "-c", str(self.config))
        ran = self.ask("run", "-c", str(self.config), "--set", f"http.listen=127.0.0.1:{world.free_port()}", "--set",
                       f"zmq.listen=tcp://127.0.0.1:{world.free_port()}", "--set", f"data_dir={self.directory}/var")
        self.assertEqual((checked.returncode, ran.returncode), (1, 1))
        for word in ("channels.yaml", "catalog.yaml", "ftp://x"):
            self.assertEqual(checked.stdout.count(f"{word}"), ran.stderr.count(f"{word}"), ran.stderr)
        self.assertIn("nothing was started", ran.stderr)

    def test_a_data_dir_that_is_a_file_is_found_once(self):
        taken = self.config / "taken"
        taken.write_text("", encoding="utf-8")
        self.one("--set data_dir", "folder", sets=[f"data_dir={taken}"])


class AllAtOnce(Checking):
    def test_a_wrong_setting_hides_no_flow_and_no_data(self):
        edited(self.host, "retries: 5", "retires: 5")
        edited(self.host, "hold: 30m", "hold: x")
        edited(self.host, "zone:", "zoen:")
        edited(self.flows / "open-account.yaml", "tariff.price\n", "tariff.prise\n")
        edited(self.flows / "change-number.yaml", "within: offer.hold_ms", "withni: offer.hold_ms")
        (self.data / "cards.csv").unlink()
        found = self.check()
        self.assertEqual(sorted((item["file"], item["code"]) for item in found if item["severity"] == "error"),
                         sorted([("host.yaml", "JF003"), ("host.yaml", "JF016"), ("host.yaml", "JF016"), ("host.yaml", "JF016"),
                                 ("flows/open-account.yaml", "JF039"), ("flows/change-number.yaml", "JF031")]), found)

    def test_a_setting_that_is_wrong_is_said_once(self):
        for key in ("adapters.credit.timeout", "adapters.credit.backoff", "adapters.credit.give_up"):
            self.one(f"--set {key}", "duration", sets=[f"{key}=soon"])
        self.one("--set adapters.credit.retries", "0 to 1000", sets=["adapters.credit.retries=2000"])
        self.one("--set plugins.customer.isolation", "pool", sets=["plugins.customer.isolation=moon"])

    def test_an_unreadable_host_yaml_is_said_alone(self):
        self.host.write_text("a: [\n", encoding="utf-8")
        self.one("host.yaml", "not YAML")
        self.host.unlink()
        self.one("host.yaml", "no such file")

    def test_an_unreadable_host_yaml_hides_no_flow(self):
        self.host.write_text("a: [\n", encoding="utf-8")
        edited(self.flows / "open-account.yaml", "tariff.price\n", "tariff.prise\n")
        self.assertEqual([item["code"] for item in self.check()], ["JF002", "JF039"])

    def test_a_broken_sub_flow_is_said_alone(self):
        added(self.flows / "standing.yaml", "  - [\n")
        self.one("flows/standing.yaml", "not YAML")

    def test_a_sub_flow_that_is_gone_is_missed_where_it_is_named(self):
        (self.flows / "standing.yaml").unlink()
        found = self.check()
        self.assertEqual({item["code"] for item in found}, {"JF048"}, found)

    def test_a_broken_schema_is_said_alone(self):
        added(self.config / "schema/order.yaml", "x: [\n")
        self.one("schema/order.yaml", "not YAML")

    def test_a_configuration_without_flows_is_warned_of(self):
        shutil.rmtree(self.flows)
        found = self.check(code=0)
        self.assertEqual([(one["code"], one["severity"], one["file"]) for one in found], [("JF020", "warning", "flows")])

    def test_a_plugin_folder_that_is_not_there_is_said_alone(self):
        done = self.ask("check", "-c", str(self.config), "--set", "plugin_path=nowhere")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len(done.stdout.splitlines()), 1, done.stdout)
        self.assertIn("nowhere", done.stdout)


class Places(Checking):
    def test_an_unknown_key_is_found_at_the_key(self):
        edited(self.host, "    retries: 5", "    retires: 5")
        line = self.line_of(self.host, "retires")
        self.assertEqual(self.one("host.yaml", "did you mean 'retries'", line)["column"], 5)

    def test_an_unknown_block_is_found_at_its_name(self):
        added(self.host, "  bogus:\n    url: x\n")
        found = self.one("host.yaml", "bogus", self.line_of(self.host, "bogus"))
        self.assertEqual(found["column"], 3)


if __name__ == "__main__":
    unittest.main()
