#!/usr/bin/env python3
"""The finance system's reader: checks the day files it is handed, as the real one would at the day's close.

  simulator.py --directory DIR           keeps a control address; the ledger is read from the files
  simulator.py --directory DIR --check   prints what it found and exits 1 where anything is wrong

Checked: file names, header, number and form of columns, whole lines, entry ids once over all days, entry ids
of their order, each order's debits equal to its credits, each line in the file of its day, and the rows,
total and SHA-256 of every closed day.
"""

import collections
import csv
import datetime
import hashlib
import io
import json
import os
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "sdk" / "testing"))

from simulator import System  # noqa: E402
from simulator.command_line import arguments, run  # noqa: E402

HEADER = "entry_id,order_id,posted_at,account,item,debit_fen,credit_fen,channel,operator"
CLOSE_HEADER = "rows,total_fen,sha256"
ENTRY = re.compile(r"(.+)/(charge|refund)/([0-9]+)\Z")


class Books:
    """Everything in a directory of day files: its entries, and what is wrong with them."""

    def __init__(self, directory):
        self.entries, self.wrong, self.closed = [], [], []
        self._ids, self._orders = {}, collections.Counter()
        names = sorted(os.listdir(directory)) if os.path.isdir(directory) else []
        for name in names:
            if re.fullmatch(r"[0-9]{8}\.csv", name):
                self._read_day(pathlib.Path(directory) / name)
        for name in names:
            if re.fullmatch(r"[0-9]{8}\.ok", name):
                self._read_close(pathlib.Path(directory) / name)
        self.wrong += ["order %s: debits and credits differ by %d fen" % found
                       for found in self._orders.items() if found[1]]

    def _read_day(self, path):
        data = path.read_bytes()
        if not data.endswith(b"\n"):
            self.wrong.append("%s: the last line is cut short" % path.name)
        lines = data.decode("utf-8").split("\n")
        if lines[0] != HEADER:
            self.wrong.append("%s: header is %r" % (path.name, lines[0]))
        for number, row in enumerate(csv.DictReader(io.StringIO(data.decode("utf-8"))), 2):
            where = "%s:%d" % (path.name, number)
            if None in row or None in row.values():
                self.wrong.append("%s: not nine columns" % where)
                continue
            self._check(where, path.stem, row)
            self.entries.append({**row, "file": path.name})

    def _check(self, where, day, row):
        match = ENTRY.match(row["entry_id"])
        if not match or match.group(1) != row["order_id"]:
            self.wrong.append("%s: entry id %r is not of order %r" % (where, row["entry_id"], row["order_id"]))
        if row["entry_id"] in self._ids:
            self.wrong.append("%s: entry %s is in %s too" % (where, row["entry_id"], self._ids[row["entry_id"]]))
        self._ids[row["entry_id"]] = where
        try:
            if datetime.datetime.fromisoformat(row["posted_at"]).strftime("%Y%m%d") != day:
                self.wrong.append("%s: posted at %s, which is another day" % (where, row["posted_at"]))
            self._orders[row["order_id"]] += int(row["debit_fen"]) - int(row["credit_fen"])
        except ValueError as wrong:
            self.wrong.append("%s: %s" % (where, wrong))

    def _read_close(self, path):
        lines = path.read_text(encoding="utf-8").split("\n")
        data = path.with_suffix(".csv").read_bytes() if path.with_suffix(".csv").exists() else b""
        rows = [entry for entry in self.entries if entry["file"] == path.stem + ".csv"]
        total = sum(int(entry["debit_fen"]) for entry in rows)
        expected = "%d,%d,%s" % (len(rows), total, hashlib.sha256(data).hexdigest())
        if lines != [CLOSE_HEADER, expected, ""]:
            self.wrong.append("%s: says %r, the day says %r" % (path.name, lines, expected))
        self.closed.append(path.stem)

    def show(self):
        return {"entries": len(self.entries), "closed": self.closed, "wrong": self.wrong}


class Finance(System):
    """Its ledger is the directory: every entry is an `applied`, everything wrong a `violation`."""

    id = "finance"

    def __init__(self, directory):
        super().__init__()
        self._directory = directory
        self.ledger = self

    def addresses(self):
        return {"directory": self._directory}

    def state(self):
        return Books(self._directory).show()

    def entries(self, **filters):
        books = Books(self._directory)
        found = [{"key": entry["entry_id"], "request": entry, "outcome": "applied"} for entry in books.entries]
        found += [{"key": None, "request": None, "outcome": "violation", "text": text} for text in books.wrong]
        return [entry for entry in found if all(str(entry.get(name)) == value for name, value in filters.items())]

    def counts(self):
        books = Books(self._directory)
        return {"applied": len(books.entries), "violation": len(books.wrong)}


def make(directory, ledger=None):
    del ledger  # the files are the ledger
    return Finance(directory)


def main():
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--directory", required=True)
    parser.add_argument("--check", action="store_true", help="look once and end")
    given = parser.parse_args()
    if given.check:
        found = Books(given.directory).show()
        print(json.dumps(found, ensure_ascii=False, indent=1))
        sys.exit(1 if found["wrong"] else 0)
    run(make(given.directory), given)


if __name__ == "__main__":
    main()
