"""A plugin in a process of its own crashes, hangs, leaks and is stopped: the host lives, orders end, effects are once.

The configuration is tests/system/trouble: flows of one step that misbehaves as the order tells it to.
"""

import contextlib
import os
import pathlib
import resource
import signal
import socket
import threading
import unittest

import world

HERE = pathlib.Path(__file__).resolve().parent / "trouble"


class Contained(world.World):
    """A host with the trouble plugin."""

    def __init__(self, isolation="process", **settings):
        super().__init__({"plugins.trouble.isolation": isolation, "plugin_path": os.environ["TROUBLE_PLUGINS"] + "/first",
                          **settings}, config=self._configure)

    def _configure(self, config):
        import shutil
        shutil.rmtree(config)
        shutil.copytree(HERE, config, ignore=shutil.ignore_patterns("*.cpp", "CMakeLists.txt"))

    def command(self):
        command = [world.BINARY, "run", "-c", str(self.config)]
        for key, value in {"data_dir": self.data, "http.listen": f"127.0.0.1:{self.port}",
                           "zmq.listen": f"tcp://127.0.0.1:{self.native_port}", **self.settings}.items():
            command += ["--set", f"{key}={value}"]
        return command

    def order(self, what="nothing", flow="trouble", wait=30, once=False, **more):
        body = {"what": what, **more}
        if once:
            body["once"] = str(self.directory / f"once-{os.urandom(4).hex()}")
        return self.send(body, flow, wait=wait)

    def plugin(self, name="trouble"):
        _, answer = self.call("GET", "/v1/plugins")
        return next(item for item in answer["items"] if item["id"] == name)

    def environment(self):
        """A fault takes its course also under a sanitizer, which would have the process end in a way of its own; and
        what AddressSanitizer keeps of what was freed is little, so that memory can be weighed."""
        environment = super().environment()
        environment["ASAN_OPTIONS"] += ":quarantine_size_mb=16"
        return {**environment, **{name: environment[name] + ":handle_segv=0" for name in world.SANITIZERS}}

    def reports(self):
        """What a sanitizer says of the faults that were asked for is no finding."""
        return [text for text in super().reports() if "trouble.cpp" not in text]

    def metrics(self):
        return self.call("GET", "/metrics")[1].decode()

    def effects(self):
        path = self.data / "effects"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def lanes_socket(self):
        """Where runners connect: in the host's folder, or where that path is too long for a socket, in a temporary one."""
        listening = pathlib.Path("/proc/net/unix").read_text(encoding="ascii").splitlines()
        paths = {line.split()[-1] for line in listening if line.endswith("/lanes")}
        inodes = set()
        for link in pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                inodes.add(os.readlink(link))
        return next(line.split()[-1] for line in listening
                    if line.split()[-1] in paths and f"socket:[{line.split()[6]}]" in inodes)

    def runner(self):
        return world.until(lambda: self.plugin()["pid"], 30, "a runner")


class Cramped(world.World):
    """The host that is shipped, all its plugins in processes, with too few files to start them all."""

    def command(self):
        processes = {f"{path.parts[-3]}.{path.parts[-2]}.isolation": "process"
                     for kind in ("plugins", "adapters") for path in world.ROOT.glob(f"{kind}/*/CMakeLists.txt")}
        sets = [word for key, value in processes.items() for word in ("--set", f"{key}={value}")]
        return ["prlimit", "--nofile=80:80", *super().command(), *sets]


class ContainTest(unittest.TestCase):
    def test_runners_that_cannot_all_be_started_are_let_go_at_once(self):
        with Cramped() as here:
            here.start(ready=False)
            self.assertEqual(here.process.wait(world.PATIENCE_S), 1)
            self.assertIn("Too many open files", here.log())
            self.assertNotIn("does not stop", here.log(), "nobody is waited for who has nothing to end")
            here.process = None

    def test_a_runner_that_connects_when_no_file_can_be_opened_waits_for_one(self):
        with Contained() as here:
            here.start()
            here.runner()
            pid = here.process.pid
            least = min(set(range(10_000)) - {int(name) for name in os.listdir(f"/proc/{pid}/fd")})
            path, (soft, hard) = here.lanes_socket(), resource.prlimit(pid, resource.RLIMIT_NOFILE)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (least, hard))
            with socket.socket(socket.AF_UNIX) as late, socket.socket(socket.AF_UNIX) as later:
                late.settimeout(30)
                for one in (late, later):
                    one.connect(path)
                resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
                self.assertEqual(late.recv(1), b"\xff", "a greeting of ZeroMQ")
            self.assertEqual(here.order()[1]["state"], "completed")
            self.assertEqual(here.process.pid, pid)
            self.assertIsNone(here.process.poll())

    def test_a_runner_that_ended_leaves_nothing_behind_in_the_host(self):
        with Contained() as here:
            here.start()
            left = []
            for _ in range(4):
                runner = here.runner()
                proc = pathlib.Path(f"/proc/{here.process.pid}")
                maps = (proc / "maps").read_text(encoding="utf-8").count("jackfield-breadcrumbs")
                left.append((maps, len(os.listdir(proc / "fd"))))
                os.kill(runner, signal.SIGKILL)
                world.until(lambda: here.plugin()["pid"] not in (None, 0, runner), 30, "another runner")
                self.assertEqual(here.order()[1]["state"], "completed")
            self.assertEqual([maps for maps, _ in left], [1, 1, 1, 1])
            self.assertLessEqual(max(files for _, files in left) - left[0][1], 2, left)

    def test_a_step_runs_in_a_process_of_its_own(self):
        with Contained() as here:
            here.start()
            status, order = here.order()
            self.assertEqual((status, order["state"]), (200, "completed"), order)
            plugin = here.plugin()
            self.assertEqual((plugin["isolation"], plugin["state"]), ("process", "running"))
            self.assertNotEqual(plugin["pid"], here.process.pid)
            world.until(lambda: 'jackfield_plugin_done{plugin="trouble"} 1' in here.call("GET", "/metrics")[1].decode(),
                        30, "what it counted")
            runner = plugin["pid"]
            self.assertEqual(here.stop(), 0)
            world.until(lambda: not pathlib.Path(f"/proc/{runner}").exists(), 30, "the runner's end")

    def test_secrets_travel_neither_on_the_command_line_nor_in_the_environment_nor_to_the_log(self):
        with Contained(**{"plugins.trouble.password": "sesame-7712"}) as here:
            here.start()
            here.order()
            proc = pathlib.Path(f"/proc/{here.runner()}")
            for name in ("cmdline", "environ"):
                self.assertNotIn(b"sesame-7712", (proc / name).read_bytes())
            self.assertNotIn("sesame-7712", here.log().replace(" ".join(map(str, here.command())), ""))

    def crashes_once(self, what, reason):
        with Contained() as here:
            here.start()
            before = here.runner()
            status, order = here.order(what, once=True)
            self.assertEqual((status, order["state"]), (200, "completed"), order)
            self.assertEqual(len(here.effects()), 1)
            self.assertIsNone(here.process.poll(), "the host lives")
            plugin = world.until(lambda: (lambda seen: seen["pid"] not in (None, before) and seen)(here.plugin()), 30,
                                 "another runner")
            self.assertEqual(plugin["crashes"], 1)
            self.assertIn(reason, plugin["reason"])
            self.assertIn('jackfield_plugin_crashes_total{plugin="trouble"} 1', here.call("GET", "/metrics")[1].decode())
            log = here.log()
            self.assertIn(reason, log)
            self.assertIn(f"last words before {what}", log)
            if what not in ("kill", "exit", "stop", "leak"):
                self.assertIn("in step trouble.do of instance " + order["id"], plugin["reason"])

    def test_it_crashes(self):
        self.crashes_once("crash", "signal 11")

    def test_it_aborts(self):
        self.crashes_once("abort", "signal 6")

    def test_it_exits(self):
        self.crashes_once("exit", "exit with status 3")

    def test_it_uses_its_stack_up(self):
        self.crashes_once("recurse", "signal 11")

    def test_it_is_killed_from_outside(self):
        self.crashes_once("kill", "signal 9")

    def test_it_is_stopped(self):
        self.crashes_once("stop", "no sign of life")

    def test_it_leaks(self):
        self.crashes_once("leak", "limits.memory")

    def test_it_is_held_to_so_many_files(self):
        with Contained(**{"plugins.trouble.limits.files": 64}) as here:
            here.start()
            status, order = here.order("files")
            self.assertEqual((status, order["state"]), (200, "completed"), order)
            self.assertIn("opened", here.log())
            opened = int(here.log().split("opened ")[1].split()[0])
            self.assertLess(opened, 64)

    def attacked(self, what, isolation="process"):
        """What it sends harms the host no more than a step that fails; the host goes on, with the same plugin."""
        with Contained(isolation) as here:
            here.start()
            _, order = here.order(what)
            self.assertIsNone(here.process.poll(), "the host lives")
            status, after = here.order()
            self.assertEqual((status, after["state"]), (200, "completed"), after)
            self.assertEqual(here.call("GET", "/metrics")[0], 200)
            return order

    def test_its_output_is_a_million_levels_deep(self):
        for isolation in ("process", "pool"):
            with self.subTest(isolation=isolation):
                order = self.attacked("deep", isolation)
                self.assertEqual((order["state"], order["failure"]["code"]), ("failed", "OUTPUT_INVALID"), order)

    def test_its_output_is_no_text(self):
        order = self.attacked("mojibake")
        self.assertEqual((order["state"], order["failure"]["code"]), ("failed", "OUTPUT_INVALID"), order)

    def test_the_labels_of_its_metric_are_a_million_levels_deep_or_no_text(self):
        self.assertEqual(self.attacked("labels")["state"], "completed")

    def test_its_metric_is_called_like_one_of_the_host(self):
        self.assertEqual(self.attacked("name")["state"], "completed")

    def test_it_cuts_off_the_memory_it_leaves_word_in(self):
        with Contained() as here:
            here.start()
            before = here.runner()
            status, order = here.order("shrink", once=True)
            self.assertEqual((status, order["state"]), (200, "completed"), order)
            self.assertIsNone(here.process.poll(), "the host lives")
            self.assertIn("signal 6", world.until(lambda: (lambda seen: seen["pid"] not in (None, before) and seen)(
                here.plugin()), 30, "another runner")["reason"])

    def test_it_hangs_past_its_deadline(self):
        with Contained() as here:
            here.start()
            before = here.runner()
            status, order = here.order("hang", "hanging")
            self.assertEqual((status, order["state"]), (200, "completed"), order)
            self.assertEqual([line["state"] for line in order["history"]][0], "timeout", order)
            world.until(lambda: here.plugin()["pid"] not in (None, before), 30, "another runner")
            self.assertIn("hung", here.plugin()["reason"])

    def test_others_do_not_wait_for_one_that_hangs(self):
        with Contained() as here:
            here.start()
            threads = [threading.Thread(target=here.order, args=("hang", "hanging")) for _ in range(3)]
            for thread in threads:
                thread.start()
            for _ in range(20):
                status, order = here.send({}, "innocent")
                self.assertEqual((status, order["state"]), (200, "completed"), order)
            for thread in threads:
                thread.join()

    def test_a_step_that_may_not_be_repeated_is_held(self):
        with Contained() as here:
            here.start()
            _, order = here.order("crash", "once", once=True, wait=0)
            held = world.until(lambda: (lambda seen: seen["state"] == "held" and seen)(here.get(order["id"])), 30, "held")
            self.assertEqual(held["failure"]["code"] if held["failure"] else "PLUGIN_DIED", "PLUGIN_DIED", held)

    def test_or_its_outcome_is_asked(self):
        with Contained() as here:
            here.start()
            status, order = here.order("crash", "verified", once=True)
            self.assertEqual((status, order["state"]), (200, "completed"), order)

    def test_a_message_in_flight_at_two_crashes_is_a_dead_letter(self):
        with Contained(**{"quarantine.crashes": "10"}) as here:
            here.start()
            _, order = here.order("crash", wait=0)
            held = world.until(lambda: (lambda seen: seen["state"] == "held" and seen)(here.get(order["id"])), 30, "held")
            letters = here.call("GET", "/v1/dead-letters")[1]["items"]
            self.assertEqual([(letter["instance"], letter["code"]) for letter in letters],
                             [(order["id"], "PLUGIN_CRASHED")], held)
            self.assertIn("2 crashes", letters[0]["text"])
            self.assertEqual(here.plugin()["crashes"], 2)
            status, fine = here.order()
            self.assertEqual((status, fine["state"]), (200, "completed"), fine)

    def test_innocent_messages_of_the_same_batch_are_not_taken_for_the_guilty_one(self):
        with Contained(**{"quarantine.crashes": "10"}) as here:
            here.start()
            ids = [here.order("crash" if at == 7 else "nothing", wait=0)[1]["id"] for at in range(20)]
            for at, one in enumerate(ids):
                if at != 7:
                    self.assertEqual(here.end(one)["state"], "completed")
            world.until(lambda: here.get(ids[7])["state"] == "held", 30, "the guilty one held")
            self.assertEqual(len(set(here.effects())), 19)

    def test_one_that_keeps_crashing_is_quarantined_and_let_go(self):
        with Contained(**{"quarantine.probe": "1h"}) as here:
            here.start()
            # Each is a dead letter after two crashes: three quarantine it, and the one that is left does not again.
            crashing = [here.order("crash", wait=0)[1]["id"] for _ in range(2)]
            world.until(lambda: here.plugin()["state"] == "quarantined", 60, "the quarantine")
            plugin = here.plugin()
            self.assertEqual(plugin["quarantine"]["crashes"], 3)
            self.assertIn("signal 11", plugin["quarantine"]["reason"])
            self.assertTrue(any("last words before crash" in line for line in plugin["quarantine"]["last_lines"]), plugin)
            world.until(lambda: 'jackfield_plugin_quarantined{plugin="trouble"} 1' in here.metrics(), 30, "the metric")
            _, parked = here.order("nothing", wait=0)
            status, other = here.send({}, "innocent")
            self.assertEqual((status, other["state"]), (200, "completed"), "what does not need it runs on")
            self.assertIn(here.get(parked["id"])["state"], ("running", "waiting"))
            status, answer = here.call("POST", "/v1/plugins/trouble/release")
            self.assertEqual(status, 200, answer)
            self.assertEqual(here.end(parked["id"])["state"], "completed")
            world.until(lambda: 'jackfield_plugin_quarantined{plugin="trouble"} 0' in here.metrics(), 30, "the metric")
            self.assertEqual(here.call("POST", "/v1/plugins/trouble/release")[0], 409)
            self.assertEqual(here.call("POST", "/v1/plugins/nobody/release")[0], 404)
            self.assertTrue(all(here.get(one)["state"] in ("held", "running", "waiting") for one in crashing))

    def test_a_quarantine_ends_by_itself_once_it_works(self):
        with Contained(**{"quarantine.probe": "300ms", "quarantine.crashes": "1"}) as here:
            here.start()
            status, order = here.order("crash", once=True, wait=60)
            self.assertEqual((status, order["state"]), (200, "completed"), order)
            self.assertEqual(here.plugin()["state"], "running")
            self.assertIn("quarantined", here.log())
            self.assertIn("out of quarantine", here.log())

    def test_a_host_that_died_inside_a_plugin_contains_it(self):
        with Contained("pool") as here:
            here.start()
            with world.contextlib.suppress(OSError, world.http.client.HTTPException):
                here.order("crash", once=True, wait=0)  # the host may be gone before it has answered
            self.assertNotEqual(here.process.wait(60), 0)
            here.start()
            order = here.call("GET", "/v1/instances")[1]["items"][0]
            self.assertEqual(here.end(order["id"])["state"], "completed")
            plugin = here.plugin()
            self.assertEqual(plugin["isolation"], "process")
            self.assertIn("the host died inside it", plugin["reason"])
            self.assertIn("trouble.do", plugin["reason"])
            self.assertIn(order["id"], plugin["reason"])
            self.assertEqual(here.stop(), 0)
            here.start()
            self.assertEqual(here.plugin()["isolation"], "process", "it is remembered")

    def test_a_host_killed_from_outside_blames_nobody(self):
        with Contained("pool") as here:
            here.start()
            here.order("slow", ms=60000, wait=0)
            world.until(lambda: here.plugin()["in_flight"] == 1, 30, "the step under way")
            here.process.send_signal(signal.SIGKILL)
            here.process.wait()
            here.start()
            self.assertEqual(here.plugin()["isolation"], "pool")

    def test_settings_are_refused_before_anything_starts(self):
        with Contained(**{"plugins.trouble.least": "9"}) as here:
            here.start(ready=False)
            self.assertEqual(here.process.wait(60), 1)
            here.process = None
            self.assertIn("least: expected at most 5, found 9", here.log())

    def test_killed_and_stopped_under_load_every_order_ends_and_each_effect_is_once(self):
        with Contained(**{"quarantine.probe": "100ms"}) as here:
            here.start()
            done = threading.Event()

            def torment():
                import random
                while not done.wait(0.15):
                    pid = here.plugin()["pid"]
                    if pid:
                        with world.contextlib.suppress(ProcessLookupError):
                            os.kill(pid, random.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGSTOP]))
            ids = []
            tormentor = threading.Thread(target=torment)
            tormentor.start()
            for _ in range(200):
                ids.append(here.order("slow", ms=2, wait=0)[1]["id"])
            done.set()
            tormentor.join()
            ends = [here.end(one, 240)["state"] for one in ids]
            self.assertEqual(ends, ["completed"] * 200)
            self.assertIsNone(here.process.poll())
            keys = {line.split()[0] for line in here.effects()}
            self.assertEqual(len(keys), 200, "one key for each order, whatever was tried")


if __name__ == "__main__":
    unittest.main()
