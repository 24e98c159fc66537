"""The arrows of the house: who may include whom. host/docs/ARCHITECTURE.md tells them, this test checks them."""

import os
import pathlib
import re
import unittest

ROOT = pathlib.Path(os.environ.get("SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
PARTS = ("flow", "config", "store", "plugin", "conformance", "lane", "engine", "http", "cli")
MAY = {
    "flow": set(),
    "config": {"flow"},
    "store": set(),
    "plugin": set(),
    "conformance": {"plugin"},
    "lane": {"plugin"},
    "engine": {"flow", "store", "plugin", "lane"},
    "http": {"flow", "store", "engine"},
    "cli": set(PARTS),
}
ONLY = {"soci": {"store"}, "zmq.hpp": {"lane", "engine", "cli"}, "boost/dll": {"plugin"}, "dlfcn.h": {"plugin"}, "sqlite3.h": {"store"}}


def sources(folder):
    return [path for path in sorted((ROOT / folder).rglob("*")) if path.suffix in (".hpp", ".cpp", ".h", ".c")]


def includes(path):
    return INCLUDE.findall(path.read_text(encoding="utf-8"))


class Arrows(unittest.TestCase):
    def test_host_parts_include_only_what_they_may(self):
        seen, wrong = 0, []
        for part in PARTS:
            for path in sources(f"host/{part}"):
                seen += 1
                for name in includes(path):
                    room = name.split("/")[0]
                    if "/" in name and room in PARTS and room != part and room not in MAY[part]:
                        wrong.append(f"{path.relative_to(ROOT)} includes {name}")
                    if name.startswith("jackfield/") and part in ("flow", "config", "store"):
                        wrong.append(f"{path.relative_to(ROOT)} includes {name}")
                    for library, parts in ONLY.items():
                        if name.startswith(library) and part not in parts:
                            wrong.append(f"{path.relative_to(ROOT)} includes {name}, which is for {sorted(parts)} alone")
        self.assertGreater(seen, 80, "the test looks at the wrong place")
        self.assertEqual(wrong, [])

    def test_plugins_and_adapters_include_the_sdk_and_their_own_folder(self):
        wrong, seen = [], 0
        for kind in ("plugins", "adapters"):
            for folder in sorted((ROOT / kind).iterdir()):
                own = {path.name for path in folder.rglob("*")}
                for path in sources(folder.relative_to(ROOT)):
                    seen += 1
                    text = path.read_text(encoding="utf-8")
                    for name in re.findall(r'^\s*#\s*include\s*"([^"]+)"', text, re.MULTILINE):
                        if "sdk/testing" not in name and (name.split("/")[-1] not in own or ".." in name):
                            wrong.append(f"{path.relative_to(ROOT)} includes {name}")
                    for name in includes(path):
                        if name.split("/")[0] in PARTS and "/" in name:
                            wrong.append(f"{path.relative_to(ROOT)} includes {name} of the host")
        self.assertGreater(seen, 60, "the test looks at the wrong place")
        self.assertEqual(wrong, [])

    def test_the_sdk_includes_nothing_of_the_rest(self):
        wrong = [f"{path.relative_to(ROOT)} includes {name}" for path in sources("sdk") for name in includes(path)
                 if "/" in name and name.split("/")[0] in PARTS]
        self.assertEqual(wrong, [])

    def test_the_top_level_holds_what_it_should(self):
        import subprocess
        listed = subprocess.run(["git", "-C", str(ROOT), "ls-files"], capture_output=True, text=True, check=True).stdout
        top = {name.split("/")[0] for name in listed.splitlines()}
        wanted = {"CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "CHANGELOG.md", "host", "plugins",
                  "adapters", "sdk", "config", "tests"}
        self.assertEqual({name for name in top if not name.startswith(".")}, wanted)


if __name__ == "__main__":
    unittest.main()
