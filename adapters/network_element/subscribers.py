"""The home location register's own data: KIs, subscribers, and what each command does to them."""

import json
import os
import re

TEXTS = {0: "SUCCESS0001: Operation is successful", 1001: "ERR1001: login refused", 2001: "ERR2001: syntax error",
         3001: "ERR3001: subscriber already defined", 3002: "ERR3002: subscriber not defined",
         3003: "ERR3003: number in use", 3004: "ERR3004: KI already defined", 3005: "ERR3005: KI not defined",
         4001: "ERR4001: not logged in", 5001: "ERR5001: system busy"}
IMSI = re.compile(r"[0-9]{15}\Z")
ISDN = re.compile(r"861[0-9]{10}\Z")
KI = re.compile(r"[0-9A-Fa-f]{32}\Z")
NUMBER = re.compile(r"[0-9]{1,5}\Z")
FLAG = re.compile(r"(TRUE|FALSE)\Z")

# Every command: its parameters in order, each with its form and whether it stands in quotes.
COMMANDS = {
    "LGI": {"OPNAME": (None, True), "PWD": (None, True)},
    "LGO": {},
    "ADD KI": {"IMSI": (IMSI, True), "KIVALUE": (KI, True)},
    "ADD TPLSUB": {"IMSI": (IMSI, True), "ISDN": (ISDN, True), "TPLID": (NUMBER, False)},
    "MOD IMSI": {"ISDN": (ISDN, True), "NEWIMSI": (IMSI, True)},
    "MOD ISDN": {"ISDN": (ISDN, True), "NEWISDN": (ISDN, True)},
    "MOD LCK": {"ISDN": (ISDN, True), "BARRED": (FLAG, False)},
    "RMV SUB": {"ISDN": (ISDN, True), "RMVKI": (FLAG, False)},
    "RMV KI": {"IMSI": (IMSI, True)},
    "LST SUB": {"ISDN": (ISDN, True)},
    "LST KI": {"IMSI": (IMSI, True)},
}
COMMAND = re.compile(r"([A-Z]{3}(?: [A-Z]+)?):(.*);\Z")
PARAMETER = re.compile(r'([A-Z]+)=(?:"([^"]*)"|([A-Z0-9]+))(?:,|\Z)')


def parse(text):
    """(command, {parameter: value}) of a line, or None where it breaks the syntax."""
    match = COMMAND.match(text)
    if not match or match.group(1) not in COMMANDS:
        return None
    expected, given, at = COMMANDS[match.group(1)], {}, 0
    for found in PARAMETER.finditer(match.group(2)):
        if found.start() != at or found.group(1) in given:
            return None
        name, quoted = found.group(1), found.group(2) is not None
        value = found.group(2) if quoted else found.group(3)
        form = expected.get(name)
        if form is None or form[1] != quoted or (form[0] and not form[0].match(value)):
            return None
        given[name], at = value, found.end()
    if at != len(match.group(2)) or match.group(2).endswith(",") or list(given) != list(expected):
        return None
    return match.group(1), given


class Subscribers:
    """Keeps no Ki, only that one is defined: nothing ever asks for it. With a path, survives a restart
    (JSON lines of commands done, without the Kis; the file belongs to this simulator alone)."""

    def __init__(self, path=None):
        self.kis, self.subscribers = set(), {}
        self._file = None
        if path:
            if os.path.exists(path):
                with open(path, encoding="utf-8") as stream:
                    for line in stream:
                        self.do(*json.loads(line))
            self._file = open(path, "a", encoding="utf-8", buffering=1)

    def do(self, command, given):
        """(RETCODE, lines of the answer, whether something changed)."""
        code, lines = getattr(self, "_" + command.lower().replace(" ", "_"))(**given)
        changed = code == 0 and not command.startswith("LST")
        if changed and self._file:
            kept = {name: "" if name == "KIVALUE" else value for name, value in given.items()}
            self._file.write(json.dumps([command, kept]) + "\n")
        return code, lines, changed

    def _owner(self, imsi):
        return next((isdn for isdn, one in self.subscribers.items() if one["imsi"] == imsi), None)

    def _add_ki(self, IMSI, KIVALUE):
        if IMSI in self.kis:
            return 3004, []
        self.kis.add(IMSI)
        return 0, []

    def _add_tplsub(self, IMSI, ISDN, TPLID):
        if IMSI not in self.kis:
            return 3005, []
        if self._owner(IMSI) is not None:
            return 3001, []
        if ISDN in self.subscribers:
            return 3003, []
        self.subscribers[ISDN] = {"imsi": IMSI, "template": TPLID, "barred": "FALSE"}
        return 0, []

    def _mod_imsi(self, ISDN, NEWIMSI):
        if ISDN not in self.subscribers:
            return 3002, []
        if NEWIMSI not in self.kis:
            return 3005, []
        if self._owner(NEWIMSI) is not None:
            return 3001, []
        self.subscribers[ISDN]["imsi"] = NEWIMSI
        return 0, []

    def _mod_isdn(self, ISDN, NEWISDN):
        if ISDN not in self.subscribers:
            return 3002, []
        if NEWISDN in self.subscribers:
            return 3003, []
        self.subscribers[NEWISDN] = self.subscribers.pop(ISDN)
        return 0, []

    def _mod_lck(self, ISDN, BARRED):
        if ISDN not in self.subscribers:
            return 3002, []
        self.subscribers[ISDN]["barred"] = BARRED
        return 0, []

    def _rmv_sub(self, ISDN, RMVKI):
        if ISDN not in self.subscribers:
            return 3002, []
        gone = self.subscribers.pop(ISDN)
        if RMVKI == "TRUE":
            self.kis.discard(gone["imsi"])
        return 0, []

    def _rmv_ki(self, IMSI):
        if IMSI not in self.kis:
            return 3005, []
        if self._owner(IMSI) is not None:
            return 3001, []  # a KI in use is not removed under its subscriber
        self.kis.discard(IMSI)
        return 0, []

    def _lst_sub(self, ISDN):
        one = self.subscribers.get(ISDN)
        if one is None:
            return 3002, []
        return 0, ["IMSI = " + one["imsi"], "ISDN = " + ISDN, "BARRED = " + one["barred"]]

    def _lst_ki(self, IMSI):
        return (0, ["IMSI = " + IMSI]) if IMSI in self.kis else (3005, [])
