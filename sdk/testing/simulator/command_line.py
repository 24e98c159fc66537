"""Runs one simulator, or several in one process, until it is stopped.

The first line printed is JSON: {"simulator":"credit","url":"http://…","control":"http://…"}. The control
address stays up while the system itself is down.
"""

import argparse
import json
import os
import signal
import sys
import threading

from .http_face import HttpFace, Reply
from .system import CONTROL


def control_face(address, systems):
    """One control address for the systems named: /_simulator/<id>/…; for a single one also /_simulator/…"""
    def answer(request):
        if request.path.startswith(CONTROL):
            word = request.path[len(CONTROL):].split("/")[0]
            if word in systems:
                return systems[word].control(request)
            if len(systems) == 1:
                return next(iter(systems.values())).control(request)
        return Reply(404, {"error": "expected /_simulator/<system>/…; systems: " + ", ".join(systems)})
    return HttpFace(address, answer)


def announce(system, control):
    print(json.dumps({"simulator": system.id, **system.addresses(), "control": control.url}), flush=True)


def wait_for_the_end():
    """Until SIGTERM, SIGINT, or the death of whoever started it."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    parent = os.getppid()
    while not ended.wait(1.0):
        if os.getppid() != parent:
            return


def arguments(summary, listen="127.0.0.1:0"):
    parser = argparse.ArgumentParser(description=summary)
    parser.add_argument("--listen", default=listen, metavar="HOST:PORT", help="port 0: any that is free")
    parser.add_argument("--control", default="127.0.0.1:0", metavar="HOST:PORT", help="where it is told and asked")
    parser.add_argument("--ledger", metavar="FILE", help="also write the ledger here, as JSON lines")
    parser.add_argument("--behaviour", metavar="FILE", help="JSON: rules that hold from the start")
    return parser


def run(system, given):
    """The end of every simulator's main."""
    if given.behaviour:
        try:
            with open(given.behaviour, encoding="utf-8") as stream:
                system.tell(json.load(stream))
        except (OSError, ValueError) as wrong:
            sys.exit("%s: %s" % (given.behaviour, wrong))
    announce(system, control_face(given.control, {system.id: system}))
    wait_for_the_end()
