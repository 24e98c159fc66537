"""Where scenarios play: one host with the six systems, more stock than it is sold with, a witness and an oracle.

Scenarios with the same `host` block share a stage, one after the other; each has numbers and customers of its own.
"""

import csv
import datetime
import hashlib
import threading
import zoneinfo

import world
from oracle import Oracle, Secrets
from witness import Witness

STARTING = threading.Lock()  # ports are free when they are chosen: one stage is built at a time
MORE_CARDS, MORE_NUMBERS, TYPES = 150, 400, ("SIM", "STK", "USIM")
UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def duration_ms(text):
    unit = text.lstrip("0123456789")
    return int(text[:-len(unit)]) * UNITS_MS[unit]


def luhn(digits):
    total = sum(sum(divmod(int(digit) * (2 if at % 2 == 0 else 1), 10)) for at, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def resident(index):
    """A resident's identity number: a real day of birth, a right check digit, another one for every index."""
    born = datetime.date(1950, 1, 1) + datetime.timedelta(days=index)
    body = f"110105{born:%Y%m%d}{100 + index % 800:03d}"
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS)) % 11]


def hours(zone="Asia/Shanghai"):
    """A span that is open now and one that is not, whatever the time is."""
    hour = datetime.datetime.now(zoneinfo.ZoneInfo(zone)).hour
    return {"open": "06:00-23:00" if 7 <= hour < 22 else "20:00-09:00",
            "closed": "03:00-04:00" if 6 <= hour < 24 else "12:00-13:00"}


class Stage:
    """`with Stage(host_block) as stage:` — `host`: {"settings": {...}, "edit": {file: [[old, new], ...]}, and for who
    needs more than a scenario does, "numbers": how many and "cards": how many USIMs."""

    def __init__(self, host):
        self._host = host
        self.secrets = Secrets()
        self.people = 0
        self.refusals = set()  # (command, RETCODE) that scenarios told the network to give
        self.here = None

    def __enter__(self):
        with STARTING:
            settings = {**self._host.get("settings", {})}
            self.here = world.World(settings, config=self._configure).__enter__()
            for name, value in settings.items():
                if value == "{payment}":
                    settings[name] = self.here.systems["payment"].addresses()["url"]
            self.here.settings = settings
            self._learn_the_kis()
            try:
                self.here.start()
            except BaseException:
                self.here.__exit__(None, None, None)
                raise
        self.witness = Witness(self.here.data)
        cooling_ms = duration_ms(settings.get("plugins.resource.cooling", "90d"))
        self.oracle = Oracle(self.here, self.witness, self.secrets, cooling_ms)
        return self

    def __exit__(self, kind, value, trace):
        self.here.__exit__(None, None, None)

    def number(self, grade="normal"):
        return self._shelf[grade].pop()

    def person(self):
        self.people += 1
        identity = resident(self.people * 7)
        self.secrets.add(identity)
        return identity

    def back_to_duty(self):
        for system in [*self.here.systems.values(), self.here.systems["network_element"].work_orders]:
            system.behaviour.clear()
            system.up()

    def _configure(self, config):
        with open(config / "data/numbers.csv", "a", encoding="utf-8") as stream:
            numbers = max(MORE_NUMBERS, self._host.get("numbers", 0))
            stream.writelines(f"187{index:08d},normal,0\n" for index in range(numbers))
        with open(config / "data/cards.csv", "a", encoding="utf-8") as stream:
            for index in range(MORE_CARDS * 3 + self._host.get("cards", 0)):
                body = f"89860092699{index:08d}"
                ki = hashlib.md5(body.encode()).hexdigest().upper()
                kind = TYPES[index % 3] if index < MORE_CARDS * 3 else "USIM"
                stream.write(f"{body}{luhn(body)},4600099{index:08d},{ki},{kind}\n")
        for name, edits in self._host.get("edit", {}).items():
            path = config / name
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            for old, new in edits:
                new = new.replace("{open_now}", hours()["open"]).replace("{closed_now}", hours()["closed"])
                assert old in text, f"{name} has no {old!r}"
                text = text.replace(old, new) if old else text + new
            path.write_text(text, encoding="utf-8")
        self._shelf = {}
        with open(config / "data/numbers.csv", encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                self._shelf.setdefault(row["grade"], []).append(row["msisdn"])

    def _learn_the_kis(self):
        with open(self.here.config / "data/cards.csv", encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                self.secrets.add_ki(row["ki"])
        with open(self.here.config / "data/blacklist.csv", encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                if row["id_type"] == "resident-id":
                    self.secrets.add(row["id_number"])
