"""A witness inside the plugins' own SQLite files: triggers that write down every change of a number's and a card's
state, and when a charge, a customer's file and a line came to be. What a look at the end cannot see (a number that
was free for a moment) is on record. It also makes a table refuse to be written, or to be read, where a scenario wants a step to fail.
"""

import contextlib
import sqlite3

import world

NOW = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
SEEN = ("CREATE TABLE IF NOT EXISTS seen (id INTEGER PRIMARY KEY, what TEXT, who TEXT, was TEXT, now TEXT, "
        "at_ms INTEGER)")


def on(event, table, who, was="''", now="''", when=""):
    name = f"seen_{table}_{event.split()[0].lower()}"
    return (f"CREATE TRIGGER IF NOT EXISTS {name} AFTER {event} ON {table} {when} BEGIN INSERT INTO seen "
            f"(what, who, was, now, at_ms) VALUES ('{table}', {who}, {was}, {now}, {NOW}); END")


STATE = "WHEN old.state <> new.state"
TRIGGERS = {
    "resource": [on("UPDATE OF state", "numbers", "new.msisdn", "old.state", "new.state", STATE),
                 on("UPDATE OF state", "cards", "new.iccid", "old.state", "new.state", STATE)],
    "charging": [on("INSERT", "charges", "new.instance", now="new.charge"),
                 on("UPDATE OF refunded_at_ms", "charges", "new.instance", "old.refunded_at_ms", "new.refunded_at_ms")],
    "customer": [on("INSERT", "customers", "new.made_by", now="new.customer"),
                 on("INSERT", "lines", "new.order_id", now="new.msisdn")],
}


class Witness:
    """One a host. Its triggers stay in the files over a restart; `sees` may be asked at any time."""

    def __init__(self, data):
        self._data = data
        for plugin, triggers in TRIGGERS.items():
            world.until(lambda plugin=plugin, triggers=triggers: self._enter(plugin, triggers),
                        text=f"the tables of {plugin}")

    def sees(self, plugin, what):
        """[(who, was, now, at_ms)], oldest first."""
        query = "SELECT who, was, now, at_ms FROM seen WHERE what = ? ORDER BY id"
        with contextlib.closing(self._open(plugin)) as database:
            return database.execute(query, (what,)).fetchall()

    def rows(self, plugin, query):
        with contextlib.closing(self._open(plugin)) as database:
            return database.execute(query).fetchall()

    def block(self, plugin, table, event="INSERT", when="1"):
        """From now on the table refuses to be written so."""
        self._do(plugin, f"CREATE TRIGGER blocked_{table} BEFORE {event} ON {table} WHEN {when} "
                         "BEGIN SELECT RAISE(ABORT, 'a disk that refuses'); END")

    def doubt(self, plugin, table, event="INSERT", when="1"):
        """From now on what writes into the table so learns at its commit that it failed, and cannot tell what is there."""
        self._do(plugin, "CREATE TABLE IF NOT EXISTS doubted_for (id INTEGER PRIMARY KEY)",
                 "CREATE TABLE IF NOT EXISTS doubted (id REFERENCES doubted_for (id) DEFERRABLE INITIALLY DEFERRED)",
                 f"CREATE TRIGGER blocked_{table} AFTER {event} ON {table} WHEN {when} "
                 "BEGIN INSERT INTO doubted VALUES (1); END")

    def free(self, plugin, table):
        self._do(plugin, f"DROP TRIGGER IF EXISTS blocked_{table}")

    def lose(self, plugin, table):
        """From now on the table cannot be read, until it is found again."""
        self._do(plugin, "PRAGMA legacy_alter_table = ON", f"ALTER TABLE {table} RENAME TO lost_{table}")

    def find(self, plugin, table):
        self._do(plugin, "PRAGMA legacy_alter_table = ON", f"ALTER TABLE lost_{table} RENAME TO {table}")

    def _enter(self, plugin, triggers):
        """False while the plugin, in a process of its own that is still being started, has not made its tables."""
        try:
            self._do(plugin, SEEN, *triggers)
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            return False
        return True

    def _open(self, plugin):
        return sqlite3.connect(self._data / f"{plugin}.db", timeout=20)

    def _do(self, plugin, *statements):
        with contextlib.closing(self._open(plugin)) as database, database:
            for statement in statements:
                database.execute(statement)
