#!/usr/bin/env python3
"""Holds host/docs/BUSINESS.md to what is there: every place in the flows, every scenario and check it names, and that a
scenario named for a rejection or an end is one that ends so."""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "host/docs/BUSINESS.md"
PHASES = ("acceptance", "ingress")
SCENARIO = r"[a-z]+(?:-[a-z]+)*/[a-z0-9-]+"
ENDS = ("rejected", "failed", "held", "completed")


def wrong(word, oracle):
    """What is wrong with a word in backticks, or nothing."""
    place = re.fullmatch(r"([a-z-]+\.yaml):([a-z_]+)", word)
    if place:
        path = ROOT / "config/flows" / place.group(1)
        node = place.group(2)
        lines = path.read_text(encoding="utf-8") if path.exists() else ""
        known = rf"^{node}:" if node in PHASES else rf"^ *(- )*{node}: [a-z_]+\.|^ *id: {node}$"
        return None if re.search(known, lines, re.M) else "no such node"
    if re.fullmatch(SCENARIO, word):
        there = (ROOT / "tests/scenario" / word / "scenario.json").exists()
        return None if there else "no such scenario"
    if word.startswith("tests/"):
        return None if (ROOT / word).exists() else "no such file"
    if re.fullmatch(r"[a-z]+(_[a-z]+)+", word):
        return None if f"def {word}(" in oracle else "no such check of the oracle"
    return None


def expected(scenario):
    """(codes, states) that a scenario expects of its orders, at the counter or in the end."""
    path = ROOT / "tests/scenario" / scenario / "scenario.json"
    acts = json.loads(path.read_text(encoding="utf-8"))["do"] if path.exists() else []
    codes, states = set(), set()
    for act in acts:
        for said in (act, act.get("answer") or {}, act.get("until") or {}):
            states.add(said.get("state"))
            states |= set(said.get("ends") or {})
            codes.add(said.get("code"))
            codes.add((said.get("rejection") or {}).get("code") if isinstance(said.get("rejection"), dict) else None)
    return codes, states


def rows_of(page, heading):
    table = page.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [[cell.strip() for cell in line.strip("|\n").split(" | ")] for line in table.splitlines() if line[:2] == "| "]
    return rows[2:]


def wrong_tables(page):
    for code, *_, tried_by in rows_of(page, "When the answer is no"):
        for scenario in re.findall(SCENARIO, tried_by):
            if code.strip("` ") not in expected(scenario)[0]:
                yield f"{scenario} does not expect {code}"
    for what, then, tried_by in rows_of(page, "When something fails"):
        scenarios = re.findall(rf"`({SCENARIO})`", tried_by)
        met = set().union(*(expected(scenario)[1] for scenario in scenarios))
        for end in re.findall(r"`([a-z]+)`", then):
            if end in ENDS and end not in met and scenarios:
                yield f"{what}: none of {scenarios} ends {end}"
        if not scenarios and "oracle" not in tried_by and "scenario" not in tried_by:
            yield f"{what}: no scenario tries it"


def main():
    page = PAGE.read_text(encoding="utf-8")
    oracle = (ROOT / "tests/scenario/oracle.py").read_text(encoding="utf-8")
    words = re.findall(r"`([^`\n]+)`", page)
    found = [f"{PAGE.name}: {word}: {text}" for word in words if (text := wrong(word, oracle))]
    found += [f"{PAGE.name}: {text}" for text in wrong_tables(page)]
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
