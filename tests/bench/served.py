"""A host that a benchmark serves: the product as a user runs it, on a store and ports of its own."""

import atexit
import http.client
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
NAME = Path(sys.argv[0]).name


def fail(text):
    sys.exit(f"tests/bench/{NAME}: {text}")


def built(build, *names):
    """The folder of the binaries; all of `names` are there."""
    for name in names:
        if not (build / "bin" / name).exists():
            target = name.split("/")[-1].removesuffix(".so")
            fail(f"{build}/bin/{name} is missing; cmake --build {build} --target {target}")
    return build.resolve() / "bin"


def machine():
    return f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} processors, load average {os.getloadavg()[0]:.1f}"


def percentile(values, percent):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


class Host:
    """`folder` keeps the store and the log; `ready_s` is the time from the start to the first 200 of /readyz."""

    def __init__(self, binaries, configuration, folder, settings=()):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [binaries / "jackfield", "run", "-c", configuration, "--set", f"data_dir={self.folder}/data",
                   "--set", "http.listen=127.0.0.1:0", "--set", "zmq.listen=tcp://127.0.0.1:0",
                   "--set", f"log.file={self.folder}/log"]
        for setting in settings:
            command += ["--set", setting]
        begin = time.monotonic()
        self.process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)
        atexit.register(self.process.kill)  # where the benchmark fails; one that has ended is not there to be killed
        line = self.process.stdout.readline()
        found = re.search(r"serving on (http://(\S+?):(\d+))/ and (tcp://[^\s,]+)", line)
        if not found:
            fail(f"the host did not start; it said {line!r}, its log is {self.folder}/log")
        self.url, self.address = found.group(1), (found.group(2), int(found.group(3)))
        self.native = found.group(4)
        self.connection = None
        while self.ask("GET", "/readyz")[0] != 200:
            time.sleep(0.005)
        self.ready_s = time.monotonic() - begin

    def ask(self, method, path, body=None, headers=None):
        if self.connection is None:
            self.connection = http.client.HTTPConnection(*self.address, timeout=120)
        text = None if body is None else json.dumps(body).encode()
        self.connection.request(method, path, text, {"content-type": "application/json", **(headers or {})})
        answer = self.connection.getresponse()
        content = answer.read().decode()
        return answer.status, json.loads(content) if content.startswith(("{", "[")) else content

    def placed(self, flow, order, headers=None):
        """The id of a new instance."""
        status, answer = self.ask("POST", f"/v1/flows/{flow}/instances", order, headers)
        if status not in (200, 202):
            fail(f"an order of {flow} was answered {status}: {answer}")
        return answer["id"]

    def instances(self, flow, state):
        """How many there are, as the metrics say."""
        text = self.ask("GET", "/metrics")[1]
        found = re.search(rf'^jackfield_instances{{flow="{flow}",state="{state}"}} (\S+)$', text, re.M)
        return int(float(found.group(1))) if found else 0

    def processor_us(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * 1_000_000 // os.sysconf("SC_CLK_TCK")

    def resident_mb(self, most=False):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{'VmHWM' if most else 'VmRSS'}:\s+(\d+)", status).group(1)) / 1024

    def end(self):
        self.process.terminate()
        if self.process.wait(timeout=120) != 0:
            fail(f"the host ended with {self.process.returncode}; its log is {self.folder}/log")


def reached(host, ids, state):
    """Waits until all are in this state."""
    for instance in ids:
        while (found := host.ask("GET", f"/v1/instances/{instance}")[1]["state"]) != state:
            if found not in ("running", "waiting"):
                fail(f"{instance} is {found} and not {state}")
            time.sleep(0.002)


def filled(binaries, folder, originals, copies, more=()):
    """Puts `copies` copies of instances that a host wrote into its store; the ids of some of them."""
    command = [binaries / "store_fill", f"sqlite3://{folder}/data/jackfield.db", copies, min(copies, 2000), *more,
               *originals]
    begin = time.monotonic()
    answer = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, check=True)
    took = time.monotonic() - begin
    size = sum(file.stat().st_size for file in Path(folder, "data").glob("jackfield.db*"))
    print(f"filled with {copies:,} copies of {len(originals)} instances in {took:.0f} s: {size / 1e6:,.0f} MB, "
          f"{size / copies:.0f} bytes each", file=sys.stderr)
    return answer.stdout.split()


def out_of_memory(folder):
    """The system's page cache forgets the store: the host reads it from the disk, as after a start of the machine."""
    for file in Path(folder, "data").glob("jackfield.db*"):
        with open(file, "rb") as opened:
            os.fdatasync(opened.fileno())
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
