#!/usr/bin/env python3
"""Plays every scenario under this folder against the real host, and asks the oracle after each.

  scenario_test.py [WORD ...]     only the scenarios whose path has one of the words

One line a scenario: its folder, what it is about, how long it took, and why it failed where it did. Ends 1 then, and
where all were played and something an order can meet was met by none (coverage.py).
"""

import concurrent.futures
import json
import pathlib
import sys
import time

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / "system")]

from coverage import Coverage  # noqa: E402
from likeness import Unmet  # noqa: E402
from play import Play  # noqa: E402
from stage import Stage  # noqa: E402

STAGES_AT_ONCE = 4
MEMBERS = {"title", "host", "numbers", "lines", "blocks", "do"}


def scenarios(words):
    """[(name, scenario)] of every scenario.json; a member nobody knows is refused."""
    found = []
    for path in sorted(FOLDER.glob("*/*/scenario.json")):
        name = str(path.parent.relative_to(FOLDER))
        if words and not any(word in name for word in words):
            continue
        scenario = json.loads(path.read_text(encoding="utf-8"))
        unknown = set(scenario) - MEMBERS
        if unknown or not {"title", "do"} <= set(scenario):
            sys.exit(f"{path}: unknown members {sorted(unknown)}, or no title or do")
        found.append((name, scenario))
    return found


def play(stage, name, scenario):
    """(name, title, what is wrong, seconds)"""
    began = time.monotonic()
    wrong, one = [], Play(stage, scenario)
    try:
        one.run()
    except (Unmet, AssertionError, OSError, KeyError, StopIteration) as error:
        wrong.append(f"{type(error).__name__}: {error}" if not isinstance(error, Unmet) else str(error))
    stage.refusals |= one.refusals
    try:
        wrong += stage.oracle.findings(stage.refusals)
    except Exception as error:  # pylint: disable=broad-except
        wrong.append(f"the oracle could not look: {type(error).__name__}: {error}")
    return name, scenario["title"], wrong, time.monotonic() - began


def play_all(host, batch, tell, coverage):
    results = []
    try:
        with Stage(host) as stage:
            for name, scenario in batch:
                results.append(play(stage, name, scenario))
                tell(*results[-1])
            coverage.saw(stage.here, stage.oracle.orders())
            if any(wrong for _, _, wrong, _ in results):
                print("---- the host's log, its end\n" + stage.here.log()[-2000:], flush=True)
    except Exception as error:  # pylint: disable=broad-except
        text = f"{type(error).__name__}: {error}"
        left = [(name, scenario["title"], f"no stage: {text}") for name, scenario in batch[len(results):]]
        for name, title, wrong in left or [(batch[-1][0], "the last on its host, which did not end well", text)]:
            results.append((name, title, [wrong], 0))
            tell(*results[-1])
    return results


def tell(name, title, wrong, seconds):
    print(f"{'FAILED' if wrong else 'ok'}  {name}: {title} ({seconds:.1f} s)", flush=True)
    for text in wrong:
        print(f"        {text}", flush=True)


def main():
    found = scenarios(sys.argv[1:])
    if not found:
        sys.exit("no scenario of that name")
    stages = {}
    for name, scenario in found:
        host = scenario.get("host", {})
        stages.setdefault(json.dumps(host, sort_keys=True), (host, []))[1].append((name, scenario))
    order = sorted(stages.values(), key=lambda one: -len(one[1]))
    began, coverage = time.monotonic(), Coverage()
    with concurrent.futures.ThreadPoolExecutor(STAGES_AT_ONCE) as pool:
        batches = [pool.submit(play_all, host, batch, tell, coverage) for host, batch in order]
        results = [result for batch in batches for result in batch.result()]
    failed = [name for name, _, wrong, _ in results if wrong]
    print(f"{len(found)} scenarios on {len(stages)} hosts in {time.monotonic() - began:.0f} s, {len(failed)} failed")
    for name in failed:
        print(f"  {name}")
    missed = [] if failed or sys.argv[1:] else list(coverage.findings())
    for text in missed:
        print(f"not tried: {text}")
    sys.exit(1 if failed or missed else 0)


if __name__ == "__main__":
    main()
