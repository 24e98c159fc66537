"""What an order has left behind in the world, held against what it should have."""

import json
import sqlite3


def rows(world, plugin, query):
    """A plugin's own table, read from its SQLite file."""
    with sqlite3.connect(f"file:{world.data}/{plugin}.db?mode=ro", uri=True) as database:
        return database.execute(query).fetchall()


def count_by_key(entries):
    counts = {}
    for entry in entries:
        counts[entry["key"]] = counts.get(entry["key"], 0) + 1
    return counts


def assert_opened_once(test, world, instance):
    """Every effect of one completed 开户 is there, each once."""
    order = instance["id"]
    result = instance["result"]
    msisdn, imsi = result["msisdn"], result["imsi"]

    element = [e for e in world.ledger("network_element") if e["outcome"] == "applied"]
    commands = [e["request"]["command"] for e in element if e["request"]["imsi"] == imsi or e["request"]["msisdn"] == msisdn]
    test.assertEqual(commands, ["ADD KI", "ADD TPLSUB"], "one KI and one subscriber in the network")

    orders = [e for e in world.systems["network_element"].work_orders.ledger.entries() if e["outcome"] == "applied"]
    mine = [e for e in orders if e["key"] == order]
    test.assertEqual(len(mine), 1, f"one work order: {orders}")

    def mine_of(system):
        return [e for e in world.applied(system) if e["key"].split("/")[0] == order]

    credit = mine_of("credit")
    test.assertEqual({e["key"] for e in credit}, {f"{order}/credit.check"}, "credit was asked under one key")

    test.assertEqual(count_by_key(mine_of("billing")), {f"{order}/billing.notify": 1})
    told = mine_of("customer_service")
    test.assertEqual(sorted(e["request"]["type"].rsplit(".", 1)[1] for e in told), ["callback-requested", "order-completed"])
    test.assertEqual(max(count_by_key(told).values()), 1)
    for system in ("billing", "customer_service"):
        wrong = [e for e in world.ledger(system) if e["outcome"] == "violation"]
        test.assertEqual(wrong, [], "an event told again is the same, its time as well")

    points = {json.dumps(e["request"], sort_keys=True, default=str) for e in world.ledger("statistics")
              if e["key"] == order and e["outcome"] in ("applied", "duplicate")}
    test.assertEqual(len(points), 1, "writing the point again changes nothing: one point")

    books = [row for row in world.finance() if row["order_id"] == order]
    test.assertEqual(len(books), len({row["entry_id"] for row in books}), "the same entry never twice")
    debit = sum(int(row["debit_fen"]) for row in books)
    test.assertEqual(debit, sum(int(row["credit_fen"]) for row in books), "debits equal credits")
    test.assertEqual(debit, result["fee_fen"])

    for document in result["documents"]:
        data = (world.data / document).read_bytes()
        test.assertTrue(data.startswith(b"%PDF-"), document)

    log = [line for line in world.lines("operators/*.log") if order in line]
    test.assertEqual(len(log), 1, "one line in the operator's log")
    messages = [line for line in world.lines("messages/*.log") if order in line]
    test.assertEqual(len(messages), 1, "one message to the customer")

    steps = [line["step"] for line in instance["history"] if line["state"] == "done"]
    test.assertEqual(len(steps), len(set(steps)), f"no step twice in the history: {steps}")
