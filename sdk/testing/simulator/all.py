#!/usr/bin/env python3
"""All the simulators in one process, on the addresses the configuration expects.

  python3 sdk/testing/simulator/all.py [--config FILE.json]

The file: {"control": "127.0.0.1:7200", "ledgers": "DIR", "credit": {"listen": "127.0.0.1:7201", "behaviour": [...]},
"network_element": {"listen": …, "work_orders": …, "callback": …, …}, …}; what is left out has its default, and a
system set to false is not started. Prints one line of JSON for each.
"""

import argparse
import importlib.util
import json
import os
import pathlib
import sys

if __package__ in (None, ""):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from simulator.command_line import announce, control_face, wait_for_the_end  # noqa: E402

ADAPTERS = pathlib.Path(__file__).resolve().parents[3] / "adapters"
DEFAULTS = {
    "credit": {"listen": "127.0.0.1:7201"},
    "billing": {"listen": "127.0.0.1:7202"},
    "customer_service": {"listen": "127.0.0.1:7203"},
    "statistics": {"listen": "127.0.0.1:7204"},
    "network_element": {"listen": "127.0.0.1:7776", "work_orders": "127.0.0.1:7205"},
    "payment": {"listen": "127.0.0.1:7206"},
    "finance": {"directory": "var/finance"},
}


def load(name):
    """The module adapters/<name>/simulator.py, under a name of its own."""
    path = ADAPTERS / name / "simulator.py"
    spec = importlib.util.spec_from_file_location("simulator_of_" + name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def start(config):
    """{id: system} for every system of the configuration that is not false."""
    systems = {}
    ledgers = config.get("ledgers")
    if ledgers:
        os.makedirs(ledgers, exist_ok=True)
    for name, defaults in DEFAULTS.items():
        given = config.get(name, {})
        if given is False:
            continue
        settings = {**defaults, **given}
        rules = settings.pop("behaviour", [])
        if ledgers:
            settings.setdefault("ledger", os.path.join(ledgers, name + ".jsonl"))
        systems[name] = load(name).make(**settings)
        systems[name].tell(rules)
    return systems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", metavar="FILE", help="JSON, see above")
    given = parser.parse_args()
    config = {}
    if given.config:
        with open(given.config, encoding="utf-8") as stream:
            config = json.load(stream)
    unknown = set(config) - set(DEFAULTS) - {"control", "ledgers"}
    if unknown:
        sys.exit("%s: unknown: %s; known: control, ledgers, %s"
                 % (given.config, ", ".join(sorted(unknown)), ", ".join(DEFAULTS)))
    systems = start(config)
    told = dict(systems)
    if "network_element" in systems:
        told["work_orders"] = systems["network_element"].work_orders
    control = control_face(config.get("control", "127.0.0.1:7200"), told)
    for system in systems.values():
        announce(system, control)
    wait_for_the_end()


if __name__ == "__main__":
    main()
