"""The ledger: what a simulator was asked, and what came of it.

One entry a request: {"time","key","request","outcome",...}. Outcomes: `applied` (an effect),
`duplicate` (known by its key: no effect), `read` (a question), `refused`, `busy`, `hung`, `dropped`,
`violation` (the request broke the protocol). An entry with "broken": true had its effect, but its
answer was never sent. Kept in memory (the newest MOST entries; the counts are of all) and, where a
file is named, as JSON lines. Secrets are masked by whoever makes the entry: see mask().
"""

import collections
import json
import threading
import time

MOST = 100_000


def mask(text):
    """Shows that something was there, and no more of it than its last four characters."""
    text = str(text)
    return "***" + text[-4:] if len(text) > 8 else "***"


class Ledger:
    """Thread-safe."""

    def __init__(self, path=None):
        self._lock = threading.Lock()
        self._entries = collections.deque(maxlen=MOST)
        self._counts = collections.Counter()
        self._file = open(path, "a", encoding="utf-8", buffering=1) if path else None

    def record(self, key, request, outcome, **more):
        now = time.time()
        entry = {"time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + ".%03dZ" % (now % 1 * 1000),
                 "key": key, "request": request, "outcome": outcome, **more}
        with self._lock:
            self._entries.append(entry)
            self._counts[outcome] += 1
            if self._file:
                self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")

    def entries(self, **filters):
        """The entries whose members equal the filters', oldest first."""
        with self._lock:
            kept = list(self._entries)
        return [entry for entry in kept if all(str(entry.get(name)) == value for name, value in filters.items())]

    def counts(self):
        with self._lock:
            return dict(self._counts)
