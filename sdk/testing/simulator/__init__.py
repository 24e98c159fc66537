"""Simulators of the systems Jackfield's adapters speak to: strict counterparts that keep a ledger.

A simulator speaks its system's real protocol, refuses what the real one would refuse, removes
duplicates by key as the real one does, writes down what it was asked and what came of it, and can
be told to misbehave. Python 3 standard library only.
"""

from .behaviour import Behaviour, Rule
from .http_face import CLOSE, HttpFace, Reply, Request
from .ledger import Ledger, mask
from .system import HttpSystem, System, Violation

__all__ = ["Behaviour", "Rule", "CLOSE", "HttpFace", "Reply", "Request", "Ledger", "mask", "HttpSystem", "System",
           "Violation"]
