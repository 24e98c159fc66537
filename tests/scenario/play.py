"""One scenario, played on a stage: its orders are sent, its events come, and what it expects is held against what is.

A scenario is a list of acts under "do"; each has one verb, and every text in it may name what went before in braces:
{id} the scenario's own customer, {other_id} somebody else, {new} a number asked for under "numbers", {line.msisdn} of
a line opened under "lines", {o.id} and {o.offers.numbers.0.msisdn} of an order's last answer.
"""

import json
import threading

import world
from likeness import DROP, Unmet, merge, unlike

BASE = {"open-account": lambda n: world.open_account(msisdn=n, customer__id_number="{id}"),
        "change-number": lambda n: world.change_number("{line.msisdn}", n, customer__id_number="{id}"),
        "replace-card": lambda n: world.replace_card("{line.msisdn}", customer__id_number="{id}")}
SNAPSHOT = {"resource": ["SELECT msisdn, state FROM numbers WHERE state NOT IN ('free', 'cooling')",
                         "SELECT iccid, state FROM cards WHERE state <> 'stocked'"],
            "line": ["SELECT msisdn, iccid, imsi, account, busy_by, last_swap_ms FROM lines"],
            "customer": ["SELECT customer, name FROM customers", "SELECT customer FROM drafts",
                         "SELECT order_id FROM lines"],
            "charging": ["SELECT charge FROM charges WHERE refunded_at_ms = 0",
                         "SELECT account FROM accounts WHERE state = 'open'"],
            "account": ["SELECT account, made_by FROM accounts", "SELECT order_id, account FROM account_lines"],
            "credit_profile": ["SELECT order_id, grade FROM assessments"]}


class Play:
    """Used once, by one thread. Errors: Unmet, and what the world throws."""

    def __init__(self, stage, scenario):
        self.stage, self.here, self.scenario = stage, stage.here, scenario
        self.names = {"id": stage.person(), "other_id": stage.person()}
        self.refusals, self.snapshots, self.marks = set(), {}, {}
        self.in_the_way, self.lost = [], []
        self.broken = {name: len(self.here.ledger(name, broken="True")) for name in ("payment", "network_element")}

    def run(self):
        for name, grade in self.scenario.get("numbers", {}).items():
            self.names[name] = self.stage.number(grade)
        for name, changes in self.scenario.get("lines", {}).items():
            self._act({"order": "open-account", "as": name, "with": changes, "answer": {"state": "completed"}})
            self.here.end(self.names[name]["id"])
            self.names[name] = {**self.names[name]["result"], "id": self.names[name]["id"]}
        try:
            for act in self.scenario["do"]:
                self._act(act)
        finally:
            self.stage.back_to_duty()
            for path in list(self.in_the_way):
                self._do_nofile(path)
            for plugin, table in list(self.lost):
                self._do_find(plugin, table)
            for plugin, table in self.scenario.get("blocks", {}).items():
                self.stage.witness.free(plugin, table)

    # what it does

    def _act(self, act):
        verb = next(iter(act))
        method = getattr(self, "_do_" + verb, None)
        if method is None:
            raise Unmet(f"no such act: {verb}")
        try:
            method(**{("name" if key in ("as", "is") else "given" if key == "with" else key): self._filled(value)
                      if key not in ("with", "as") or verb != "order" else value for key, value in act.items()})
        except Unmet as unmet:
            raise Unmet(f"{verb} {act[verb] if isinstance(act[verb], str) else ''}: {unmet}") from None

    def _do_order(self, order, name="o", given=None, key=None, wait=30, answer=None):
        body = self._body(order, given or {})
        self.snapshots[name] = self._snapshot()
        self.marks[name] = len(self._commands())
        status, found = self.here.send(body, order, key=key, wait=wait)
        self.names[name] = found
        self._hold({"status": 200 if wait else 202, **(answer or {})}, status, found)

    def _do_tell(self, tell, rule):
        self._system(tell).tell(rule)
        if tell == "network_element" and rule["do"] == "refuse":
            self.refusals.add((rule["match"]["command"], rule.get("retcode", 3001)))

    def _do_clear(self, clear):
        self._system(clear).behaviour.clear()

    def _do_down(self, down):
        self._system(down).down()

    def _do_up(self, up):
        self._system(up).up()

    def _do_wait(self, wait, until):
        order = self._id(wait)
        def there():
            self.names[wait] = self.here.get(order)
            return unlike(until, self.names[wait]) is None
        try:
            world.until(there)
        except AssertionError:
            raise Unmet(unlike(until, self.names[wait]) + f" (state {self.names[wait]['state']})") from None

    def _do_event(self, event, to, body, answer=None, wait=30):
        headers = {"Prefer": f"wait={wait}"} if wait else {}
        status, found = self.here.call("POST", f"/v1/instances/{self._id(to)}/events/{event}", body, headers)
        if status == 200:
            self.names[to] = found
        self._hold({"status": 200, **(answer or {})}, status, found)

    def _do_post(self, post, body=None, headers=None, answer=None):
        status, found = self.here.call("POST", post, body, headers)
        self._hold({"status": 202, **(answer or {})}, status, found)

    def _do_get(self, get, answer, name=None):
        status, found = self.here.call("GET", get)
        if name:
            self.names[name] = found
        self._hold({"status": 200, **answer}, status, found)

    def _do_receipt(self, receipt, given=None):
        orders = self.here.systems["network_element"].work_orders
        orders.command("release", {"correlation": self._id(receipt), "result": "done", **(given or {})})

    def _do_cancel(self, cancel, answer=None):
        self._do_post(f"/v1/instances/{self._id(cancel)}/cancel", answer=answer)

    def _do_retry(self, retry, answer=None):
        self._do_post(f"/v1/instances/{self._id(retry)}/retry", answer=answer)

    def _do_seen(self, seen, match):
        """Waits until a system has done this, and has kept its answer to itself."""
        def there():
            entries = self.here.ledger(seen, broken="True")[self.broken[seen]:]
            return [entry for entry in entries if unlike(match, entry["request"]) is None]
        world.until(there, text=f"{match} at {seen}")

    def _do_dead_letter(self, dead_letter, of, replay=True):
        """Waits for the notice of an order to be given up, or for an event nobody met; replayed, it is gone."""
        order = self._id(of) if of in self.names else of
        def mine():
            letters = self.here.call("GET", "/v1/dead-letters?limit=100")[1]["items"]
            return [one for one in letters if dead_letter in (one.get("step"), one.get("name")) and order in str(one)]
        try:
            letter = world.until(mine)[0]
        except AssertionError:
            raise Unmet("no such dead letter came") from None
        self.names["letter"] = letter
        if replay:
            self._do_post(f"/v1/dead-letters/{letter['id']}/replay")
            world.until(lambda: not mine(), text="the end of the dead letter")

    def _do_block(self, block, table, event="INSERT", when="1"):
        self.stage.witness.block(block, table, event, when)

    def _do_doubt(self, doubt, table, event="INSERT", when="1"):
        self.stage.witness.doubt(doubt, table, event, when)

    def _do_free(self, free, table):
        self.stage.witness.free(free, table)

    def _do_lose(self, lose, table):
        self.lost.append((lose, table))
        self.stage.witness.lose(lose, table)

    def _do_find(self, find, table):
        self.lost.remove((find, table))
        self.stage.witness.find(find, table)

    def _do_file(self, file):
        """A file where a folder is to be: whoever writes into it cannot."""
        self.in_the_way.append(file)
        path = self.here.data / file
        if path.exists():
            path.rename(path.with_name(path.name + ".away"))
        path.write_text("in the way", encoding="utf-8")

    def _do_nofile(self, nofile):
        self.in_the_way.remove(nofile)
        path = self.here.data / nofile
        path.unlink()
        away = path.with_name(path.name + ".away")
        if away.exists():
            away.rename(path)

    def _do_restart(self, restart):
        if restart == "kill":
            self.here.kill()
        elif self.here.stop() != 0:
            raise Unmet("SIGTERM did not end well")
        self.here.start()

    def _do_race(self, race, ends, code, winner="o", loser="lost"):
        """Many clients at the same moment. `race`: orders, or {"times", "order", "with"}."""
        if isinstance(race, dict):
            race = [race] * race["times"]
        bodies = [(one["order"], self._filled(self._body(one["order"], one.get("with", {})))) for one in race]
        gate, answers = threading.Barrier(len(bodies)), []
        def client(flow, body):
            gate.wait()
            answers.append(self.here.send(body, flow, wait=0)[1])
        clients = [threading.Thread(target=client, args=one) for one in bodies]
        for one in clients:
            one.start()
        for one in clients:
            one.join()
        found = [self.here.end(answer["id"]) for answer in answers]
        counted = {state: sum(one["state"] == state for one in found) for state in {one["state"] for one in found}}
        self._like(ends, counted)
        codes = {one["rejection"]["code"] for one in found if one["state"] == "rejected"}
        self._like([code], sorted(codes))
        self.names[winner] = next(one for one in found if one["state"] == "completed")
        self.names[loser] = next(one for one in found if one["state"] == "rejected")

    # what it expects

    def _do_see(self, see, clean=None, history=None, undone=None, network=None, work_orders=None, payment=None,
                books=None, credit=None, never=None, **wanted):
        order = self._id(see)
        if wanted.get("state", "completed") in world.ENDS:
            self.names[see] = self.here.end(order)
        else:
            self._do_wait(see, {"state": wanted["state"]})
        one = self.names[see]
        code = wanted.pop("code", None)
        self._like(wanted, one)
        if code is not None:
            self._like(code, (one["rejection"] or one["failure"] or one.get("held") or {}).get("code"), "code")
        self._history(one, history or [], undone, never or [])
        if network is not None:
            self._like(network, self._commands()[self.marks[see]:], "network")
        if work_orders is not None:
            self._like(work_orders, self._work_orders(order), "work_orders")
        if payment is not None:
            states = {key: one["state"] for key, one in self.here.systems["payment"].state().items()}
            self._like(payment, sorted(state for key, state in states.items() if key.startswith(order)), "payment")
        if credit is not None:
            asked = [e for e in self.here.ledger("credit") if (e["key"] or "").startswith(order)]
            self._like(credit, [entry["outcome"] for entry in asked], "credit")
        if books is not None:
            self._like(books, self._books(order), "books")
        undone_all = one["state"] in ("rejected", "failed", "cancelled") and see in self.snapshots
        if undone_all if clean is None else clean:
            before, after = self.snapshots[see], self._snapshot()
            changed = {name: (before[name], after[name]) for name in before if after[name] != before[name]}
            if changed:
                raise Unmet(f"something was left behind: {changed}")

    def _do_stock(self, stock):
        """{number or ICCID: state}"""
        for what, state in stock.items():
            table, column = ("numbers", "msisdn") if len(what) == 11 else ("cards", "iccid")
            found = self.stage.witness.rows("resource", f"SELECT state FROM {table} WHERE {column} = '{what}'")
            self._like(state, found[0][0] if found else None, what)

    def _do_line(self, line, given):
        """A line's own row."""
        columns = "msisdn, iccid, imsi, account, customer, product, tariff, busy_by"
        found = self.stage.witness.rows("line", f"SELECT {columns} FROM lines WHERE msisdn = '{line}'")
        self._like(given, dict(zip(columns.split(", "), found[0])) if found else None, "line")

    def _do_subscriber(self, subscriber, given):
        element = self.here.systems["network_element"].state()
        self._like(given, element["subscribers"].get("86" + subscriber), "subscriber")

    def _do_same(self, same):
        """Every text is the same."""
        if len(set(map(str, same))) != 1:
            raise Unmet(f"not the same: {same}")

    def _do_differ(self, differ):
        if len(set(map(str, differ))) != len(differ):
            raise Unmet(f"the same: {differ}")

    def _do_among(self, among, of, there=True):
        """Whether one word is in a list of objects, as any member."""
        if any(among in one.values() for one in of) != there:
            raise Unmet(f"it is {'not ' if there else ''}in {of}")

    def _do_sell(self, sell):
        """Tries to open a line on the number until it can be had: how long that takes is the oracle's to judge."""
        def sold():
            found = self.here.send(self._body("open-account", {"msisdn": sell}))[1]
            return found if found["state"] == "completed" else None
        self.names["sold"] = world.until(sold, text=f"the sale of {sell}")

    def _do_events(self, events, of, types, data=None):
        """What billing or 114 was told of an order."""
        entries = [e for e in self.here.applied(events) if e["key"].split("/")[0] == self._id(of)]
        self._like(types, sorted(e["request"]["type"].split(".", 1)[1] for e in entries), "types")
        for entry in entries:
            self._like(data or {}, entry["request"]["data"], "data")

    # how it looks

    def _history(self, one, history, undone, never):
        lines = [f"{entry['step']} {entry['state']}" for entry in one["history"]]
        at = 0
        for wanted in history:
            if wanted not in lines[at:]:
                raise Unmet(f"history has no {wanted!r} after its {at}. line: {lines}")
            at = lines.index(wanted, at) + 1
        for step in never:
            if any(entry["step"] == step for entry in one["history"]):
                raise Unmet(f"history has {step}: {lines}")
        if undone is not None:
            self._like(undone, [entry["step"] for entry in one["history"] if entry["state"] == "undone"], "undone")

    def _books(self, order):
        """{item: credit less debit}, and of what paid: debit less credit; what was reversed is 0."""
        sums = {}
        for row in self.here.finance():
            if row["order_id"] == order:
                sums[row["item"]] = sums.get(row["item"], 0) + int(row["credit_fen"]) - int(row["debit_fen"])
        return {item: -amount if item in ("cash", "card", "wallet", "receivable") else amount
                for item, amount in sums.items()}

    def _work_orders(self, order):
        entries = self.here.systems["network_element"].work_orders.ledger.entries(key=order, outcome="applied")
        return ["cancel" if entry["request"].get("command") == "cancel" else "place" for entry in entries]

    def _commands(self):
        return [entry["request"]["command"] for entry in self.here.applied("network_element")]

    def _snapshot(self):
        element = self.here.systems["network_element"].state()
        taken = {f"{plugin}: {query}": sorted(self.stage.witness.rows(plugin, query))
                 for plugin, queries in SNAPSHOT.items() for query in queries
                 if not any(plugin == lost and f" {table}" in query for lost, table in self.lost)}
        subscribers = {isdn: dict(one) for isdn, one in element["subscribers"].items()}
        return {**taken, "kis": element["kis"], "network": subscribers}

    def _body(self, flow, given):
        number = None if flow == "replace-card" else given.get("msisdn" if flow == "open-account" else "new_msisdn")
        base = BASE[flow](number or self.stage.number() if number != DROP else None)
        body = self._filled(merge(base, given))
        self._keep_secret(body)
        return body

    def _keep_secret(self, body):
        for one in (body.get("customer"), (body.get("customer") or {}).get("agent"), body.get("payment")):
            for name in ("id_number", "reference"):
                word = one.get(name) if isinstance(one, dict) else None
                if isinstance(word, str) and len(word) > 8:
                    self.stage.secrets.add(word)

    def _system(self, name):
        element = self.here.systems["network_element"]
        return element.work_orders if name == "work_orders" else self.here.systems[name]

    def _id(self, name):
        return self.names[name]["id"]

    def _hold(self, wanted, status, found):
        wanted = dict(wanted)
        if wanted.pop("status") != status:
            text = found.decode() if isinstance(found, bytes) else json.dumps(found, ensure_ascii=False)
            raise Unmet(f"status {status}: {text[:600]}")
        paths = wanted.pop("paths", None)
        if paths is not None:
            self._like(sorted(paths), sorted({error["path"] for error in found["errors"]}), "paths")
        self._like(wanted, found)

    @staticmethod
    def _like(wanted, found, where=""):
        difference = unlike(wanted, found, where)
        if difference:
            raise Unmet(difference)

    def _filled(self, value):
        if isinstance(value, dict):
            return {self._filled(name): self._filled(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._filled(one) for one in value]
        if not isinstance(value, str) or "{" not in value:
            return value
        if value[0] == "{" and value.find("}") == len(value) - 1:
            return self._named(value[1:-1])
        out = value
        while "{" in out:
            start, end = out.index("{"), out.index("}")
            out = out[:start] + str(self._named(out[start + 1:end])) + out[end + 1:]
        return out

    def _named(self, path):
        at = self.names
        for word in path.split("."):
            try:
                at = at[int(word)] if isinstance(at, list) else at[word]
            except (KeyError, IndexError, TypeError, ValueError):
                raise Unmet(f"nothing is called {{{path}}}") from None
        return at
