"""换卡/补卡 from outside: a damaged, a lost and an old card, what is refused, and how it is all taken back."""

import threading
import unittest

import world
from counter import Counter

BOXES = """通过接口提交业务请求;访问系统(客服、网站、营业厅等)
此接口、此时是否允许办理此业务?
提供用户欢迎界面
用户行为分析管理
获得客户号码、卡信息
SIM/STK卡类型选择
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
解除号码和原卡关系,系统释放旧卡资源
接收待竣工信息
114客服通知
计费通知
财务通知
给实时统计信息
操作人员工作日志
通知客户,业务完成
归档、底单扫描
业务回访(客服系统)""".splitlines()


class ReplaceCard(Counter):
    def replaces(self, order, state="completed", code=None):
        return self.ends("replace-card", order, state, code)

    def test_every_box_every_effect_once(self):
        cases = [("damaged", "USIM", "retired"), ("upgrade", "STK", "retired"), ("lost", "SIM", "lost")]
        for reason, type, ended in cases:
            with self.subTest(reason):
                line = self.line()
                at = len(self.network())
                order = world.replace_card(line["msisdn"], reason=reason, card={"type": type})
                instance = self.replaces(order)
                names = [entry["name"] for entry in instance["history"]]
                self.assertEqual([box for box in BOXES if box not in names], [])
                result = instance["result"]
                swap = ["ADD KI", "MOD IMSI", "RMV KI"]
                self.assertEqual([c["command"] for c in self.network()[at:]],
                                 ["MOD LCK", *swap, "MOD LCK"] if reason == "lost" else swap)
                element = self.world.systems["network_element"].state()
                subscriber = element["subscribers"]["86" + line["msisdn"]]
                self.assertEqual((subscriber["imsi"], subscriber["barred"]), (result["imsi"], "FALSE"))
                self.assertIn(result["imsi"], element["kis"])
                self.assertNotIn(line["imsi"], element["kis"])
                self.assertEqual((self.card_state(line["iccid"]), self.card_state(result["iccid"])), (ended, "active"))
                self.assertEqual((result["msisdn"], result["account"], result["customer"], result["fee_fen"]),
                                 (line["msisdn"], line["account"], line["customer"], 1500))
                self.assert_told_everybody(instance, "replace-card", line["msisdn"], ["card-replaced"])
                self.replaces(world.replace_card(line["msisdn"]), "rejected", "SWAP_TOO_SOON")
                again = world.open_account(msisdn=self.sold(), card={"type": "USIM", "iccid": line["iccid"]})
                self.ends("open-account", again, "rejected", "CARD_TAKEN")

    def test_the_very_card_that_was_named(self):
        line = self.line()
        wanted = "89860070310112094320"
        instance = self.replaces(world.replace_card(line["msisdn"], card={"type": "SIM", "iccid": wanted}))
        self.assertEqual((instance["result"]["iccid"], instance["result"]["imsi"]), (wanted, "460002398990929"))

    def test_what_is_refused_leaves_nothing_behind(self):
        line, other = self.line(), self.line()
        mine = line["msisdn"]
        cases = [
            ("LINE_UNKNOWN", world.replace_card(self.sold())),
            ("IDENTITY_MISMATCH", world.replace_card(mine, customer__id_number="34052419800101001X")),
            ("IDENTITY_MISMATCH", world.replace_card(mine, customer__id_type="passport")),
            ("CARD_TAKEN", world.replace_card(mine, card={"type": "USIM", "iccid": line["iccid"]})),
            ("CARD_TAKEN", world.replace_card(mine, card={"type": "USIM", "iccid": other["iccid"]})),
            ("CARD_UNKNOWN", world.replace_card(mine, card={"type": "SIM", "iccid": "89860070310112094321"})),
            ("CARD_WRONG_TYPE", world.replace_card(mine, card={"type": "USIM", "iccid": "89860092611020012567"})),
            ("INTERFACE_NOT_PERMITTED", world.replace_card(mine, channel="agent")),
            ("PAYMENT_DECLINED", world.replace_card(mine, payment={"method": "wallet", "reference": "w-1"})),
        ]
        before = self.all_there_is()
        for code, order in cases:
            with self.subTest(code):
                self.assert_nothing_left(before, self.replaces(order, "rejected", code))
        self.world.systems["credit"].tell({"do": "refuse", "status": 200, "times": 1, "body":
                                           {"grade": "B", "blacklisted": False, "arrears_fen": 300, "deposit_fen": 0}})
        self.assert_nothing_left(before, self.replaces(world.replace_card(mine), "rejected", "ARREARS"))

    def test_a_lost_card_is_barred_first_and_all_is_taken_back(self):
        line = self.line()
        before = self.all_there_is()
        element = self.world.systems["network_element"]
        for command, changed in (("ADD KI", ["MOD LCK", "MOD LCK"]),
                                 ("MOD IMSI", ["MOD LCK", "ADD KI", "RMV KI", "MOD LCK"]),
                                 ("RMV KI", ["MOD LCK", "ADD KI", "MOD IMSI", "MOD IMSI", "RMV KI", "MOD LCK"])):
            with self.subTest(command):
                element.tell({"do": "refuse", "retcode": 3002, "times": 1, "match": {"command": command}})
                at = len(self.network())
                instance = self.replaces(world.replace_card(line["msisdn"], reason="lost"), "failed")
                self.assertEqual([c["command"] for c in self.network()[at:]], changed)
                self.assert_nothing_left(before, instance)
        element.work_orders.tell({"do": "receipt", "mode": "failed", "reason": "无卡"})
        at = len(self.network())
        instance = self.replaces(world.replace_card(line["msisdn"], reason="lost"), "failed", "RECEIPT_FAILED")
        self.assertEqual([c["command"] for c in self.network()[at:]],
                         ["MOD LCK", "ADD KI", "MOD IMSI", "RMV KI", "MOD LCK", "ADD KI", "MOD IMSI", "RMV KI"],
                         "the line is open again when the receipt comes, and stays so")
        self.assert_nothing_left(before, instance)

    def test_answers_that_are_lost_do_not_make_a_command_twice(self):
        for command in ("ADD KI", "MOD IMSI", "RMV KI"):
            with self.subTest(command):
                line = self.line()
                at = len(self.network())
                self.world.systems["network_element"].tell({"do": "break", "times": 1, "match": {"command": command}})
                self.replaces(world.replace_card(line["msisdn"]))
                self.assertEqual([c["command"] for c in self.network()[at:]], ["ADD KI", "MOD IMSI", "RMV KI"])

    def test_a_card_and_a_number_order_on_one_line_at_once(self):
        line = self.line()
        ends = []
        def send(order, flow):
            ends.append(self.world.end(self.world.send(order, flow)[1]["id"]))
        self.world.systems["network_element"].work_orders.tell({"do": "receipt", "mode": "done", "delay_ms": 500})
        orders = {"replace-card": world.replace_card(line["msisdn"]),
                  "change-number": world.change_number(line["msisdn"], self.sold())}
        clients = [threading.Thread(target=send, args=(order, flow)) for flow, order in orders.items()]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        self.assertEqual(sorted(one["state"] for one in ends), ["completed", "rejected"], ends)
        busy, = [one for one in ends if one["state"] == "rejected"]
        self.assertEqual(busy["rejection"]["code"], "LINE_BUSY")


if __name__ == "__main__":
    unittest.main()
