"""HTTP/1.1 with connections kept alive, as small as a strict counterpart needs it."""

import json
import urllib.parse

from .listener import Listener

CLOSE = object()  # an answer that is none: the connection is closed instead
MOST_HEADER_BYTES = 16 * 1024
MOST_BODY_BYTES = 1024 * 1024
REASONS = {200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 400: "Bad Request", 404: "Not Found",
           405: "Method Not Allowed", 409: "Conflict", 413: "Content Too Large", 415: "Unsupported Media Type",
           422: "Unprocessable Content", 429: "Too Many Requests", 503: "Service Unavailable"}


class Request:
    def __init__(self, method, target, headers, body, gone):
        parts = urllib.parse.urlsplit(target)
        self.method, self.path, self.query_text = method, urllib.parse.unquote(parts.path), parts.query
        self.query = dict(urllib.parse.parse_qsl(parts.query))
        self.headers, self.body, self.gone = headers, body, gone

    @property
    def content_type(self):
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


class Reply:
    def __init__(self, status, body=b"", headers=()):
        self.status = status
        self.headers = list(headers)
        if isinstance(body, (dict, list)):
            body = json.dumps(body, ensure_ascii=False)
            self.headers.append(("content-type", "application/json"))
        self.body = body.encode() if isinstance(body, str) else body


class HttpFace:
    """Serves `answer(request) -> Reply | CLOSE` on an address; down() and up() as its Listener."""

    def __init__(self, address, answer):
        self._answer = answer
        self._listener = Listener(address, self._serve)
        self.down, self.up = self._listener.down, self._listener.up

    @property
    def url(self):
        return "http://" + self._listener.address

    def _serve(self, connection, gone):
        with connection.makefile("rb") as stream:
            while not gone.is_set():
                request = self._read(connection, stream, gone)
                if request is None:
                    return
                reply = request if isinstance(request, Reply) else self._answer(request)
                if reply is CLOSE:
                    return
                keep = not isinstance(request, Reply) and request.headers.get("connection", "").lower() != "close"
                connection.sendall(self._bytes(reply, keep))
                if not keep:
                    return

    @staticmethod
    def _bytes(reply, keep):
        lines = ["HTTP/1.1 %d %s" % (reply.status, REASONS.get(reply.status, "Status"))]
        lines += ["%s: %s" % header for header in reply.headers]
        if reply.status != 204:
            lines.append("content-length: %d" % len(reply.body))
        lines.append("connection: %s" % ("keep-alive" if keep else "close"))
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + (reply.body if reply.status != 204 else b"")

    @staticmethod
    def _read(connection, stream, gone):
        line = stream.readline(MOST_HEADER_BYTES)
        if not line:
            return None
        parts = line.decode("latin-1").rstrip("\r\n").split(" ")
        if len(parts) != 3 or parts[2] not in ("HTTP/1.1", "HTTP/1.0"):
            return Reply(400, "not an HTTP request line")
        headers, size = {}, len(line)
        while True:
            line = stream.readline(MOST_HEADER_BYTES)
            size += len(line)
            if not line or size > MOST_HEADER_BYTES:
                return Reply(400, "headers cut short or too long")
            if line in (b"\r\n", b"\n"):
                break
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon:
                return Reply(400, "a header without a colon")
            headers[name.strip().lower()] = value.strip()
        if headers.get("expect", "").lower() == "100-continue":
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "transfer-encoding" in headers:
            return Reply(400, "send a content-length")
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MOST_BODY_BYTES:
            return Reply(413, "content-length is not a number up to %d" % MOST_BODY_BYTES)
        body = stream.read(int(length))
        if len(body) < int(length):
            return None
        return Request(parts[0], parts[1], headers, body, gone)
