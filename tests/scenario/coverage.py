"""Whether the scenarios, all of them played, went everywhere an order can go: what they saw is held against the flows the
host serves, the refusals the plugins' sources can give, and the table of rejections in host/docs/BUSINESS.md.

What is left out is named here, with the reason; a reason that is not needed any more is a finding too.
"""

import collections
import pathlib
import re
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "host/docs/BUSINESS.md"
SERVICES = ("open-account", "change-number", "replace-card")

# Steps of the shared sub-flows that another service takes.
OTHERS = {
    "open-account": ("construction.renumber", "construction.card_swap."),
    "change-number": ("construction.activate", "construction.card_swap.bar", "construction.card_swap.unbar"),
    "replace-card": ("construction.activate", "construction.renumber"),
}
# (plugin, code) that a flow never gets to see.
NEVER_REFUSED = {
    ("charging", "PAYMENT_DECLINED"): "a card or wallet without a gateway is declined by payment.capture before it",
    ("tariff", "PRODUCT_UNKNOWN"): "product.select, or the line's own file, has named the product before it",
}
# (step, code) that depends on who comes first by less than a millisecond: given in some runs, and not in others.
BY_CHANCE = {
    ("customer.prefill", "LINE_CAP_REACHED"): "two orders of one identity meet between identify and prefill, as "
                                              "races/line-cap has them try; the plugin's own test makes them",
}
CANNOT_FAIL = {
    "interface.permit": "answers from the table of channels it has read at its start",
    "interface.welcome": "answers from the table of channels it has read at its start",
    "product.select": "answers from the catalogue it has read at its start",
    "tariff.recommend": "answers from the catalogue it has read at its start",
    "blacklist.check": "answers from the list it has read at its start",
    "resource.satisfiable": "reads what resource.reserve has written a moment before, in the same database",
}


class Coverage:
    """Thread-safe. Told of every host's orders, asked once."""

    def __init__(self):
        self._lock = threading.Lock()
        self._flows = {}
        self._nodes = collections.defaultdict(set)  # (flow, node, step): states
        self._steps = collections.defaultdict(set)  # step: states, and "again"
        self._refused = set()                       # (step, code)

    def saw(self, here, orders):
        flows = {flow: here.call("GET", f"/v1/flows/{flow}")[1]["steps"] for flow in SERVICES}
        with self._lock:
            self._flows.update(flows)
            for one in orders:
                for line in one["history"]:
                    self._take(one["flow"], line)

    def _take(self, flow, line):
        states = {line["state"]} | ({"again"} if line["attempt"] > 1 else set())
        self._nodes[flow, line["node"].split("[")[0], line["step"]] |= states
        self._steps[line["step"]] |= states
        if line["state"] == "rejected":
            self._refused.add((line["step"], line["code"]))

    def findings(self):
        yield from self._nodes_not_taken()
        yield from self._steps_that_never_failed()
        yield from self._refusals_never_given()
        yield from self._rejections_of_the_page()

    def _nodes_not_taken(self):
        for flow, steps in self._flows.items():
            for step in steps:
                there = self._nodes[flow, step["id"], step["step"]]
                others = step["id"].startswith(OTHERS[flow])
                if others == ("done" in there):
                    yield f"{flow}: {step['id']} is {'taken, and said to be of others' if others else 'never done'}"
                if step["undo"] and not others and "undone" not in self._nodes[flow, step["id"], step["undo"]]:
                    yield f"{flow}: {step['id']} is never undone"

    def _steps_that_never_failed(self):
        steps = {step["step"] for steps in self._flows.values() for step in steps}
        for step in sorted(steps):
            failed = self._steps[step] & {"failed", "held", "dead", "timeout", "again"}
            if bool(failed) == (step in CANNOT_FAIL):
                yield f"{step} {'fails, and is said not to' if failed else 'never fails, and is not tried again'}"

    def _refusals_never_given(self):
        given = {(step.split(".")[0], code) for step, code in self._refused}
        for plugin, code in sorted(refusals()):
            if ((plugin, code) in given) == ((plugin, code) in NEVER_REFUSED):
                yield f"{plugin}: {code} is {'given, and said not to be' if (plugin, code) in given else 'never given'}"

    def _rejections_of_the_page(self):
        rows = rejections(PAGE.read_text(encoding="utf-8"))
        seen = collections.defaultdict(set)
        for step, code in self._refused:
            seen[code].add(step)
        seen["BLACKLISTED"].add("blacklist.check")  # the flow's own no
        for code, steps in rows.items():
            missing = {step for step in steps - seen[code] if (step, code) not in BY_CHANCE}
            if missing:
                yield f"{PAGE.name}: {code} is never given by {sorted(missing)}"
        unknown = {(step, code) for step, code in self._refused if step not in rows.get(code, ())}
        yield from (f"{PAGE.name}: {code} of {step} is not on the page" for step, code in sorted(unknown))


def refusals():
    """{(plugin, code)} of every refusal in the sources of plugins and adapters."""
    found = set()
    for path in [*ROOT.glob("plugins/*/*.[ch]pp"), *ROOT.glob("adapters/*/*.[ch]pp")]:
        if not path.name.endswith("_test.cpp"):
            text = path.read_text(encoding="utf-8")
            found |= {(path.parent.name, code) for code in re.findall(r"Reject\b[^;{]*\{\s*(?:return \{)?\"([A-Z_]+)\"", text)}
    return found


def rejections(page):
    """{code: steps} of the page's table of rejections."""
    table = page.split("## When the answer is no", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| `([A-Z_]+)` \| ([^|]+) \|", table, re.M)
    return {code: set(re.findall(r"`([a-z_]+\.[a-z_]+)`", steps)) for code, steps in rows}
