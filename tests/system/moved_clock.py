"""A wall clock that a test moves for the host it starts: an hour, a night, ninety days pass when the test says so.

The library tests/support/moved_clock.c gives the host the time; MOVED_CLOCK_LIBRARY names it, ctest sets it, and
SANITIZER_RUNTIME what must be loaded before it. What the host waits for outside (a socket, its own poll) takes the
machine's time as ever.
"""

import bisect
import datetime
import mmap
import os
import struct
import time

import world

STEP_S = 4  # below the timeout of a call: one that is under way does not outlive it because of one step


class MovedClock:
    """`here.start(env=clock.env())`; the clock goes on when the host is started again."""

    def __init__(self, here):
        self._here = here
        path = here.directory / "clock"
        path.write_bytes(bytes(8))
        with open(path, "r+b") as file:
            self._file = mmap.mmap(file.fileno(), 8)
        self._path = path
        self._since, self._ahead = [0.0], [0]

    def env(self):
        libraries = (os.environ.get("SANITIZER_RUNTIME"), os.environ["MOVED_CLOCK_LIBRARY"])
        return {"LD_PRELOAD": " ".join(filter(None, libraries)), "MOVED_CLOCK": str(self._path)}

    def now(self):
        """The host's time, Unix seconds."""
        return time.time() + self._ahead[-1]

    def at(self, entry_time):
        """The host's time, Unix seconds, at a time of the machine as a ledger writes it."""
        real = datetime.datetime.fromisoformat(entry_time.replace("Z", "+00:00")).timestamp()
        return real + self._ahead[bisect.bisect_right(self._since, real) - 1]

    def jump(self, seconds):
        """All at once: for a time in which nothing is under way."""
        self._since.append(time.time())
        self._ahead.append(self._ahead[-1] + int(seconds))
        self._file[:] = struct.pack("q", self._ahead[-1] * 1_000_000_000)
        for _ in range(2):  # the second is answered by a turn of the engine that began after its timers were looked at
            self._here.call("GET", "/v1/instances/nobody")

    def go_on(self, seconds, done=lambda: True):
        """Step by step: the host looks at its timers after each, and `done` says that what was due has been done."""
        while seconds > 0:
            self.jump(min(seconds, STEP_S))
            seconds -= STEP_S
            world.until(done, text="what was due by the host's clock")
