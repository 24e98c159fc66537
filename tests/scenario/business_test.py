#!/usr/bin/env python3
"""Holds host/docs/BUSINESS.md to what is there: every place in the flows, every scenario, every check it names."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "host/docs/BUSINESS.md"
PHASES = ("acceptance", "ingress")


def wrong(word, oracle):
    """What is wrong with a word in backticks, or nothing."""
    place = re.fullmatch(r"([a-z-]+\.yaml):([a-z_]+)", word)
    if place:
        path = ROOT / "config/flows" / place.group(1)
        node = place.group(2)
        lines = path.read_text(encoding="utf-8") if path.exists() else ""
        known = rf"^{node}:" if node in PHASES else rf"^ *(- )*{node}: [a-z_]+\.|^ *id: {node}$"
        return None if re.search(known, lines, re.M) else "no such node"
    if re.fullmatch(r"[a-z]+(-[a-z]+)*/[a-z0-9-]+", word):
        there = (ROOT / "tests/scenario" / word / "scenario.json").exists()
        return None if there else "no such scenario"
    if word.startswith("tests/"):
        return None if (ROOT / word).exists() else "no such file"
    if re.fullmatch(r"[a-z]+(_[a-z]+)+", word):
        return None if f"def {word}(" in oracle else "no such check of the oracle"
    return None


def main():
    page = PAGE.read_text(encoding="utf-8")
    oracle = (ROOT / "tests/scenario/oracle.py").read_text(encoding="utf-8")
    words = re.findall(r"`([^`\n]+)`", page)
    found = [f"{PAGE.name}: {word}: {text}" for word in words if (text := wrong(word, oracle))]
    flows = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "config/flows").glob("*.yaml"))
    steps = set(re.findall(r"^ *(?:- )+(?!when)[a-z_]+: ([a-z_]+\.[a-z_]+)$", flows, re.M))
    unnamed = {step for step in steps if not re.search(rf"`{re.escape(step)}`", page)}
    unnamed -= {"resource.offer", "resource.release", "resource.secure", "resource.commit", "line.open", "line.release",
                "line.renumber", "line.recard", "network_element.bar", "network_element.unbar",
                "customer_service.alert"}
    found += [f"{PAGE.name}: {step} is in the flows and not on the page" for step in sorted(unnamed)]
    print("\n".join(found) or f"{len(words)} words, {len(steps)} steps: all there")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
