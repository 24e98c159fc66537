"""`jackfield plugin list | describe | check | new`, from outside: words, shapes and exit codes."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

BINARY = pathlib.Path(os.environ["JACKFIELD_BIN"])
SOURCE = pathlib.Path(os.environ["SOURCE_DIR"])
LIBRARIES = sorted(path for path in BINARY.parent.glob("*.so") if (SOURCE / "plugins" / path.stem).is_dir()
                   or (SOURCE / "adapters" / path.stem).is_dir())


def jackfield(*words, **options):
    return subprocess.run([BINARY, *map(str, words)], capture_output=True, text=True, timeout=300, **options)


class Plugin(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def library(self, name):
        return BINARY.parent / f"{name}.so"

    def expect(self, code, *words, **options):
        done = jackfield(*words, **options)
        self.assertEqual(done.returncode, code, f"{words}\n{done.stdout}\n{done.stderr}")
        return done

    def test_every_word_has_its_help(self):
        for words in ([], ["list"], ["describe"], ["check"], ["new"]):
            text = self.expect(0, "plugin", *words, "--help").stdout
            self.assertIn("--help", text)

    def test_wrong_words_are_usage(self):
        for words in (["plugin"], ["plugin", "chekc"], ["plugin", "describe"], ["plugin", "check"],
                      ["plugin", "check", self.library("card"), "--settings", self.folder / "nowhere.yaml"],
                      ["plugin", "check", self.library("card"), "--seed", "many"],
                      ["plugin", "check", self.library("card"), "--limit", "soon"],
                      ["plugin", "check", self.library("card"), "--only", "nonsense"],
                      ["plugin", "new", "step"]):
            done = self.expect(2, *words)
            self.assertEqual(done.stdout, "", words)

    def test_lists_what_is_beside_the_binary(self):
        done = self.expect(0, "plugin", "list", "-c", SOURCE / "config", "--json")
        listed = json.loads(done.stdout)
        self.assertEqual(set(listed), {"items", "next"})
        self.assertLessEqual({path.stem for path in LIBRARIES}, {item["id"] for item in listed["items"]})
        text = self.expect(0, "plugin", "list", "-c", SOURCE / "config").stdout
        self.assertEqual(len(text.splitlines()), len(listed["items"]))

    def test_a_library_that_is_none_is_listed_with_its_refusal(self):
        (self.folder / "notes.so").write_text("no library")
        words = ("plugin", "list", "-c", SOURCE / "config", "--set", f"plugin_path={self.folder}")
        done = self.expect(1, *words, "--json")
        self.assertIn("not ELF", json.loads(done.stdout)["items"][0]["refusal"])
        self.assertIn("not ELF", self.expect(1, *words).stderr)

    def test_describes_every_plugin_and_adapter(self):
        self.assertGreater(len(LIBRARIES), 15)
        for path in LIBRARIES:
            said = json.loads(self.expect(0, "plugin", "describe", path, "--json").stdout)
            self.assertEqual(said["id"], path.stem)
            text = self.expect(0, "plugin", "describe", path).stdout
            for name, schema in said["settings"].get("properties", {}).items():
                kinds = schema.get("type", "any")
                kinds = kinds if isinstance(kinds, str) else "|".join(kinds)
                self.assertIn(f"  {name}  {kinds}", text)
            for step in said["steps"]:
                self.assertIn(f"  {step['id']}", text)

    def test_describes_nothing_where_there_is_nothing(self):
        done = self.expect(1, "plugin", "describe", self.folder / "nowhere.so")
        self.assertIn("no readable file", done.stderr)

    def test_check_prints_a_line_a_check_and_its_seed(self):
        done = self.expect(0, "plugin", "check", self.library("card"), "--seed", 7, "--only", "completion")
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], f"{self.library('card')}: card 1.0.0, seed 7")
        self.assertRegex(lines[-2], r"^ok +completion +\d+ tasks, \d+ answers")
        self.assertEqual(lines[-1], "5 ok, 0 failed, 0 not applicable")

    def test_check_answers_programs_in_the_shape_of_every_list(self):
        done = self.expect(0, "plugin", "check", self.library("credit"), "--seed", 7, "--json")
        said = json.loads(done.stdout)
        self.assertEqual(set(said), {"items", "next"})
        self.assertIsNone(said["next"])
        for item in said["items"]:
            self.assertEqual(set(item), {"check", "state", "found", "expected", "mend", "file", "seed", "took_ms"})
            self.assertIn(item["state"], ("ok", "not applicable"), item)
            self.assertEqual(item["seed"], 7)

    def test_check_fails_by_name_and_says_how_to_see_it_again(self):
        broken = self.folder / "half.so"
        broken.write_bytes(self.library("card").read_bytes()[:1000])
        done = self.expect(1, "plugin", "check", broken)
        self.assertRegex(done.stdout, r"(?m)^failed +library +found a truncated file: 1000 bytes.*; expected .*; to mend it, ")
        self.assertRegex(done.stdout, rf"to see the same again: jackfield plugin check {broken} --seed \d+\n$")
        item = json.loads(self.expect(1, "plugin", "check", broken, "--json").stdout)["items"][0]
        self.assertEqual((item["check"], item["state"]), ("library", "failed"))

    # resource cannot live without its numbers and cards: the check takes them where the settings say.
    def test_check_takes_settings_as_a_block_a_host_yaml_or_a_folder(self):
        only = ("--seed", 7, "--only", "instance")
        resource = self.library("resource")
        done = self.expect(1, "plugin", "check", resource, *only)
        self.assertRegex(done.stdout, r"failed +instance .*numbers\.csv")
        self.expect(0, "plugin", "check", resource, "-c", SOURCE / "config", *only)
        self.expect(0, "plugin", "check", resource, "--settings", SOURCE / "config" / "host.yaml", *only)
        block = self.folder / "block.json"
        block.write_text(json.dumps({"numbers": str(SOURCE / "config/data/numbers.csv"), "cards": "cards.csv"}))
        (self.folder / "cards.csv").write_bytes((SOURCE / "config/data/cards.csv").read_bytes())
        self.expect(0, "plugin", "check", resource, "--settings", block, *only)
        block.write_text('{"numbres": "n.csv"}')
        done = self.expect(1, "plugin", "check", resource, "--settings", block, *only)
        self.assertIn("unknown key 'numbres' (did you mean 'numbers'?)", done.stdout)
        block.write_text("{")
        self.assertIn("the settings cannot be read", self.expect(2, "plugin", "check", resource, "--settings", block).stderr)

    def test_check_leaves_nothing_behind(self):
        environment = {**os.environ, "TMPDIR": str(self.folder)}
        self.expect(0, "plugin", "check", self.library("operator"), "--only", "leaks", env=environment)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_new_makes_a_folder_and_overwrites_none(self):
        for kind, name in (("step", "order_check"), ("adapter", "courier2")):
            done = self.expect(0, "plugin", "new", kind, name, "--directory", self.folder)
            made = {path.name for path in (self.folder / name).iterdir()}
            self.assertEqual(made, {"CMakeLists.txt", "README.md", "settings.yaml", f"{name}.cpp", f"{name}_test.cpp"})
            self.assertIn(f"{name}.cpp", done.stdout)
            for path in (self.folder / name).iterdir():
                self.assertNotIn("sample", path.read_text().lower())
        self.assertIn('"order_check.check"', (self.folder / "order_check" / "order_check.cpp").read_text())
        self.assertIn("struct CheckOrderCheck", (self.folder / "order_check" / "order_check.cpp").read_text())
        mine = self.folder / "order_check" / "order_check.cpp"
        mine.write_text("mine")
        self.assertIn("is there already", self.expect(1, "plugin", "new", "step", "order_check", cwd=self.folder).stderr)
        self.assertEqual(mine.read_text(), "mine")

    def test_new_says_which_name_would_do(self):
        for name, near in (("Order-Check", "order_check"), ("orderCheck", "order_check"), ("2nd_try", "nd_try"),
                           ("a/b", "a_b"), ("../x", "x")):
            done = self.expect(2, "plugin", "new", "step", name, "--directory", self.folder)
            self.assertIn(f"(did you mean '{near}'?)", done.stderr)
        for name in ("号", "test", "x" * 41):
            self.expect(2, "plugin", "new", "step", name, "--directory", self.folder)
        self.assertIn("did you mean 'adapter'?",
                      self.expect(2, "plugin", "new", "adaptor", "x", "--directory", self.folder).stderr)
        self.assertEqual(list(self.folder.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
