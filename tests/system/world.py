"""The world around one host: the real binary, simulators of the six systems, a client. Used by the system tests.

JACKFIELD_BIN names the binary under test, SOURCE_DIR the repository; ctest sets both. A host that is still up when its
world ends has to end well; where it is built with a sanitizer, a report of it or of a child it started is a failure.
"""

import contextlib
import csv
import glob
import http.client
import json
import os
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(os.environ.get("SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
BINARY = os.environ.get("JACKFIELD_BIN", str(ROOT / "build/release/bin/jackfield"))
sys.path.insert(0, str(ROOT / "sdk/testing"))

PATIENCE_S = 300  # for what has to come: much, for a loaded machine and a host that is built with a sanitizer
ENDS = ("completed", "rejected", "failed", "cancelled")
SANITIZERS = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")  # the first is LeakSanitizer's too


def load_simulators():
    import importlib.util
    spec = importlib.util.spec_from_file_location("simulators_all", ROOT / "sdk/testing/simulator/all.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def free_port():
    """A port nobody listens on, below the range that outgoing connections are given theirs from: it must stay free
    while the host that had it is dead."""
    lowest = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    for _ in range(200):
        port = random.randrange(10_240, max(lowest, 20_480))
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise AssertionError("no free port found")


def until(what, seconds=PATIENCE_S, text="it"):
    """Asks again and again until `what` gives something true; how long it takes is not asserted."""
    limit = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        if time.monotonic() > limit:
            raise AssertionError(f"{text} did not come within {seconds} s")
        time.sleep(0.01)


def open_account(**changes):
    order = {
        "channel": "web", "operator": "op-0001",
        "customer": {"name": "张三", "id_type": "resident-id", "id_number": "11010519491231002X",
                     "address": "北京市朝阳区建国路 1 号", "phone": "13911112222"},
        "product": "easyown", "msisdn": "13800138000", "card": {"type": "USIM"},
        "account": {"mode": "new"}, "payment": {"method": "cash"},
    }
    return changed(order, changes)


def change_number(msisdn, new_msisdn=None, **changes):
    order = {"channel": "web", "operator": "op-0002", "msisdn": msisdn, "new_msisdn": new_msisdn,
             "customer": {"id_type": "resident-id", "id_number": "11010519491231002X"}, "payment": {"method": "cash"}}
    return changed({name: value for name, value in order.items() if value is not None}, changes)


def replace_card(msisdn, **changes):
    order = {"channel": "web", "operator": "op-0003", "msisdn": msisdn, "reason": "damaged", "card": {"type": "USIM"},
             "customer": {"id_type": "resident-id", "id_number": "11010519491231002X"}, "payment": {"method": "cash"}}
    return changed(order, changes)


def changed(order, changes):
    """customer__address="…" sets a member of a member; None takes it out."""
    for path, value in changes.items():
        at = order
        *parents, last = path.split("__")
        for name in parents:
            at = at[name]
        if value is None:
            at.pop(last, None)
        else:
            at[last] = value
    return order


def isolation():
    """JACKFIELD_ISOLATION=process: every plugin and adapter that is shipped runs in a process of its own."""
    kind = os.environ.get("JACKFIELD_ISOLATION")
    shipped = [*ROOT.glob("plugins/*/CMakeLists.txt"), *ROOT.glob("adapters/*/CMakeLists.txt")] if kind else []
    return {f"{path.parts[-3]}.{path.parts[-2]}.isolation": kind for path in shipped}


class World:
    """`with World() as world:` — simulators run; `world.start()` starts the host."""

    def __init__(self, settings=None, config=None, keep_simulators=True):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="jackfield-world-"))
        self.data = self.directory / "var"
        self.data.mkdir()
        self.config = self.directory / "config"
        shutil.copytree(ROOT / "config", self.config, ignore=shutil.ignore_patterns("demo"))
        if config:
            config(self.config)
        self.port, self.native_port = free_port(), free_port()
        self.settings = settings or {}
        self.process = None
        self.systems = {}

    def __enter__(self):
        quiet = {"listen": "127.0.0.1:0"}
        self.systems = load_simulators().start({
            "credit": dict(quiet), "billing": dict(quiet), "customer_service": dict(quiet), "statistics": dict(quiet),
            "payment": dict(quiet), "finance": {"directory": str(self.data / "finance")},
            "network_element": {"listen": "127.0.0.1:0", "work_orders": "127.0.0.1:0",
                                "callback": f"http://127.0.0.1:{self.port}"}})
        return self

    def __exit__(self, kind, value, trace):
        wrong = []
        if kind is None and self.process is not None:
            wrong = self.ended_badly()
        self.kill()
        wrong += self.reports()
        for system in self.systems.values():
            with contextlib.suppress(Exception):
                system.down()
        if kind is not None or wrong:
            print("\n".join(["---- host's log", self.log()[-9000:], *wrong]), file=sys.stderr)
        shutil.rmtree(self.directory, ignore_errors=True)
        if kind is None and wrong:
            raise AssertionError("\n".join(wrong))

    def ended_badly(self):
        try:
            code = self.stop()
        except subprocess.TimeoutExpired:
            return [f"the host did not end within {PATIENCE_S} s of SIGTERM"]
        return [f"the host ended with {code}"] if code != 0 else []

    def reports(self):
        """What sanitizers had to say, of all the hosts of this world."""
        return [path.read_text(encoding="utf-8", errors="replace") for path in self.directory.glob("sanitizer.*")]

    # the host

    def command(self):
        element = self.systems["network_element"].addresses()
        sets = {
            "data_dir": str(self.data), "http.listen": f"127.0.0.1:{self.port}",
            "zmq.listen": f"tcp://127.0.0.1:{self.native_port}",
            "adapters.credit.url": self.systems["credit"].addresses()["url"],
            "adapters.billing.url": self.systems["billing"].addresses()["url"],
            "adapters.customer_service.url": self.systems["customer_service"].addresses()["url"],
            "adapters.statistics.url": self.systems["statistics"].addresses()["url"],
            "adapters.network_element.mml": element["mml"],
            "adapters.network_element.work_orders": element["work_orders"],
            **isolation(), **self.settings}
        command = [BINARY, "run", "-c", str(self.config)]
        for key, value in sets.items():
            command += ["--set", f"{key}={value}"]
        return command

    def environment(self):
        """A test's own, with sanitizers' reports in files of this world."""
        log = f"log_path={self.directory}/sanitizer"
        return {**os.environ, **{name: ":".join(filter(None, (os.environ.get(name), log))) for name in SANITIZERS}}

    def start(self, env=None, ready=True):
        with open(self.directory / "host.log", "ab") as log:
            self.process = subprocess.Popen(self.command(), cwd=self.directory, stdout=log, stderr=subprocess.STDOUT,
                                            env={**self.environment(), **(env or {})})
        if ready:
            until(lambda: self.process.poll() is not None or self.is_ready(), text="ready")
            assert self.process.poll() is None, "\n".join(
                ["the host ended at its start:", self.log()[-4000:], *self.reports()])
        return self

    def is_ready(self):
        try:
            return self.call("GET", "/readyz")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process = None

    def stop(self, seconds=PATIENCE_S):
        self.process.terminate()
        code = self.process.wait(seconds)
        self.process = None
        return code

    def log(self):
        path = self.directory / "host.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    # a client

    def call(self, method, path, body=None, headers=None, timeout=PATIENCE_S):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            text = None if body is None else json.dumps(body, ensure_ascii=False).encode()
            connection.request(method, path, text, {"content-type": "application/json", **(headers or {})})
            answer = connection.getresponse()
            raw = answer.read()
            return answer.status, json.loads(raw) if "json" in (answer.getheader("content-type") or "") else raw
        finally:
            connection.close()

    def send(self, order, flow="open-account", key=None, wait=30):
        headers = {"Prefer": f"wait={wait}"} if wait else {}
        if key:
            headers["Idempotency-Key"] = key
        return self.call("POST", f"/v1/flows/{flow}/instances", order, headers)

    def get(self, instance):
        status, answer = self.call("GET", f"/v1/instances/{instance}")
        assert status == 200, (status, answer)
        return answer

    def settled(self, instance):
        """The instance where it has ended and nothing of it is queued any more."""
        answer = self.get(instance)
        queued = any(line["state"] == "queued" for line in answer["history"])
        return answer if answer["state"] in ENDS and not queued else None

    def end(self, instance, seconds=PATIENCE_S):
        return until(lambda: self.settled(instance), seconds, f"the end of {instance}")

    # what the systems saw

    def ledger(self, system, **filters):
        return self.systems[system].ledger.entries(**filters)

    def applied(self, system):
        """Requests that had an effect, by key."""
        return [entry for entry in self.ledger(system) if entry["outcome"] == "applied"]

    def finance(self):
        rows = []
        for name in sorted(glob.glob(str(self.data / "finance" / "*.csv"))):
            with open(name, encoding="utf-8", newline="") as stream:
                rows += list(csv.DictReader(stream))
        return rows

    def lines(self, pattern):
        rows = []
        for name in sorted(glob.glob(str(self.data / pattern))):
            with open(name, encoding="utf-8") as stream:
                rows += [line for line in stream.read().splitlines() if line]
        return rows
