"""A listening TCP socket that can go down and come back on the same port: a thread a connection."""

import socket
import threading

MOST_CONNECTIONS = 512


class Listener:
    """`serve(connection, gone)` is called on the connection's own thread; `gone` is set once the
    listener goes down or the connection must end, so a hang can be cut short."""

    def __init__(self, address, serve):
        host, _, port = address.rpartition(":")
        self._host, self.port = host or "127.0.0.1", int(port)
        self._serve = serve
        self._lock = threading.Lock()
        self._socket = None
        self._connections = {}
        self.up()

    @property
    def address(self):
        return "%s:%d" % (self._host, self.port)

    def up(self):
        with self._lock:
            if self._socket:
                return
            listening = socket.create_server((self._host, self.port), backlog=256)
            self.port = listening.getsockname()[1]
            self._socket = listening
        threading.Thread(target=self._accept, args=(listening,), daemon=True).start()

    def down(self):
        """Closes the listening socket and every connection: the system is gone."""
        with self._lock:
            listening, self._socket = self._socket, None
            connections, self._connections = self._connections, {}
        if listening:
            try:
                listening.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            listening.close()
        for connection, gone in connections.items():
            gone.set()
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _accept(self, listening):
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            gone = threading.Event()
            with self._lock:
                if self._socket is not listening or len(self._connections) >= MOST_CONNECTIONS:
                    connection.close()
                    continue
                self._connections[connection] = gone
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._run, args=(connection, gone), daemon=True).start()

    def _run(self, connection, gone):
        try:
            self._serve(connection, gone)
        except (OSError, ValueError):
            pass
        finally:
            with self._lock:
                self._connections.pop(connection, None)
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.close()
