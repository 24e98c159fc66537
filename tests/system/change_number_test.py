"""改号 from outside: with and without another card, what is refused, and how it is all taken back."""

import threading
import time
import unittest

import world
from counter import Counter
from effects import rows

BOXES = """通过接口提交业务请求;访问系统(客服、网站、营业厅等)
此接口、此时是否允许办理此业务?
提供用户欢迎界面
用户行为分析管理
获得客户号码、卡信息
产品资源配置及预占
资源及产品能否满足客户的要求?
客户身份判断
客户信用检查
黑名单用户
资费优惠推介
费用计算
合帐、分帐、收费
打印单据
网元、工单等管理系统
开通新号码、释放旧号码
接收待竣工信息
114客服通知
计费通知
财务通知
给实时统计信息
操作人员工作日志
通知客户,业务完成
归档、底单扫描
业务回访(客服系统)""".splitlines()
DAY_MS = 24 * 3600 * 1000


class ChangeNumber(Counter):
    def changes(self, order, state="completed", code=None):
        return self.ends("change-number", order, state, code)

    def test_every_box_every_effect_once(self):
        line, new = self.line(), self.sold("silver")
        at = len(self.network())
        instance = self.changes(world.change_number(line["msisdn"], new))
        names = [entry["name"] for entry in instance["history"]]
        self.assertEqual([box for box in BOXES if box not in names], [])
        phases = {entry["phase"] for entry in instance["history"]}
        self.assertEqual(phases, {"acceptance", "construction", "completion"})
        result = instance["result"]
        expected = {**line, "msisdn": new, "fee_fen": 2000 + 5000, "documents": result["documents"]}
        self.assertEqual(result, expected)
        self.assertEqual([c["command"] for c in self.network()[at:]], ["MOD ISDN"])
        self.assertEqual(self.world.systems["network_element"].state()["subscribers"]["86" + new]["imsi"], line["imsi"])
        self.assert_told_everybody(instance, "change-number", new, ["number-changed"])
        event, = [e["request"] for e in self.world.applied("billing") if e["key"] == instance["id"] + "/billing.notify"]
        self.assertEqual((event["data"]["old_msisdn"], event["data"]["new_msisdn"]), (line["msisdn"], new))

        query = f"SELECT state, until_ms FROM numbers WHERE msisdn='{line['msisdn']}'"
        (state, until_ms), = rows(self.world, "resource", query)
        self.assertEqual(state, "cooling")
        self.assertGreater(until_ms, (time.time() - 600) * 1000 + 90 * DAY_MS)
        self.assertEqual(self.state_of(new), "in use")
        found = {number: [one["id"] for one in self.world.call("GET", f"/v1/instances?msisdn={number}")[1]["items"]]
                 for number in (line["msisdn"], new)}
        self.assertIn(instance["id"], found[line["msisdn"]])
        self.assertIn(instance["id"], found[new])

        self.changes(world.change_number(line["msisdn"], self.sold()), "rejected", "LINE_UNKNOWN")
        self.changes(world.change_number(new, line["msisdn"]), "rejected", "NUMBER_TAKEN")
        self.assertEqual(self.changes(world.change_number("+86" + new, "+86" + self.sold()))["result"]["fee_fen"], 2000)

    def test_another_card_in_the_same_order(self):
        line, new = self.line(), self.sold()
        at = len(self.network())
        instance = self.changes(world.change_number(line["msisdn"], new, change_card={"type": "STK"}))
        result = instance["result"]
        self.assertEqual([c["command"] for c in self.network()[at:]], ["MOD ISDN", "ADD KI", "MOD IMSI", "RMV KI"])
        self.assertNotEqual((result["iccid"], result["imsi"]), (line["iccid"], line["imsi"]))
        self.assertEqual(result, {**result, "msisdn": new, "account": line["account"], "customer": line["customer"]})
        element = self.world.systems["network_element"].state()
        self.assertEqual(element["subscribers"]["86" + new]["imsi"], result["imsi"])
        self.assertNotIn("86" + line["msisdn"], element["subscribers"])
        self.assertNotIn(line["imsi"], element["kis"])
        self.assertEqual((self.card_state(line["iccid"]), self.card_state(result["iccid"])), ("retired", "active"))
        self.assert_told_everybody(instance, "change-number", new, ["number-changed", "card-replaced"])
        names = [entry["name"] for entry in instance["history"]]
        for box in ("SIM/STK卡类型选择", "解除号码和原卡关系,系统释放旧卡资源"):
            self.assertIn(box, names)
        again = world.change_number(new, self.sold(), change_card={"type": "USIM"})
        self.changes(again, "rejected", "SWAP_TOO_SOON")
        self.assertEqual(self.changes(world.change_number(new, self.sold()))["result"]["iccid"], result["iccid"])

    def test_the_old_number_is_not_free_before_the_new_one_is_confirmed(self):
        line, new = self.line(), self.sold()
        orders = self.world.systems["network_element"].work_orders
        orders.tell({"do": "receipt", "mode": "late"})
        status, answer = self.world.send(world.change_number(line["msisdn"], new), "change-number", wait=0)
        self.assertEqual(status, 202)
        waits = lambda: self.world.get(answer["id"])["waiting_for"] == "pending-completion"
        world.until(waits, text="the wait for the receipt")
        self.assertEqual((self.state_of(line["msisdn"]), self.state_of(new)), ("changing", "reserved"))
        for wanted in (line["msisdn"], new):
            self.ends("open-account", world.open_account(msisdn=wanted), "rejected", "NUMBER_TAKEN")
        self.assertEqual(self.world.call("POST", f"/v1/instances/{answer['id']}/cancel")[1]["code"], "TOO_LATE")
        orders.command("release", {"correlation": answer["id"], "result": "done"})
        self.ended(answer["id"], "completed")
        self.assertEqual((self.state_of(line["msisdn"]), self.state_of(new)), ("cooling", "in use"))

    def test_two_orders_on_one_line_at_once(self):
        line = self.line()
        ends = []
        def send(new):
            answer = self.world.send(world.change_number(line["msisdn"], new), "change-number")[1]
            ends.append(self.world.end(answer["id"]))
        self.world.systems["network_element"].work_orders.tell({"do": "receipt", "mode": "done", "delay_ms": 500})
        clients = [threading.Thread(target=send, args=(self.sold(),)) for _ in range(2)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        self.assertEqual(sorted(one["state"] for one in ends), ["completed", "rejected"], ends)
        busy, = [one for one in ends if one["state"] == "rejected"]
        self.assertEqual(busy["rejection"]["code"], "LINE_BUSY")
        won, = [one for one in ends if one["state"] == "completed"]
        self.changes(world.change_number(won["result"]["msisdn"], self.sold()))

    def test_what_is_refused_leaves_nothing_behind(self):
        line, other = self.line(), self.line()
        mine = line["msisdn"]
        def with_card(type, iccid):
            return world.change_number(mine, self.sold(), change_card={"type": type, "iccid": iccid})
        card = {"method": "card", "reference": "4111-1111"}
        cases = [
            ("LINE_UNKNOWN", world.change_number(self.sold(), self.sold())),
            ("IDENTITY_MISMATCH", world.change_number(mine, self.sold(), customer__id_number="34052419800101001X")),
            ("NUMBER_TAKEN", world.change_number(mine, other["msisdn"])),
            ("NUMBER_TAKEN", world.change_number(mine, mine)),
            ("NUMBER_UNKNOWN", world.change_number(mine, "13912345678")),
            ("CARD_TAKEN", with_card("USIM", line["iccid"])),
            ("CARD_TAKEN", with_card("USIM", other["iccid"])),
            ("CARD_UNKNOWN", with_card("SIM", "89860070310112094321")),
            ("PAYMENT_DECLINED", world.change_number(mine, self.sold(), payment=card)),
            ("CUSTOMER_INCOMPLETE", world.change_number(mine, self.sold(), customer__name="1")),
        ]
        before = self.all_there_is()
        for code, order in cases:
            with self.subTest(code):
                self.assert_nothing_left(before, self.changes(order, "rejected", code))

    def test_arrears_bad_credit_and_the_blacklist(self):
        line = self.line()
        before = self.all_there_is()
        good = {"grade": "B", "blacklisted": False, "arrears_fen": 0, "deposit_fen": 0}
        cases = [("ARREARS", {"do": "refuse", "status": 200, "body": {**good, "arrears_fen": 1}}),
                 ("CREDIT_REFUSED", {"do": "refuse", "grade": "E"}),
                 ("BLACKLISTED", {"do": "refuse", "status": 200, "body": {**good, "blacklisted": True}})]
        for code, rule in cases:
            with self.subTest(code):
                self.world.systems["credit"].tell({**rule, "times": 1})
                order = world.change_number(line["msisdn"], self.sold(), change_card={"type": "USIM"})
                instance = self.changes(order, "rejected", code)
                step = "blacklist.handle" if code == "BLACKLISTED" else "credit.check"
                self.assertEqual(instance["rejection"]["step"], step)
                self.assert_nothing_left(before, instance)

    def test_a_refused_command_is_taken_back_in_reverse(self):
        line = self.line()
        before = self.all_there_is()
        element = self.world.systems["network_element"]
        for command, changed in (("MOD ISDN", []), ("ADD KI", ["MOD ISDN", "MOD ISDN"]),
                                 ("MOD IMSI", ["MOD ISDN", "ADD KI", "RMV KI", "MOD ISDN"]),
                                 ("RMV KI", ["MOD ISDN", "ADD KI", "MOD IMSI", "MOD IMSI", "RMV KI", "MOD ISDN"])):
            with self.subTest(command):
                element.tell({"do": "refuse", "retcode": 3002, "times": 1, "match": {"command": command}})
                at = len(self.network())
                order = world.change_number(line["msisdn"], self.sold(), change_card={"type": "USIM"})
                instance = self.changes(order, "failed")
                self.assertEqual([c["command"] for c in self.network()[at:]], changed)
                self.assert_nothing_left(before, instance)
                self.assertTrue(self.books(instance["id"]), "the charge and its reversal both show")

    def test_a_receipt_that_says_failed_takes_all_back(self):
        line = self.line()
        before = self.all_there_is()
        self.world.systems["network_element"].work_orders.tell({"do": "receipt", "mode": "failed", "reason": "无线路"})
        at = len(self.network())
        order = world.change_number(line["msisdn"], self.sold(), change_card={"type": "USIM"})
        instance = self.changes(order, "failed", "RECEIPT_FAILED")
        self.assertEqual([c["command"] for c in self.network()[at:]],
                         ["MOD ISDN", "ADD KI", "MOD IMSI", "RMV KI", "ADD KI", "MOD IMSI", "RMV KI", "MOD ISDN"])
        self.assert_nothing_left(before, instance)
        undone = [entry["step"] for entry in instance["history"] if entry["state"] == "undone"]
        self.assertEqual(undone, ["network_element.restore_card", "network_element.restore_number",
                                  "network_element.cancel_work_order", "charging.refund", "resource.release",
                                  "resource.release", "line.release"])

    def test_shapes_that_are_wrong_never_start(self):
        order = world.change_number("1380013800", "13", change_card={"iccid": "8986"}, product="easyown")
        status, answer = self.world.send(order, "change-number")
        self.assertEqual(status, 422, answer)
        paths = {error["path"] for error in answer["errors"]}
        self.assertEqual(paths, {"/msisdn", "/new_msisdn", "/change_card/type", "/change_card/iccid", "/product"})
        status, answer = self.world.send(world.change_number(None, None), "change-number")
        self.assertEqual((status, [error["path"] for error in answer["errors"]]), (422, ["/msisdn"]))


if __name__ == "__main__":
    unittest.main()
