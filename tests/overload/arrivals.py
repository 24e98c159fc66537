"""Orders that arrive when they arrive: at a rate, however long the host takes to answer (an open loop).

An order that finds no free connection opens one; where there are as many as this client may have, it waits, and its
wait counts: latency is from the time it was due.
"""

import collections
import errno
import json
import re
import selectors
import socket
import time

CONNECTIONS_MOST = 1500
PIECE = 65_536


class Answer(collections.namedtuple("Answer", "status retry_after body took_s")):
    """What came back, and how long after the order was due; `status` 0: the connection ended first."""

    def json(self):
        return json.loads(self.body)


class Connection:
    def __init__(self, port, selector):
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.socket.connect_ex(("127.0.0.1", port)) not in (0, errno.EINPROGRESS):
            raise OSError("no connection")
        self.selector, self.heard, self.unsent, self.due = selector, b"", b"", None
        selector.register(self.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, self)

    def ask(self, request, due):
        self.due, self.unsent = due, request
        self.selector.modify(self.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, self)

    def write(self):
        if self.unsent:
            self.unsent = self.unsent[self.socket.send(self.unsent):]
        if not self.unsent:
            self.selector.modify(self.socket, selectors.EVENT_READ, self)

    def read(self):
        """The answer where it is whole; False where the connection is over."""
        piece = self.socket.recv(PIECE)
        if not piece:
            return False
        self.heard += piece
        head, gap, body = self.heard.partition(b"\r\n\r\n")
        if not gap:
            return None
        length = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
        if len(body) < length:
            return None
        self.heard = b""
        retry = re.search(rb"(?i)retry-after: (\d+)", head)
        last = b"connection: close" in head.lower()
        return Answer(int(head[9:12]), int(retry.group(1)) if retry else None, body[:length],
                      time.monotonic() - self.due), last

    def close(self):
        self.selector.unregister(self.socket)
        self.socket.close()


class Arrivals:
    """`request(n)` gives the bytes of the n-th order."""

    def __init__(self, port, request):
        self.port, self.request = port, request
        self.selector = selectors.DefaultSelector()
        self.free, self.open, self.waiting, self.answers = [], 0, collections.deque(), []

    def run(self, rate, seconds, patience_s=120):
        """All answers, of as many orders as were due in that time; those nobody answered have status 0."""
        began, due, total = time.monotonic(), 0, int(rate * seconds)
        while len(self.answers) < total:
            now = time.monotonic()
            if now > began + seconds + patience_s:
                raise AssertionError(f"{total - len(self.answers)} of {total} orders were never answered")
            while due < total and began + due / rate <= now:
                self.waiting.append((due, began + due / rate))
                due += 1
            self.send()
            until = began + due / rate if due < total else now + 0.1
            for key, events in self.selector.select(max(0.0, min(until - time.monotonic(), 0.1))):
                self.serve(key.data, events)
        return self.answers

    def send(self):
        while self.waiting and (self.free or self.open < CONNECTIONS_MOST):
            if self.free:
                connection = self.free.pop()
            else:
                connection = Connection(self.port, self.selector)
                self.open += 1
            number, due = self.waiting.popleft()
            connection.ask(self.request(number), due)

    def serve(self, connection, events):
        try:
            if events & selectors.EVENT_WRITE:
                connection.write()
            found = connection.read() if events & selectors.EVENT_READ else None
        except BlockingIOError:
            return
        except OSError:
            found = False
        if found is None:
            return
        if found is False:
            if connection in self.free:
                self.free.remove(connection)
            elif connection.due is not None:
                self.answers.append(Answer(0, None, b"", time.monotonic() - connection.due))
            return self.drop(connection)
        answer, last = found
        self.answers.append(answer)
        connection.due = None
        if last:
            return self.drop(connection)
        self.free.append(connection)

    def drop(self, connection):
        connection.close()
        self.open -= 1

    def close(self):
        for key in list(self.selector.get_map().values()):
            key.data.close()
        self.selector.close()
