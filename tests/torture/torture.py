"""The real binary under everything at once: orders of all three services from several clients, while the host and its
runner processes are killed, the external systems refuse to answer, break after they did it, go away and come back, the
databases are locked by somebody else, the host has no file to open left, and the disk is full (a small file system in
memory, where one may be mounted; where not, torture says so and goes without).

    torture.py [--rounds N | --minutes M] [--seconds S] [--seed N] [--pace S] [--spare-host] [--pool]

A round is S seconds (15) of torment, then calm: what is held is tried again as a person would, every order ends, and the
oracle of tests/scenario looks through all ledgers for what must never be (in a soak not after each round, when it has
cost more than a tenth of the time; always at the end). The host's memory, open files and threads are printed after each
round; over a soak they must be flat: the median of its last quarter against that of its second. With --spare-host the
host itself is never killed, so that one process lives through the whole soak: only then do these figures tell of what
it keeps. A seed gives the same blows; when they fall is the machine's.
"""

import argparse
import contextlib
import http.client
import os
import pathlib
import random
import resource
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER.parent / "scenario"), str(FOLDER.parent / "system")]

CLIENTS, PEOPLE = 4, 200
SOAK_PACE_S = 3      # what a client rests between two lines of a soak, on average
BETWEEN_S = (0.1, 0.8)
SYSTEMS = ("credit", "billing", "customer_service", "statistics", "network_element", "work_orders")
QUIET_ENDS = ("completed", "failed", "rejected", "cancelled")
SOAK_ROUNDS = 12     # fewer say nothing about growth: caches and pools are still being filled
GROWN_MOST = {"spared": {"KiB resident": (1.1, 0), "files open": (1, 2), "threads": (1, 2)},  # times, and so many more
              "killed": {"KiB resident": (1.5, 0), "files open": (1.5, 0), "threads": (1.5, 0)}}


class Gone(Exception):
    """The host does not answer: it was just killed."""


class Client(threading.Thread):
    """Opens lines, changes their numbers and cards; asks again with the same key where it got no answer."""

    def __init__(self, torture, dice):
        super().__init__()
        self.torture, self.dice = torture, dice

    def run(self):
        while not self.torture.over.is_set():
            stage = self.torture.stage
            customer = {"customer__id_number": self.dice.choice(self.torture.people)}
            for order, flow in self.orders(stage.number(), stage.number(), customer):
                if self.torture.over.is_set() or not self.send(order, flow):
                    break
            self.torture.over.wait(self.dice.uniform(0, 2 * self.torture.pace_s))

    def orders(self, number, other, customer):
        world = self.torture.world
        yield world.open_account(msisdn=number, **customer), "open-account"
        if self.dice.random() < 0.7:
            more = {"change_card": {"type": "USIM"}} if self.dice.random() < 0.3 else {}
            yield world.change_number(number, other, **customer, **more), "change-number"
            number = other
        yield world.replace_card(number, reason=self.dice.choice(["damaged", "lost"]), **customer), "replace-card"

    def send(self, order, flow):
        """True where it completed in time for another order on the same line."""
        key = f"torture-{self.dice.getrandbits(64):x}"
        while True:
            try:
                status, answer = self.torture.here.send(order, flow, key=key, wait=10)
            except (OSError, http.client.HTTPException):
                if self.torture.over.wait(0.05):
                    self.torture.unanswered.append((order, flow, key))
                    return False
                continue
            if status in (200, 202):
                self.torture.open.add(answer["id"])
                return answer["state"] == "completed"
            if status not in (429, 503):
                self.torture.wrong.append(f"{flow} was answered {status}: {answer}")
                return False
            if self.torture.over.wait(0.05):
                return False


class Torture:
    def __init__(self, stage, words, world, small_disk):
        self.stage, self.here, self.world = stage, stage.here, world
        self.pace_s, self.spare_host = words.pace, words.spare_host
        self.people = [stage.person() for _ in range(PEOPLE)]
        self.small_disk, self.lasting, self.cramped_start = small_disk, [], False
        self.dice = random.Random(words.seed)
        self.over, self.open, self.ends, self.unanswered, self.wrong = threading.Event(), set(), {}, [], []
        self.blows, self.figures, self.rounds = {}, [], 0
        self.began, self.looked, self.look_cost_s = time.monotonic(), True, 0

    def systems(self):
        systems = dict(self.here.systems)
        systems["work_orders"] = systems["network_element"].work_orders
        return [(name, systems[name]) for name in SYSTEMS]

    # blows

    def strike(self):
        blows = {self.kill_runner: 5, self.stop_runner: 1, self.kill_host: 3, self.disturb: 8, self.take_down: 2,
                 self.lock_a_database: 2, self.take_files_away: 1, self.fill_the_disk: 2 if self.small_disk else 0}
        if self.spare_host:
            del blows[self.kill_host]
        if os.environ.get("UBSAN_OPTIONS"):  # UBSan looks through a pipe whether an object can be read at all
            del blows[self.take_files_away]
        blow = self.dice.choices(list(blows), list(blows.values()))[0]
        starting = not self.here.is_ready()
        if blow():
            self.cramped_start = self.cramped_start or starting and bool(self.lasting)
            self.blows[blow.__name__] = self.blows.get(blow.__name__, 0) + 1

    def runner(self):
        try:
            plugins = [one for one in self.here.call("GET", "/v1/plugins")[1]["items"] if one["pid"]]
        except (OSError, http.client.HTTPException, KeyError, TypeError):
            return None
        return self.dice.choice(plugins)["pid"] if plugins else None

    def kill_runner(self, blow=signal.SIGKILL):
        pid = self.runner()
        try:
            if pid:
                os.kill(pid, blow)
        except ProcessLookupError:
            return False
        return bool(pid)

    def stop_runner(self):
        return self.kill_runner(signal.SIGSTOP)

    def kill_host(self):
        self.here.kill()
        self.start_host()
        return True

    def start_host(self):
        self.cramped_start = any(timer.is_alive() for timer in self.lasting)
        self.here.start(ready=False)

    def watch(self):
        """A host that may open no file, or finds no room for its own, says so and ends: it is started again, as whoever
        watches over it would. Where not even its libraries can be opened, the loader says it, with 127. Any other end of
        its own is wrong."""
        code = self.here.process.poll()
        said = self.here.log()[-400:]
        refused = code == 1 and (self.cramped_start or "nothing was started" in said)
        refused |= code == 127 and "error while loading shared libraries" in said and "Error 24" in said
        refused = refused and not self.spare_host
        if not refused:
            return code is None
        self.blows["refused_to_start"] = self.blows.get("refused_to_start", 0) + 1
        self.start_host()
        return True

    def disturb(self):
        _, system = self.dice.choice(self.systems())
        rule = {"do": self.dice.choice(["busy", "break", "drop", "hang", "slow"]), "times": self.dice.randint(1, 3)}
        if rule["do"] == "hang":
            rule.update(seconds=2, apply=self.dice.random() < 0.5)
        if rule["do"] == "slow":
            rule["delay_ms"] = self.dice.randint(10, 500)
        system.tell(rule)
        return True

    def take_down(self):
        _, system = self.dice.choice(self.systems())
        system.tell({"do": "down", "seconds": self.dice.uniform(0.2, 1.5)})
        return True

    def lock_a_database(self):
        """Somebody's tool has the store, or a plugin's own tables, open for writing."""
        name = self.dice.choice(sorted(self.here.data.glob("*.db")) or [None])
        if name is None:
            return False
        database = sqlite3.connect(name, timeout=1, isolation_level=None, check_same_thread=False)
        try:
            database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:  # the host was quicker for a second, or the disk is full
            database.close()
            return False
        self.last(database.close)
        return True

    def take_files_away(self):
        """No file and no connection can be opened any more: the limit is what is open."""
        if any(timer.is_alive() and timer.function.__name__ == "give_back" for timer in self.lasting):
            return False  # what it would give back is what is left now: nothing, for good
        pid = self.here.process.pid
        try:
            least = max(int(name) for name in os.listdir(f"/proc/{pid}/fd")) + 1
            soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (least, hard))
        except (OSError, ValueError):
            return False
        def give_back():
            with contextlib.suppress(OSError):  # it was killed meanwhile: another has limits of its own
                resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
        self.last(give_back)
        return True

    def fill_the_disk(self):
        ballast = self.small_disk / f"ballast-{self.dice.getrandbits(32):x}"
        try:
            with open(ballast, "wb") as stream:
                os.posix_fallocate(stream.fileno(), 0, max(1, shutil.disk_usage(self.small_disk).free))
        except OSError:  # the host took the last of it meanwhile: it is as full
            pass
        self.last(lambda: ballast.unlink(missing_ok=True))
        return True

    def last(self, end):
        """What goes on for a while is ended by a thread; calm() waits for all of them."""
        timer = threading.Timer(self.dice.uniform(0.2, 1.5), end)
        timer.start()
        self.lasting.append(timer)

    # a round

    def round(self, seconds):
        self.rounds += 1
        self.over.clear()
        clients = [Client(self, random.Random(self.dice.random())) for _ in range(CLIENTS)]
        for one in clients:
            one.start()
        until = time.monotonic() + seconds
        while time.monotonic() < until and any(one.is_alive() for one in clients):
            time.sleep(self.dice.uniform(*BETWEEN_S))
            if not self.watch():
                break
            self.strike()
        self.over.set()
        for timer in self.lasting:
            timer.join()
        self.watch()
        self.lasting.clear()
        self.stage.back_to_duty()
        for one in clients:
            one.join()
        self.calm()

    def calm(self):
        if self.here.process.poll() is not None:
            self.wrong.append(f"the host ended by itself with {self.here.process.poll()}")
            return
        self.world.until(lambda: self.watch() and self.here.is_ready(), 300, "ready")
        for order, flow, key in self.unanswered:
            status, answer = self.here.send(order, flow, key=key, wait=0)
            if status in (200, 202):
                self.open.add(answer["id"])
        self.unanswered.clear()
        self.let_go_of_quarantine()
        for one in self.open:
            try:
                state = self.world.until(lambda one=one: self.ended(one), 300, f"the end of {one}")
            except AssertionError as error:
                self.wrong.append(f"{error}: {self.here.get(one)}")
                return
            self.ends[state] = self.ends.get(state, 0) + 1
        self.open.clear()
        letters = self.here.call("GET", "/v1/dead-letters")[1]["items"]
        self.wrong += [f"a dead letter: {letter}" for letter in letters]
        self.figures.append(self.measure())
        print(f"round {self.rounds}, {time.monotonic() - self.began:.0f} s: {sum(self.ends.values())} orders so far, "
              f"{self.ends}, blows {self.blows}, {self.told(self.figures[-1])}", flush=True)
        self.looked = False
        if self.look_cost_s < (time.monotonic() - self.began) / 10:
            self.look()

    def let_go_of_quarantine(self):
        """As an operator would when the torment is over: a plugin that was killed at each probe waits up to an hour."""
        for plugin in self.here.call("GET", "/v1/plugins")[1]["items"]:
            if plugin["quarantine"]:
                self.here.call("POST", f"/v1/plugins/{plugin['id']}/release")

    def look(self):
        """The oracle's, over all that ever was: it takes longer the longer a soak is."""
        if self.looked or self.here.process is None or self.here.process.poll() is not None:
            return
        since = time.monotonic()
        self.wrong += self.stage.oracle.findings(set())
        self.looked, self.look_cost_s = True, self.look_cost_s + time.monotonic() - since

    def ended(self, one):
        """Its state once it has ended and owes nothing; one that is held is tried again, as a person would."""
        answer = self.here.get(one)
        if answer["state"] == "held":
            self.here.call("POST", f"/v1/instances/{one}/retry")
        settled = answer["state"] in QUIET_ENDS and all(line["state"] != "queued" for line in answer["history"])
        why = answer["rejection"] or answer["failure"]
        return answer["state"] + (f" {why['code']}" if why else "") if settled else None

    def measure(self):
        proc = pathlib.Path(f"/proc/{self.here.process.pid}")
        lines = (line.split() for line in (proc / "status").read_text(encoding="ascii").splitlines())
        status = {line[0]: line[1] for line in lines if len(line) > 1}
        return {"KiB resident": int(status["VmRSS:"]), "files open": len(list((proc / "fd").iterdir())),
                "threads": int(status["Threads:"])}

    def told(self, figures):
        return ", ".join(f"{value:.0f} {name}" for name, value in figures.items())

    def quarter(self, which):
        """Medians of a quarter of the soak's rounds, the first being 0."""
        size = len(self.figures) // 4
        rounds = self.figures[which * size:(which + 1) * size]
        return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}

    def grown(self):
        if len(self.figures) < SOAK_ROUNDS:
            return
        early, late = self.quarter(1), self.quarter(3)
        print(f"second quarter: {self.told(early)}; last quarter: {self.told(late)}", flush=True)
        for name, (times, more) in GROWN_MOST["spared" if self.spare_host else "killed"].items():
            if late[name] > early[name] * times + more:
                yield f"{name}: grown from {early[name]:.0f} to {late[name]:.0f}"


@contextlib.contextmanager
def small_disk(megabytes):
    """A file system that can be filled, and the folder of all that follows; None where it may not be mounted."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="jackfield-torture-"))
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "jackfield-torture", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        if mounted.returncode == 0:
            tempfile.tempdir = str(folder)
            yield folder
        else:
            print(f"the disk is never full here: {mounted.stderr.strip()}", flush=True)
            yield None
    finally:
        tempfile.tempdir = None
        if mounted.returncode == 0:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--pace", type=float, help="seconds a client rests between two lines, on average "
                        f"({SOAK_PACE_S} in a soak, else 0)")
    parser.add_argument("--spare-host", action="store_true", help="the host itself is never killed")
    parser.add_argument("--pool", action="store_true", help="all plugins in threads of the host")
    words = parser.parse_args()
    if words.pace is None:
        words.pace = SOAK_PACE_S if words.minutes else 0
    if not words.pool:
        os.environ["JACKFIELD_ISOLATION"] = "process"
    import world
    from stage import Stage
    from simulator import ledger
    ledger.MOST = 10_000_000  # the oracle reads all of them
    print(f"seed {words.seed}", flush=True)
    lines = int(CLIENTS * (words.minutes * 60 / max(words.pace, 0.1) + words.rounds * 100)) + 200
    settings = {"quarantine.probe": "200ms", "plugins.customer.line_cap": 100000, "adapters.network_element.timeout": "2s",
                "adapters.credit.timeout": "2s", "adapters.billing.timeout": "2s", "adapters.statistics.timeout": "2s",
                "adapters.customer_service.timeout": "2s"}
    libraries = sum(path.stat().st_size for path in pathlib.Path(world.BINARY).parent.glob("*.so")) >> 20
    room = 128 + libraries + 8 * int(words.minutes)  # the host keeps a copy of each library
    with small_disk(room) as disk, \
            Stage({"settings": settings, "numbers": 2 * lines, "cards": 3 * lines}) as stage:
        torture = Torture(stage, words, world, disk)
        until = time.monotonic() + words.minutes * 60
        while not torture.wrong and (torture.rounds < words.rounds or time.monotonic() < until):
            torture.round(words.seconds)
        torture.look()
        torture.wrong += torture.grown()
        for text in torture.wrong:
            print("WRONG " + str(text), flush=True)
        if torture.wrong:
            print(stage.here.log()[-4000:])
            print(f"again with: torture.py --seed {words.seed} --rounds {torture.rounds} --seconds {words.seconds}")
    sys.exit(1 if torture.wrong else 0)


if __name__ == "__main__":
    main()
