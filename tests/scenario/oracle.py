"""What must never happen, held against everything the systems, the plugins' tables and the host's own answers show.

It knows the rules from the business alone and shares no code with the host. Each check yields sentences; none is good.
"""

import collections
import datetime
import re

import world

BILLING = {"open-account": ["subscriber-opened"], "change-number": ["number-changed"],
           "replace-card": ["card-replaced"]}
SEEN_LATE_MS = 50  # the witness looks at the tables now and then: a change is seen after it was made
RECEIPT = "接收待竣工信息"
ID = re.compile("[0-9A-Z]{26}")
NUMBER_MOVES = {("free", "reserved"), ("reserved", "free"), ("reserved", "in use"), ("in use", "reserved"),
                ("in use", "changing"), ("changing", "in use"), ("changing", "cooling"), ("cooling", "changing"),
                ("cooling", "free"), ("cooling", "reserved"), ("cooling", "in use")}
CARD_MOVES = {("stocked", "reserved"), ("reserved", "stocked"), ("reserved", "bound"), ("bound", "reserved"),
              ("bound", "stocked"), ("bound", "active"), ("active", "bound"), ("active", "retired"), ("active", "lost"),
              ("retired", "active"), ("lost", "active")}


def milliseconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000


def lines_by_order(lines):
    """How many of the lines name an order, by its id."""
    return collections.Counter(order for line in lines for order in set(ID.findall(line)))


def more_than_once(things):
    return [one for one, times in collections.Counter(things).items() if times > 1]


class Oracle:
    """One a host: told of the secrets that were used, asked after every scenario. Not thread-safe."""

    def __init__(self, here, witness, secrets, cooling_ms):
        self._here, self._witness, self._secrets, self._cooling_ms = here, witness, secrets, cooling_ms
        self._ended, self._read_log, self._seen_through = {}, 0, set()
        self._orders, self._letters, self._told = {}, [], set()

    def findings(self, refusals):
        """All that is wrong and was not told before. `refusals`: {(command, RETCODE)} the network was told to give."""
        self._orders = self._all_orders()
        self._letters = self._here.call("GET", "/v1/dead-letters?limit=100")[1]["items"]
        checks = (self.one_line_each, self.charged_is_active_or_refunded, self.active_is_billed, self.everybody_told,
                  self.old_numbers, self.no_state_out_of_order, self.real_after_the_fee, self.one_effect_a_key,
                  self.never_sent_blindly, self.completed_after_the_receipt, self.no_secret_told, self.books_balance,
                  self.every_end_counted, self.nothing_owed, self.told_in_chinese)
        found = []
        for check in checks:
            more = check(refusals) if check == self.never_sent_blindly else check()
            found += [f"{check.__name__}: {text}" for text in more]
        fresh = [text for text in found if text not in self._told]
        self._told.update(fresh)
        return fresh

    def orders(self):
        """Every order the host has had, as it stands now."""
        return list(self._all_orders().values())

    def _all_orders(self):
        orders, after = {}, ""
        while after is not None:
            page = self._here.call("GET", f"/v1/instances?limit=100{after}")[1]
            for item in page["items"]:
                if item["id"] not in self._ended:
                    answer = self._here.get(item["id"])
                    orders[item["id"]] = answer
                    if answer["state"] in world.ENDS and all(one["state"] != "queued" for one in answer["history"]):
                        self._ended[item["id"]] = answer
            after = f"&after={page['next']}" if page["next"] else None
        return {**self._ended, **orders}

    def _completed(self):
        return [one for one in self._orders.values() if one["state"] == "completed"]

    def _undone(self):
        return [one for one in self._orders.values() if one["state"] in ("rejected", "failed", "cancelled")]

    def _open(self):
        return [one for one in self._orders.values() if one["state"] not in world.ENDS]

    def _owes(self, order, step):
        """Whether a dead letter says that this notice is still to be delivered."""
        return any(letter.get("step") == step and order in str(letter) for letter in self._letters)

    def one_line_each(self):
        element = self._here.systems["network_element"].state()
        imsis = [one["imsi"] for one in element["subscribers"].values()]
        if len(set(imsis)) != len(imsis):
            yield f"one card on two numbers in the network: {sorted(imsis)}"
        lines = self._witness.rows("line", "SELECT msisdn, iccid, imsi FROM lines")
        for column in range(3):
            if len({line[column] for line in lines}) != len(lines):
                yield f"column {column} of the lines is not unique"
        numbers = dict(self._witness.rows("resource", "SELECT msisdn, state FROM numbers"))
        cards = dict(self._witness.rows("resource", "SELECT iccid, state FROM cards"))
        if self._open():
            return  # the rest holds once every order has ended
        network = {(isdn[2:], one["imsi"]) for isdn, one in element["subscribers"].items()}
        if network != {(msisdn, imsi) for msisdn, _, imsi in lines}:
            yield f"network and lines differ: {network ^ {(m, i) for m, _, i in lines}}"
        if sorted(element["kis"]) != sorted(imsi for _, _, imsi in lines):
            yield f"KIs without a line, or lines without a KI: {set(element['kis']) ^ {i for _, _, i in lines}}"
        if {number for number, state in numbers.items() if state == "in use"} != {line[0] for line in lines}:
            yield "the numbers in use are not those of the lines"
        if {card for card, state in cards.items() if state == "active"} != {line[1] for line in lines}:
            yield "the active cards are not those of the lines"
        for state in ("reserved", "changing"):
            if state in numbers.values():
                yield f"a number is {state}, and no order is under way"
        if {"reserved", "bound"} & set(cards.values()):
            yield "a card is reserved or bound, and no order is under way"

    def charged_is_active_or_refunded(self):
        charges = self._witness.rows("charging", "SELECT instance, refunded_at_ms FROM charges")
        kept = [order for order, refunded_ms in charges if refunded_ms == 0]
        if len(set(kept)) != len(kept):
            yield f"charged twice: {sorted(kept)}"
        for order in kept:
            if self._orders[order]["state"] in ("rejected", "failed", "cancelled"):
                yield f"{order} is {self._orders[order]['state']}, charged, and not refunded"
        for one in self._completed():
            if one["id"] not in kept:
                yield f"{one['id']} is completed and not charged"
        for key, payment in self._here.systems["payment"].state().items():
            state = self._orders[key.split("/")[0]]["state"]
            if payment["state"] == "captured" and state in ("rejected", "failed", "cancelled"):
                yield f"{key} is captured, and its order {state}"
            if payment["state"] != "captured" and state == "completed":
                yield f"{key} is {payment['state']}, and its order completed"

    def active_is_billed(self):
        told = {}
        for entry in self._here.applied("billing"):
            told.setdefault(entry["key"].split("/")[0], []).append(entry["request"])
        for one in self._completed():
            wanted = ["jackfield.billing." + word for word in BILLING[one["flow"]]]
            swapped = any(entry["step"] == "network_element.replace_card" for entry in one["history"])
            if one["flow"] == "change-number" and swapped:
                wanted = ["jackfield.billing.card-replaced"] + wanted
            events = told.pop(one["id"], [])
            if sorted(event["type"] for event in events) != wanted and not self._owes(one["id"], "billing.notify"):
                yield f"{one['id']} is active and billed as {[event['type'] for event in events]}, expected {wanted}"
            if any(event["msisdn"] != one["result"]["msisdn"] for event in events):
                yield f"{one['id']} is billed on another number"
        for order in set(told) - {one["id"] for one in self._open()}:
            yield f"{order} is {self._orders[order]['state']}, and billing was told"

    def everybody_told(self):
        told = {}
        for entry in self._here.applied("customer_service"):
            told.setdefault(entry["key"].split("/")[0], []).append(entry["request"]["type"].rsplit(".", 1)[1])
        messages, journal = (lines_by_order(self._here.lines(logs)) for logs in ("messages/*.log", "operators/*.log"))
        for one in self._orders.values():
            if one["state"] not in world.ENDS:
                continue
            owed = lambda step: self._owes(one["id"], step)
            listed = (one["rejection"] or {}).get("code") == "BLACKLISTED"
            wanted = {"completed": ["callback-requested", "order-completed"]}.get(
                one["state"], ["blacklist-alert"] if listed else [])
            if sorted(told.get(one["id"], [])) != wanted and not owed("customer_service.notify") \
                    and not owed("customer_service.callback") and not owed("customer_service.alert"):
                yield f"{one['id']}: 114 was told {told.get(one['id'])}, expected {wanted}"
            count = messages[one["id"]]
            if count != int(bool(wanted)) and not owed("customer.notify"):
                yield f"{one['id']} is {one['state']}, and the customer has {count} messages"
            count = journal[one["id"]]
            if count != 1 and not owed("operator.log"):
                yield f"{one['id']} has {count} lines in the operators' log"
            for document in (one["result"] or {}).get("documents", []):
                if not (self._here.data / document).read_bytes().startswith(b"%PDF-"):
                    yield f"{document} is no PDF"

    def old_numbers(self):
        """An old number cools from the moment the new one is confirmed, and is not free before that is over."""
        confirmed = {}
        for entry in self._here.applied("network_element"):
            request = entry["request"]
            if request["command"] == "MOD ISDN":
                confirmed.setdefault(request["msisdn"], []).append(milliseconds(entry["time"]))
        cooled = {}
        for number, was, now, at_ms in self._witness.sees("resource", "numbers"):
            if now == "cooling":
                cooled[number] = at_ms
                if not any(time <= at_ms + 1 for time in confirmed.get(number, [])):
                    yield f"{number} was let go before the network had the new number"
            if now == "free" and was in ("changing", "in use"):
                yield f"{number} was free without cooling"
            if was == "cooling" and now in ("free", "reserved") and at_ms + SEEN_LATE_MS < cooled[number] + self._cooling_ms:
                yield f"{number} cooled for {at_ms - cooled[number]} ms, expected {self._cooling_ms}"
        until = dict(self._witness.rows("resource", "SELECT msisdn, until_ms FROM numbers WHERE state = 'cooling'"))
        for number, until_ms in until.items():
            if until_ms < cooled[number] + self._cooling_ms - 60_000 and self._cooling_ms > 60_000:
                yield f"{number} is to cool until {until_ms}, that is too soon"

    def no_state_out_of_order(self):
        for table, moves in (("numbers", NUMBER_MOVES), ("cards", CARD_MOVES)):
            for who, was, now, _ in self._witness.sees("resource", table):
                if (was, now) not in moves:
                    yield f"{who} went from {was} to {now}"

    def real_after_the_fee(self):
        charged = {}
        for order, was, now, at_ms in self._witness.sees("charging", "charges"):
            if was == "":
                charged.setdefault(order, at_ms)
        for table in ("customers", "lines"):
            for order, _, _, at_ms in self._witness.sees("customer", table):
                if order not in charged or charged[order] > at_ms:
                    yield f"{order}: customer data ({table}) was real before the fee"

    def one_effect_a_key(self):
        for system in ("credit", "billing", "customer_service", "statistics", "finance"):
            keys = [entry["key"] for entry in self._here.applied(system)]
            yield from (f"{system} did {key} twice" for key in more_than_once(keys))
        paid = [(entry["key"], entry["request"]["do"]) for entry in self._here.applied("payment")]
        yield from (f"payment did {one} twice" for one in more_than_once(paid))
        orders = self._here.systems["network_element"].work_orders.ledger.entries(outcome="applied")
        done = [(entry["key"], entry["request"].get("command")) for entry in orders]
        yield from (f"the work orders did {one} twice" for one in more_than_once(done))
        for system in [*self._here.systems.values(), self._here.systems["network_element"].work_orders]:
            yield from (f"{system.id}: {entry.get('text')} {entry['request']}"
                        for entry in system.ledger.entries(outcome="violation"))

    def never_sent_blindly(self, told):
        """A refusal nobody told the network to give: the command's effect was there already, or its ground was not.

        Nobody's fault is one whose command crossed itself: sent over one session, held up on its way, and sent again
        over another that had asked first and was told that it is not there.
        """
        entries = self._here.ledger("network_element")
        for entry in entries:
            if entry["outcome"] != "refused":
                continue
            command, code = entry["request"]["command"], entry["retcode"]
            if (command, code) not in told and code not in (1001, 4001) and not self._crossed(entry, entries):
                yield f"{entry['request']['text']} was refused with {code}"

    @staticmethod
    def _crossed(refused, entries):
        def same(one, name):
            return one["request"].get(name) and one["request"][name] == refused["request"].get(name)

        def was_told_it_is_not_there(second, applied):
            """Whether it had asked over its own session before the change was made."""
            session = second["request"]["session"]
            asked = [one for one in entries[:entries.index(applied)]
                     if one["request"]["command"].startswith("LST") and one["request"]["session"] == session]
            return any(same(one, "imsi") or same(one, "msisdn") for one in asked)
        others = [one for one in entries if one["outcome"] == "applied" and same(one, "text")
                  and one["request"]["session"] != refused["request"]["session"]]
        return any(was_told_it_is_not_there(max(one, refused, key=lambda each: each["request"]["session"]), one)
                   for one in others)

    def completed_after_the_receipt(self):
        orders = self._here.systems["network_element"].work_orders.ledger.entries()
        received = {entry["key"] for entry in orders if entry["request"].get("receipt", {}).get("result") == "done"}
        for one in self._completed():
            names = [entry["name"] for entry in one["history"] if entry["state"] == "done"]
            phases = [entry["phase"] for entry in one["history"] if entry["state"] == "done"]
            if RECEIPT not in names or one["id"] not in received:
                yield f"{one['id']} is completed without a receipt"
            elif "completion" in phases[:names.index(RECEIPT)]:
                yield f"{one['id']} was being completed before its receipt came"

    def no_secret_told(self):
        """No Ki, identity or payment reference in the log, the metrics, the logs of the plugins or an answer."""
        path = self._here.directory / "host.log"
        with open(path, "rb") as log:
            log.seek(self._read_log)
            text = log.read().decode("utf-8", "replace")
            self._read_log = log.tell()
        lists = ("/metrics", "/v1/instances?limit=100", "/v1/plugins")
        asked = {path: str(self._here.call("GET", path)[1]) for path in lists}
        fresh = [one for name, one in self._orders.items() if name not in self._seen_through]
        self._seen_through.update(self._ended)
        shown = {"the log": text, **asked, "the answers": str(fresh), "the dead letters": str(self._letters),
                 "the operators' log": "\n".join(self._here.lines("operators/*.log")),
                 "the messages": "\n".join(self._here.lines("messages/*.log"))}
        for letter in self._letters:
            shown["a dead letter"] = str(self._here.call("GET", f"/v1/dead-letters/{letter['id']}")[1])
        for place, text in shown.items():
            for secret in self._secrets.found(text):
                yield f"{place} shows {secret[:4]}…"

    def books_balance(self):
        books = {}
        for row in self._here.finance():
            books.setdefault(row["order_id"], []).append(row)
        for order, rows in books.items():
            debit, credit = (sum(int(row[side]) for row in rows) for side in ("debit_fen", "credit_fen"))
            if debit != credit:
                yield f"{order}: debits {debit}, credits {credit}"
        for one in self._undone():
            left = {}
            for row in books.get(one["id"], []):
                key = (row["account"], row["item"])
                left[key] = left.get(key, 0) + int(row["debit_fen"]) - int(row["credit_fen"])
            if any(left.values()):
                yield f"{one['id']} is {one['state']}, and the books keep {left}"
        for one in self._completed():
            rows = [row for row in books.get(one["id"], []) if not row["item"].startswith("discount")]
            paid = sum(int(row["debit_fen"]) for row in rows)
            if paid != one["result"]["fee_fen"] and not self._owes(one["id"], "finance.notify"):
                yield f"{one['id']} costs {one['result']['fee_fen']}, and the books have {paid}"

    def every_end_counted(self):
        points = [entry["request"] for entry in self._here.ledger("statistics") if entry["outcome"] == "applied"]
        counted = {point["order"]: point for point in points}
        ended = {one["id"]: one for one in self._orders.values() if one["state"] in world.ENDS}
        owed = {order for order in ended if self._owes(order, "statistics.feed")}
        if set(counted) != set(ended) - owed:
            yield f"counted and ended differ: {set(counted) ^ (set(ended) - owed)}"
        for order, point in counted.items():
            one = ended.get(order)
            if one and (point["service"], point["outcome"]) != (one["flow"], one["state"]):
                yield f"{order} is counted as {point['service']} {point['outcome']}"

    def told_in_chinese(self):
        for one in self._orders.values():
            text = (one["rejection"] or {}).get("text", "")
            if one["rejection"] and (not re.search("[\u4e00-\u9fff]", text) or any(flow in text for flow in BILLING)):
                yield f"{one['id']}: the customer is told {one['rejection']['text']!r} of {one['rejection']['code']}"

    def nothing_owed(self):
        """Every notice is delivered in the end: a scenario that lets one be given up replays it."""
        for letter in self._letters:
            if letter.get("step"):
                yield f"a dead letter was left: {letter['step']} of {letter}"


class Secrets:
    """Ki of every card, identities and payment references that orders carried."""

    def __init__(self):
        self._kis, self._words = set(), set()

    def add_ki(self, ki):
        self._kis.add(ki.upper())

    def add(self, word):
        self._words.add(word)

    def found(self, text):
        yield from (word for word in self._words if word in text)
        yield from (word for word in re.findall(r"[0-9A-Fa-f]{32}", text) if word.upper() in self._kis)
