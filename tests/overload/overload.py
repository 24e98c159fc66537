"""The real binary given ten times what it can do, and clients that are slow, dead or too large.

    overload.py [--minutes M] [--idle N]

Ten times: the capacity of a durable flow is measured, then orders arrive at ten times that rate (an open loop) for
seconds, or M minutes. Each is answered: taken, or 429/503 with Retry-After. Each that was taken ends and had its effect
once; one that was refused had none. Memory stays bounded, as does the time to the end of what was taken; afterwards the
next order goes through at once.

Slow clients: N idle connections (700; 10,000 in the long form) over a limit below that, heads and bodies that drip,
bodies of gigabytes, answers nobody reads, resets in the middle, all of which come back when they are closed; meanwhile
orders are sent, each over a new connection, and each is served. Over the native ingress: more questions than the host
queues, at once; and a peer that never reads.

What is asserted of time and memory tells working from broken, not fast from slow; the figures are printed.
"""

import argparse
import collections
import contextlib
import json
import pathlib
import resource
import socket
import statistics
import struct
import sys
import threading
import time

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER.parent / "system")]

import msgpack  # noqa: E402
import zmq  # noqa: E402

from arrivals import Arrivals  # noqa: E402
from contain_test import Contained  # noqa: E402
import world  # noqa: E402

THREADS, WORK_MS, LANE_QUEUE = 4, 20, 128  # of the plugin: its capacity is known, and far below what the test can send
TIMES = 10
GROWN_MOST_MB = 250
REFUSALS = (429, 503)
PATH = "/v1/flows/trouble/instances"


def check(true, *text):
    if not true:
        raise AssertionError(" ".join(str(one) for one in text))


def request(body, wait=None, key=None):
    raw = json.dumps(body).encode()
    head = [f"POST {PATH} HTTP/1.1", "Host: h", "Content-Type: application/json", f"Content-Length: {len(raw)}"]
    head += [f"Prefer: wait={wait}"] * bool(wait) + [f"Idempotency-Key: {key}"] * bool(key)
    return "\r\n".join(head).encode() + b"\r\n\r\n" + raw


def percentiles(values):
    cuts = statistics.quantiles(values, n=100, method="inclusive") if len(values) > 1 else [values[0]] * 99
    return f"median {cuts[49] * 1000:.0f} ms, 99 % {cuts[98] * 1000:.0f} ms, most {max(values) * 1000:.0f} ms"


class Host(Contained):
    def __init__(self, **settings):
        super().__init__("pool", **{"plugins.trouble.threads": THREADS, **settings})
        self.peak_mb, self.watching = 0, threading.Event()

    def resident_mb(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024

    @contextlib.contextmanager
    def weighed(self, what):
        """Its memory within, and what it has grown by at most."""
        before, self.peak_mb, over = self.resident_mb(), 0, threading.Event()

        def weigh():
            while not over.wait(0.05):
                self.peak_mb = max(self.peak_mb, self.resident_mb())
        thread = threading.Thread(target=weigh)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
        after = self.resident_mb()
        print(f"{what}: memory {before:.0f} MB before, {self.peak_mb:.0f} MB at most, {after:.0f} MB after", flush=True)
        check(self.peak_mb < before + GROWN_MOST_MB, f"memory grew from {before:.0f} to {self.peak_mb:.0f} MB")

    def count(self, name):
        lines = self.metrics().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name))

    def all_ended(self, ids):
        """Every one of them, as it ended: completed, and what it did was done once."""
        ends = [self.end(one) for one in ids]
        wrong = [one for one in ends if one["state"] != "completed"]
        check(not wrong, f"{len(wrong)} orders that were taken did not complete:", wrong[:2])
        effects = collections.Counter(line.split("/")[0] for line in self.effects())
        check(all(effects[one] == 1 for one in ids), "an order that was taken had its effect not once")
        return ends

    def nothing_else_done(self, before, ids):
        check(len(self.effects()) == before + len(ids), f"{len(self.effects()) - before} effects of {len(ids)} orders")


def took_s(order):
    at = [time.mktime(time.strptime(order[name][:19], "%Y-%m-%dT%H:%M:%S")) + float(order[name][19:23])
          for name in ("created_at", "updated_at")]
    return at[1] - at[0]


def capacity(here, seconds):
    """Orders a second of a closed loop with more clients than can be served at once."""
    over, done = threading.Event(), []

    def client():
        while not over.is_set():
            answer = here.order("slow", ms=WORK_MS)[1]
            check(answer["state"] == "completed", answer)
            done.append(time.monotonic())
    clients = [threading.Thread(target=client) for _ in range(3 * THREADS)]
    for one in clients:
        one.start()
    time.sleep(seconds)
    over.set()
    for one in clients:
        one.join()
    return len(done) / (done[-1] - done[0])


def refused_honestly(answers):
    """The refusals by their code; all else was taken."""
    codes = collections.Counter()
    for one in answers:
        if one.status == 202:
            continue
        check(one.status in REFUSALS, f"answered {one.status}:", one.body[:300])
        check(one.retry_after, f"a {one.status} without Retry-After:", one.body[:300])
        codes[f"{one.status} {one.json()['code']}"] += 1
    return dict(codes)


def ten_times(here, seconds):
    rate = capacity(here, 2)
    before = len(here.effects())
    body = {"what": "slow", "ms": WORK_MS}
    arrivals = Arrivals(here.port, lambda n: request(body, key=f"overload-{n}"))
    with here.weighed(f"ten times {rate:.0f} orders/s for {seconds:.0f} s"):
        answers = arrivals.run(TIMES * rate, seconds)
        over = time.monotonic()
        arrivals.close()
        status, answer = here.order(wait=30)
        while status in REFUSALS:
            status, answer = here.order(wait=30)
        check(status == 200, f"the next order was answered {status} after 30 s: {answer}")
        recovered_s = time.monotonic() - over
    taken = [one.json()["id"] for one in answers if one.status == 202]
    refused = refused_honestly(answers)
    print(f"  {len(answers)} arrived at {TIMES * rate:.0f}/s, {len(taken)} taken, refused {refused}", flush=True)
    print(f"  answered after: {percentiles([one.took_s for one in answers])}", flush=True)
    ends = here.all_ended(set(taken))
    here.nothing_else_done(before, [*set(taken), "the one afterwards"])
    check(len(set(taken)) == len(taken), "two orders with keys of their own were given one instance")
    check(refused, "nothing was refused: it was not too much")
    check(len(taken) >= rate * seconds / 4, f"{len(taken)} were taken, of {rate * seconds:.0f} that could be done")
    took = [took_s(one) for one in ends]
    print(f"  taken orders ended after: {percentiles(took)}; the next one {recovered_s:.2f} s after the last arrived")
    bound = 4 * (3 * here.settings["engine.lane_queue"] / rate) + 10
    check(max(took) < bound, f"an order took {max(took):.1f} s, expected less than {bound:.1f}")
    check(recovered_s < bound, f"it took {recovered_s:.1f} s until an order went through again")
    since = time.monotonic()
    check(here.order(wait=30)[1]["state"] == "completed")
    print(f"  and one more took {(time.monotonic() - since) * 1000:.0f} ms", flush=True)


class Nuisance:
    """One client that takes and gives nothing; comes back when it is closed."""

    closed = refused = 0

    def __init__(self, port, kind):
        self.port, self.kind, self.socket, self.said = port, kind, None, 0
        self.come()

    def come(self):
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex(("127.0.0.1", self.port))
        self.said = 0

    WORDS = {
        "idle": b"",
        "slow head": b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: h\r\nX-Slow: " + b"x" * 1000,
        "slow body": b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
                     b"Content-Length: 1000\r\n\r\n{" + b" " * 998 + b"}",
        "huge": b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
                b"Content-Length: 90000000000\r\n\r\n" + b"x" * 60_000,
        "deaf": b"GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n" * 400,
        "reset": b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: h\r\nContent-Length: 70",
    }

    def turn(self):
        """Says a little more; the slow ones a byte."""
        words = self.WORDS[self.kind]
        try:
            if self.kind in ("slow head", "slow body"):
                first = len(words) - 998 if self.said == 0 else 1
                self.said += self.socket.send(words[self.said:self.said + first])
            elif self.kind == "deaf":
                self.said += self.socket.send(words[self.said % len(words):])
                return
            elif self.said < len(words):
                self.said += self.socket.send(words[self.said:])
            elif self.kind == "huge":
                self.socket.send(b"x" * 60_000)
            elif self.kind == "reset":
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                raise ConnectionResetError
            heard = self.socket.recv(4096)
            if heard[:12] in (b"HTTP/1.1 413", b"HTTP/1.1 503"):
                Nuisance.refused += 1
            if heard:
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        Nuisance.closed += 1
        self.socket.close()
        self.come()


def slow_clients(here, idle, seconds):
    kinds = ["idle"] * idle + [kind for kind in Nuisance.WORDS if kind != "idle"] * 20
    over, asked, refused, took = threading.Event(), [], collections.Counter(), []

    def good():
        while not over.is_set():
            since = time.monotonic()
            while True:
                try:
                    status, answer = here.order(wait=30)
                except (ConnectionError, world.http.client.HTTPException) as error:
                    status, answer = type(error).__name__, {"code": ""}
                if status == 200:
                    break
                refused[f"{status} {answer['code']}"] += 1
                check(time.monotonic() - since < 120, f"no service beside slow clients: {refused}")
                over.wait(0.2)
            asked.append(answer["id"])
            took.append(time.monotonic() - since)
    before = len(here.effects())
    with here.weighed(f"{idle} idle and {len(kinds) - idle} slow or broken connections for {seconds:.0f} s, "
                      f"{here.settings['http.connections']} allowed"):
        all_of_them = [Nuisance(here.port, kind) for kind in kinds]
        clients = [threading.Thread(target=good) for _ in range(3)]
        for one in clients:
            one.start()
        until = time.monotonic() + seconds
        while time.monotonic() < until or len(asked) < 20:
            since = time.monotonic()
            for one in all_of_them:
                one.turn()
            check(any(one.is_alive() for one in clients), "the good clients gave up")
            time.sleep(max(0.0, 0.5 - (time.monotonic() - since)))
        over.set()
        for one in clients:
            one.join()
        for one in all_of_them:
            one.socket.close()
    here.all_ended(asked)
    here.nothing_else_done(before, asked)
    check("connections are open, as many as http.connections allows" in here.log(), "the log does not say it was full")
    print(f"  {len(asked)} orders beside them, each over a new connection, all completed: {percentiles(took)}; refused "
          f"first, with Retry-After: {dict(refused)}; {Nuisance.closed} of the others were closed, {Nuisance.refused} "
          "told 413 or 503", flush=True)


def native(here, questions):
    """All at once, and only then the answers are read: what the host does not queue it refuses."""
    context = zmq.Context()
    body = {"v": 1, "op": "start", "flow": "trouble", "body": {"what": "slow", "ms": 1}}
    before = len(here.effects())
    with here.weighed(f"{questions} questions at once over the native ingress, beside a peer that never reads"):
        with context.socket(zmq.DEALER) as deaf, context.socket(zmq.DEALER) as peer:
            for one in (deaf, peer):
                one.setsockopt(zmq.SNDHWM, 0)
                one.setsockopt(zmq.RCVHWM, 10 if one is deaf else 0)
                one.setsockopt(zmq.RCVTIMEO, 120_000)
                one.setsockopt(zmq.LINGER, 0)
                one.connect(f"tcp://127.0.0.1:{here.native_port}")
            for _ in range(questions):
                deaf.send(msgpack.packb({"v": 1, "op": "get", "id": "nothing"}))
            for number in range(questions):
                peer.send(msgpack.packb({**body, "ref": number, "key": f"native-{number}"}))
            answers = [msgpack.unpackb(peer.recv()) for _ in range(questions)]
            status, order = here.order(wait=30)
            while status in REFUSALS:
                status, order = here.order(wait=30)
    context.destroy(linger=0)
    taken = [one["instance"]["id"] for one in answers if one["ok"]]
    problems = [one["problem"] for one in answers if not one["ok"]]
    refused = collections.Counter(f"{one['status']} {one['code']}" for one in problems)
    check(all(int(code.split()[0]) in REFUSALS for code in refused), refused)
    here.all_ended([*taken, order["id"]])
    here.nothing_else_done(before, [*taken, order["id"]])
    print(f"  {len(taken)} taken and completed, refused {dict(refused)}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--idle", type=int)
    words = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    idle = words.idle or (10_000 if words.minutes else 700)
    connections = 2048 if words.minutes else 256
    with Host(**{"http.connections": connections, "engine.lane_queue": LANE_QUEUE}) as here:
        here.start()
        ten_times(here, words.minutes * 60 or 4)
        slow_clients(here, min(idle, hard - 1000), words.minutes * 60 or 6)
        native(here, 20_000 if words.minutes else 6_000)


if __name__ == "__main__":
    main()
