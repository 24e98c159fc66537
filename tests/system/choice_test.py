"""What an order leaves out is asked for, in one wait, with offers that fit; what cannot be had is offered again; and
nothing chosen within the hold is a cancelled order that leaves nothing."""

import unittest

import world
from counter import Counter
from effects import rows


def wish(**changes):
    return world.open_account(tariff=None, **changes)


class Choice(Counter):
    def product_of(self, msisdn):
        return rows(self.world, "line", f"SELECT product, tariff FROM lines WHERE msisdn='{msisdn}'")[0]

    def test_all_that_is_missing_is_asked_for_in_one_wait(self):
        answer = self.waits("open-account", wish(product=None, msisdn=None))
        offers = answer["offers"]
        self.assertTrue(offers["numbers"] and offers["products"] and offers["tariffs"], offers)
        self.assertEqual({grade for grade in ("normal", "silver", "gold")}, {one["grade"] for one in offers["numbers"]})
        self.assertTrue(all({"msisdn", "grade", "fee_fen"} <= set(one) for one in offers["numbers"]))
        self.assertTrue(all({"id", "name", "reason"} <= set(one) for one in offers["products"]))
        products = [one["id"] for one in offers["products"]]
        self.assertIn("gotone-3g", products, "it fits the USIM that was asked for")
        number = next(one for one in offers["numbers"] if one["grade"] == "silver")
        done = self.chooses(answer["id"], product="gotone-3g", tariff="gotone-3g-186", msisdn=number["msisdn"])
        result = self.ended(done["id"], "completed")["result"]
        self.assertEqual(result["msisdn"], number["msisdn"])
        self.assertEqual(self.product_of(result["msisdn"]), ("gotone-3g", "gotone-3g-186"))
        fees = {row["item"]: int(row["credit_fen"]) for row in self.books(answer["id"])}
        self.assertEqual((fees["open_fee"], fees["number_fee"]), (5000, 5000))
        waited = [one["id"] for one in self.world.call("GET", f"/v1/instances?msisdn={number['msisdn']}")[1]["items"]]
        self.assertEqual(waited, [answer["id"]], "the number chosen finds the order")

    def test_offers_fit_the_card_that_is_wanted(self):
        answer = self.waits("open-account", wish(product=None, msisdn=self.sold(), card={"type": "SIM"}))
        self.assertNotIn("gotone-3g", [one["id"] for one in answer["offers"]["products"]])
        self.assertFalse(answer["offers"].get("numbers"), "the number was named")
        self.ended(self.chooses(answer["id"], product="mzone")["id"], "completed")

    def test_only_the_number_is_left_out(self):
        answer = self.waits("open-account", wish(msisdn=None))
        number = answer["offers"]["numbers"][0]["msisdn"]
        done = self.ended(self.chooses(answer["id"], msisdn=number)["id"], "completed")
        self.assertEqual(done["result"]["msisdn"], number)

    def test_a_tariff_is_chosen_with_the_number(self):
        answer = self.waits("open-account", wish(msisdn=None))
        self.assertEqual([one["id"] for one in answer["offers"]["tariffs"]], ["easyown-home"])
        number = answer["offers"]["numbers"][0]["msisdn"]
        again = self.chooses(answer["id"], msisdn=number, tariff="gotone-58")
        self.assertEqual((again["state"], again["waiting_for"]), ("waiting", "choose"), "no tariff of this product")
        done = self.chooses(answer["id"], msisdn=number, tariff="easyown-home")
        self.ended(done["id"], "completed")
        self.assertEqual(self.product_of(number), ("easyown", "easyown-home"))

    def test_a_choice_that_cannot_be_had_is_offered_again(self):
        mine = self.line()
        for wrong in (mine["msisdn"], "13912345678", "13491234567"):
            answer = self.waits("open-account", wish(msisdn=None))
            again = self.chooses(answer["id"], msisdn=wrong)
            self.assertEqual((again["state"], again["waiting_for"]), ("waiting", "choose"), again)
            numbers = [one["msisdn"] for one in again["offers"]["numbers"]]
            self.assertNotIn(wrong, numbers)
            self.ended(self.chooses(answer["id"], msisdn=numbers[0])["id"], "completed")
        answer = self.waits("open-account", wish(product=None, msisdn=None))
        again = self.chooses(answer["id"], product="nothing", msisdn=answer["offers"]["numbers"][0]["msisdn"])
        self.assertEqual((again["state"], again["waiting_for"]), ("waiting", "choose"), again)
        self.assertTrue(again["offers"]["products"])
        self.ended(self.chooses(answer["id"], product="easyown")["id"], "completed")

    def test_one_offer_taken_by_two(self):
        first, second = (self.waits("open-account", wish(msisdn=None)) for _ in range(2))
        number = first["offers"]["numbers"][0]["msisdn"]
        self.ended(self.chooses(first["id"], msisdn=number)["id"], "completed")
        again = self.chooses(second["id"], msisdn=number)
        self.assertEqual(again["waiting_for"], "choose")
        self.ended(self.chooses(second["id"], msisdn=again["offers"]["numbers"][0]["msisdn"])["id"], "completed")

    def test_what_was_named_and_cannot_be_had_is_rejected(self):
        self.ends("open-account", wish(product="nothing"), "rejected", "PRODUCT_UNKNOWN")
        other = world.open_account(tariff="gotone-58", msisdn=self.sold())
        self.ends("open-account", other, "rejected", "PRODUCT_UNKNOWN")
        self.ends("open-account", wish(msisdn=self.line()["msisdn"]), "rejected", "NUMBER_TAKEN")

    def test_a_new_number_is_chosen(self):
        line = self.line()
        answer = self.waits("change-number", world.change_number(line["msisdn"]))
        self.assertTrue(answer["offers"]["numbers"])
        busy = self.ends("replace-card", world.replace_card(line["msisdn"]), "rejected", "LINE_BUSY")
        self.assertTrue(busy["rejection"]["text"])
        again = self.chooses(answer["id"], new_msisdn=line["msisdn"])
        self.assertEqual(again["waiting_for"], "choose", again)
        number = again["offers"]["numbers"][0]["msisdn"]
        done = self.ended(self.chooses(answer["id"], new_msisdn=number)["id"], "completed")
        self.assertEqual(done["result"]["msisdn"], number)

    def test_a_cancelled_wait_lets_go_of_the_line(self):
        line = self.line()
        before = self.all_there_is()
        answer = self.waits("change-number", world.change_number(line["msisdn"]))
        self.assertEqual(self.world.call("POST", f"/v1/instances/{answer['id']}/cancel")[0], 202)
        self.assert_nothing_left(before, self.ended(answer["id"], "cancelled"))
        status, _ = self.world.call("POST", f"/v1/instances/{answer['id']}/events/choose", {"new_msisdn": "1"})
        self.assertEqual(status, 409)

    def test_a_choice_survives_a_restart(self):
        answer = self.waits("open-account", wish(msisdn=None))
        self.assertEqual(self.world.stop(), 0)
        self.world.start()
        waiting = self.world.get(answer["id"])
        self.assertEqual((waiting["waiting_for"], waiting["offers"]), ("choose", answer["offers"]))
        number = answer["offers"]["numbers"][1]["msisdn"]
        self.ended(self.chooses(answer["id"], msisdn=number)["id"], "completed")


class ShortHold(Counter):
    settings = {"plugins.resource.hold": "300ms"}

    def test_nothing_chosen_within_the_hold(self):
        line = self.line()
        before = self.all_there_is()
        orders = {"open-account": wish(msisdn=None), "change-number": world.change_number(line["msisdn"])}
        for flow, order in orders.items():
            status, answer = self.world.send(order, flow)
            self.assertIn(answer["state"], ("waiting", "cancelled"), answer)
            self.assert_nothing_left(before, self.ended(answer["id"], "cancelled"))
        self.ends("change-number", world.change_number(line["msisdn"], self.sold()), "completed")

    def test_what_is_paid_does_not_run_out(self):
        orders = self.world.systems["network_element"].work_orders
        orders.tell({"do": "receipt", "mode": "done", "delay_ms": 800})
        msisdn = self.sold()
        status, answer = self.world.send(world.open_account(msisdn=msisdn), wait=0)
        waits = lambda: self.world.get(answer["id"])["waiting_for"] == "pending-completion"
        world.until(waits, text="the wait for the receipt")
        self.ends("open-account", world.open_account(msisdn=msisdn), "rejected", "NUMBER_TAKEN")
        self.ended(answer["id"], "completed")


if __name__ == "__main__":
    unittest.main()
