"""The money: cards and wallets through the gateway, deposits, discounts, the line's own account, one bill for several
lines (合帐) and items on several accounts (分帐)."""

import unittest

import world
from counter import Counter

CARD = {"method": "card", "reference": "4111-1111-1111-1111"}


class Gateway(Counter):
    @classmethod
    def setUpClass(cls):
        cls.world = world.World({"plugins.customer.line_cap": 1000, "adapters.payment.timeout": "500ms",
                                 "adapters.payment.retries": 2, "adapters.payment.backoff": "10ms..50ms"}).__enter__()
        cls.gateway = cls.world.systems["payment"]
        cls.world.settings["adapters.payment.url"] = cls.gateway.addresses()["url"]
        cls.world.start()

    def payments(self, instance, state=None):
        """What the gateway has of an order: {key: state}."""
        return {key: one["state"] for key, one in self.gateway.state().items() if key.startswith(instance)}

    def posts(self, instance):
        return [e["request"]["do"] for e in self.gateway.ledger.entries()
                if e["key"] and e["key"].startswith(instance) and e["outcome"] == "applied"]

    def test_a_card_and_a_wallet_are_captured_once(self):
        for method in ("card", "wallet"):
            order = world.open_account(msisdn=self.sold(), payment={**CARD, "method": method})
            instance = self.ends("open-account", order, "completed")
            key = instance["id"] + "/payment.capture"
            self.assertEqual(self.payments(instance["id"]), {key: "captured"})
            self.assertEqual(self.gateway.state()[key]["amount_fen"], instance["result"]["fee_fen"])
            self.assertIn(method, {row["item"] for row in self.books(instance["id"])})
        self.assertNotIn(CARD["reference"], self.world.log())

    def test_cash_needs_no_gateway(self):
        instance = self.ends("open-account", world.open_account(msisdn=self.sold()), "completed")
        self.assertEqual(self.payments(instance["id"]), {})

    def test_the_other_services_pay_by_card_too(self):
        line, new = self.line(), self.sold()
        changed = self.ends("change-number", world.change_number(line["msisdn"], new, payment=CARD), "completed")
        swapped = self.ends("replace-card", world.replace_card(new, payment=CARD), "completed")
        for instance, fee_fen in ((changed, 2000), (swapped, 1500)):
            self.assertEqual(self.gateway.state()[instance["id"] + "/payment.capture"]["amount_fen"], fee_fen)

    def test_declined_is_rejected_and_undone(self):
        line = self.line()
        before = self.all_there_is()
        for flow, order in (("open-account", world.open_account(msisdn=self.sold(), payment=CARD)),
                            ("change-number", world.change_number(line["msisdn"], self.sold(), payment=CARD)),
                            ("replace-card", world.replace_card(line["msisdn"], payment=CARD))):
            with self.subTest(flow):
                self.gateway.tell({"do": "refuse", "times": 1, "match": {"do": "capture"}})
                instance = self.ends(flow, order, "rejected", "PAYMENT_DECLINED")
                self.assert_nothing_left(before, instance)
                self.assertEqual(set(self.payments(instance["id"]).values()), {"declined"})

    def test_undone_after_the_payment_is_refunded_once(self):
        before = self.all_there_is()
        self.world.systems["network_element"].work_orders.tell({"do": "receipt", "mode": "failed"})
        order = world.open_account(msisdn=self.sold(), payment=CARD)
        instance = self.ends("open-account", order, "failed", "RECEIPT_FAILED")
        self.assertEqual(self.posts(instance["id"]), ["capture", "refund"])
        self.assertEqual(set(self.payments(instance["id"]).values()), {"refunded"})
        self.assert_nothing_left(before, instance)

    def test_an_answer_that_is_lost_is_asked_for_by_key(self):
        self.gateway.tell({"do": "break", "times": 1, "match": {"do": "capture"}})
        instance = self.ends("open-account", world.open_account(msisdn=self.sold(), payment=CARD), "completed")
        self.assertEqual(self.posts(instance["id"]), ["capture"])

    def test_still_unknown_is_held_and_a_retry_goes_on(self):
        self.gateway.tell({"do": "break", "times": 1, "match": {"do": "capture"}})
        self.gateway.tell({"do": "drop", "match": {"do": "ask"}})
        status, answer = self.world.send(world.open_account(msisdn=self.sold(), payment=CARD), wait=0)
        self.assertEqual(status, 202)
        world.until(lambda: self.world.get(answer["id"])["state"] == "held", text="held")
        self.assertEqual(self.posts(answer["id"]), ["capture"])
        self.gateway.behaviour.clear()
        self.assertEqual(self.world.call("POST", f"/v1/instances/{answer['id']}/retry")[0], 202)
        self.ended(answer["id"], "completed")
        self.assertEqual(self.posts(answer["id"]), ["capture"], "never paid twice")

    def test_a_gateway_that_is_gone_holds_the_order_until_it_can_be_asked(self):
        self.gateway.down()
        status, answer = self.world.send(world.open_account(msisdn=self.sold(), payment=CARD), wait=0)
        self.assertEqual(status, 202)
        world.until(lambda: self.world.get(answer["id"])["state"] == "held", text="held")
        self.gateway.up()
        self.assertEqual(self.world.call("POST", f"/v1/instances/{answer['id']}/retry")[0], 202)
        self.ended(answer["id"], "completed")
        self.assertEqual(self.posts(answer["id"]), ["capture"])


class Fees(Counter):
    settings = {"plugins.product.catalog": "data/prices.yaml"}

    @classmethod
    def setUpClass(cls):
        def prices(config):
            text = (config / "data/catalog.yaml").read_text(encoding="utf-8")
            half = "  - {id: web-day, name: 网上办理优惠, channels: [web], percent: 50}\n"
            text = text.replace("discounts:\n", "discounts:\n" + half)
            text = text.replace("replace-card: {fee_fen: 1500}", "replace-card: {fee_fen: 1701}")
            (config / "data/prices.yaml").write_text(text, encoding="utf-8")
        cls.world = world.World({"plugins.customer.line_cap": 1000, **cls.settings}, config=prices).__enter__()
        cls.world.start()

    def test_a_discount_of_the_channel(self):
        line = self.line()
        web = self.ends("change-number", world.change_number(line["msisdn"], self.sold("silver")), "completed")
        self.assertEqual(web["result"]["fee_fen"], 3500)
        discount, = [row for row in self.books(web["id"]) if row["item"] == "discount:web-day"]
        self.assertEqual(int(discount["debit_fen"]), 3500)
        desk = world.replace_card(web["result"]["msisdn"], channel="customer-service")
        fee_fen = self.ends("replace-card", desk, "completed")["result"]["fee_fen"]
        self.assertEqual(fee_fen, 1701, "the prices are read where the products are")

    def test_half_a_fen_is_rounded_up(self):
        line = self.line()
        instance = self.ends("replace-card", world.replace_card(line["msisdn"]), "completed")
        self.assertEqual(instance["result"]["fee_fen"], 850)  # 1701 less 850.5

    def test_a_deposit_is_added_and_never_discounted(self):
        answer = {"grade": "D", "blacklisted": False, "arrears_fen": 0, "deposit_fen": 20000}
        self.world.systems["credit"].tell({"do": "refuse", "status": 200, "times": 1, "body": answer})
        instance = self.ends("open-account", world.open_account(msisdn=self.sold()), "completed")
        books = {row["item"]: int(row["credit_fen"]) for row in self.books(instance["id"])}
        self.assertEqual(books["deposit"], 20000)
        self.assertGreaterEqual(instance["result"]["fee_fen"], 20000)

    def test_one_bill_for_two_lines_and_items_on_two_accounts(self):
        first = self.line()
        joined = self.line(account={"mode": "join", "join": first["account"]})
        self.assertEqual(joined["account"], first["account"])
        parts = [{"item": "number_fee", "account": first["account"]}]
        order = world.open_account(msisdn=self.sold("silver"), product="gotone-88",
                                   account={"mode": "split", "split": parts})
        split = self.ends("open-account", order, "completed")
        self.assertNotEqual(split["result"]["account"], first["account"])
        paid = {row["item"]: row["account"] for row in self.books(split["id"])}
        self.assertEqual((paid["number_fee"], paid["open_fee"]), (first["account"], split["result"]["account"]))
        before = self.all_there_is()
        order = world.open_account(msisdn=self.sold(), account={"mode": "join", "join": "A999999999999"})
        self.assert_nothing_left(before, self.ends("open-account", order, "rejected", "ACCOUNT_UNKNOWN"))

    def test_billed_later_on_the_account(self):
        line = self.line()
        order = world.replace_card(line["msisdn"], payment={"method": "account"})
        instance = self.ends("replace-card", order, "completed")
        self.assertEqual({row["account"] for row in self.books(instance["id"])}, {line["account"]})


if __name__ == "__main__":
    unittest.main()
