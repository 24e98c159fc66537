"""What a simulator was told to do other than its duty.

A rule: {"do": WORD, "times": n, "match": {"msisdn": "...", "command": "..."}, ...options}. It holds
for the next n requests (for ever where `times` is left out) that have every member of `match`.

  refuse   the system's own no; `status`/`body` (HTTP), `retcode` (MML) or `reason` make it another
  busy     503 (or `status`), MML 5001
  hang     takes the request and says nothing for `seconds` (60); applies it first where `apply` is true
  break    applies the request, then closes the connection without an answer
  drop     closes the connection and applies nothing
  slow     waits `delay_ms`, then does its duty
  down     not a rule for a request: the listening socket is closed for `seconds`, or until `up`
  up       listens again

A system may know further words of its own (`receipt` of the work orders, `forget` of the network
element). Rules are tried in the order they were told.
"""

import threading

MOST_RULES = 1000
ON_REQUESTS = ("refuse", "busy", "hang", "break", "drop", "slow")


class Rule:
    def __init__(self, text):
        if not isinstance(text, dict) or not isinstance(text.get("do"), str):
            raise ValueError('a rule is an object with a word "do"')
        self.do = text["do"]
        self.left = text.get("times")
        if self.left is not None and (not isinstance(self.left, int) or self.left < 1):
            raise ValueError('"times" is a whole number over 0')
        self.match = {name: str(value) for name, value in text.get("match", {}).items()}
        self.options = {name: value for name, value in text.items() if name not in ("do", "times", "match")}

    def fits(self, facts):
        return all(str(facts.get(name)) == value for name, value in self.match.items())

    def get(self, name, default=None):
        return self.options.get(name, default)

    def show(self):
        return {"do": self.do, "times": self.left, "match": self.match, **self.options}


class Behaviour:
    """Thread-safe."""

    def __init__(self, words=ON_REQUESTS):
        self._words = set(words) | {"down", "up"}
        self._lock = threading.Lock()
        self._rules = []

    def parse(self, told):
        """Rules from JSON: one object or a list of them. ValueError says what is wrong."""
        rules = [Rule(one) for one in (told if isinstance(told, list) else [told])]
        for rule in rules:
            if rule.do not in self._words:
                raise ValueError("unknown \"do\": %r; known: %s" % (rule.do, ", ".join(sorted(self._words))))
        return rules

    def add(self, rule):
        with self._lock:
            if len(self._rules) >= MOST_RULES:
                raise ValueError("over %d rules" % MOST_RULES)
            self._rules.append(rule)

    def clear(self):
        with self._lock:
            self._rules.clear()

    def show(self):
        with self._lock:
            return [rule.show() for rule in self._rules]

    def take(self, facts, words=ON_REQUESTS):
        """The first rule among `words` that fits, used up by one; None where there is none."""
        with self._lock:
            for rule in self._rules:
                if rule.do in words and rule.fits(facts):
                    if rule.left is not None:
                        rule.left -= 1
                        if rule.left == 0:
                            self._rules.remove(rule)
                    return rule
        return None
