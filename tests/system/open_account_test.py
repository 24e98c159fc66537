"""开户 from outside: the real host, the real protocols. What a good order leaves behind, and how every no ends."""

import subprocess
import threading
import unittest

import world
from effects import assert_opened_once, rows

BOXES = """通过接口提交业务请求;访问系统(客服、网站、营业厅等)
此接口、此时是否允许办理此业务?
提供用户欢迎界面
用户行为分析管理
产品选择与交互(业务系统、客户)
产品资源配置及预占
资源及产品能否满足客户的要求?
客户身份判断
收费前用户资料预输入
客户信用检查
黑名单用户
资费优惠推介
费用计算
合帐、分帐、收费
打印单据
建立客户资料 / 收费后真正输入
网元、工单等管理系统
网元、工单等管理系统
接收待竣工信息
建立客户帐户档案资料
建立客户信用档案资料
114客服通知
计费通知
财务通知
给实时统计信息
操作人员工作日志
通知客户,业务完成
归档、底单扫描
业务回访(客服系统)""".splitlines()


class Shared(unittest.TestCase):
    """One host for the tests that need no settings of their own; every test has a number of its own."""

    @classmethod
    def setUpClass(cls):
        cls.world = world.World().__enter__()
        cls.world.start()

    @classmethod
    def tearDownClass(cls):
        cls.world.__exit__(None, None, None)

    def tearDown(self):
        for system in self.world.systems.values():
            system.behaviour.clear()
        self.world.systems["network_element"].work_orders.behaviour.clear()

    def ends(self, order, state, code=None):
        status, answer = self.world.send(order)
        self.assertIn(status, (200, 202), answer)
        instance = self.world.end(answer["id"])
        self.assertEqual(instance["state"], state, instance)
        if code is not None:
            why = instance["rejection"] or instance["failure"]
            self.assertEqual(why["code"], code, why)
        return instance

    def assert_nothing_left(self, instance, msisdn):
        """Everything undone: nothing reserved, no draft, nobody charged, nothing in the network, no notices."""
        here = self.world
        order = instance["id"]
        self.assertEqual(rows(here, "resource", f"SELECT state FROM numbers WHERE msisdn='{msisdn}'"), [("free",)])
        self.assertEqual([row for row in here.finance() if row["order_id"] == order and
                          sum_of(here, order) != 0], [])
        subscribers = here.systems["network_element"].state()["subscribers"]
        self.assertNotIn("86" + msisdn, str(subscribers))
        self.assertEqual([e for e in here.applied("billing") if e["key"].startswith(order)], [])
        points = [e for e in here.ledger("statistics") if e["key"] == order and e["outcome"] == "applied"]
        self.assertEqual(len(points), 1, "the end of every order is counted")
        self.assertEqual(points[0]["request"]["outcome"], instance["state"])


def sum_of(here, order):
    return sum(int(r["debit_fen"]) - int(r["credit_fen"]) for r in here.finance()
               if r["order_id"] == order and r["item"] == "cash")


class GoodOrder(Shared):
    def test_every_box_every_effect_once(self):
        instance = self.ends(world.open_account(), "completed")
        names = [line["name"] for line in instance["history"]]
        self.assertEqual([box for box in BOXES if box not in names], [])
        self.assertTrue(all(line["phase"] in ("acceptance", "construction", "completion") for line in instance["history"]))
        assert_opened_once(self, self.world, instance)
        self.assertEqual(rows(self.world, "resource", "SELECT state FROM numbers WHERE msisdn='13800138000'"), [("in use",)])
        again = self.world.call("GET", "/v1/instances?msisdn=13800138000")[1]["items"]
        self.assertEqual([one["id"] for one in again], [instance["id"]])

    def test_the_receipt_may_come_early_and_twice(self):
        orders = self.world.systems["network_element"].work_orders
        for mode, msisdn in (("early", "13401475488"), ("twice", "13401652205")):
            orders.tell({"do": "receipt", "mode": mode})
            self.ends(world.open_account(msisdn=msisdn), "completed")
            orders.behaviour.clear()

    def test_a_receipt_waited_for_long_after_a_restart_is_met(self):
        orders = self.world.systems["network_element"].work_orders
        orders.tell({"do": "receipt", "mode": "late"})
        status, answer = self.world.send(world.open_account(msisdn="13401862566"), wait=0)
        self.assertEqual(status, 202)
        waits = lambda: self.world.get(answer["id"])["waiting_for"] == "pending-completion"
        world.until(waits, text="the wait for the receipt")
        self.assertEqual(self.world.call("POST", f"/v1/instances/{answer['id']}/cancel")[1]["code"], "TOO_LATE")
        self.assertEqual(self.world.stop(), 0, "SIGTERM drains and ends well")
        self.world.start()
        self.assertTrue(waits(), "a waiting instance is a row, and is there again")
        orders.command("release", {"correlation": answer["id"], "result": "done"})
        self.assertEqual(self.world.end(answer["id"])["state"], "completed")


class Refused(Shared):
    def test_a_gate_that_says_no(self):
        instance = self.ends(world.open_account(channel="fax"), "rejected", "INTERFACE_NOT_PERMITTED")
        self.assertIn("接口不允许", instance["rejection"]["text"])
        self.assertEqual(instance["rejection"]["step"], "interface.permit")

    def test_a_bad_identity(self):
        order = world.open_account(customer__id_number="110105194912310021")
        self.assert_nothing_left(self.ends(order, "rejected", "IDENTITY_INVALID"), "13800138000")

    def test_a_customer_whose_data_is_not_complete(self):
        order = world.open_account(customer__address=None)
        self.assert_nothing_left(self.ends(order, "rejected", "CUSTOMER_INCOMPLETE"), "13800138000")

    def test_a_blacklisted_customer(self):
        order = world.open_account(customer__id_number="110101196001010134")
        instance = self.ends(order, "rejected", "BLACKLISTED")
        self.assert_nothing_left(instance, "13800138000")
        self.assertIn("blacklist.handle", [line["step"] for line in instance["history"]])
        alerts = [e for e in self.world.applied("customer_service") if e["key"].startswith(instance["id"])]
        self.assertEqual([e["request"]["type"] for e in alerts], ["jackfield.customer-service.blacklist-alert"])
        self.assertTrue([line for line in self.world.lines("messages/*.log") if instance["id"] in line])

    def test_bad_credit(self):
        self.world.systems["credit"].tell({"do": "refuse", "grade": "E"})
        self.assert_nothing_left(self.ends(world.open_account(), "rejected", "CREDIT_REFUSED"), "13800138000")

    def test_a_number_and_a_card_that_cannot_be_had(self):
        self.ends(world.open_account(msisdn="13912345678"), "rejected", "NUMBER_UNKNOWN")
        self.ends(world.open_account(card={"type": "SIM", "iccid": "89860070310112094321"}), "rejected", "CARD_UNKNOWN")
        self.ends(world.open_account(card={"type": "USIM", "iccid": "89860070310112094320"}), "rejected", "CARD_WRONG_TYPE")

    def test_a_payment_nobody_captures(self):
        order = world.open_account(payment={"method": "card", "reference": "4111-1111"})
        self.assert_nothing_left(self.ends(order, "rejected", "PAYMENT_DECLINED"), "13800138000")

    def test_a_refused_network_command(self):
        self.world.systems["network_element"].tell({"do": "refuse", "retcode": 3001, "match": {"command": "ADD TPLSUB"}})
        instance = self.ends(world.open_account(), "failed")
        self.assertEqual(instance["failure"]["step"], "network_element.activate")
        self.assert_nothing_left(instance, "13800138000")
        books = [row for row in self.world.finance() if row["order_id"] == instance["id"]]
        self.assertTrue(books, "an order charged and then undone shows both the charge and its reversal")
        self.assertEqual(len(books) % 2, 0)
        self.assertEqual(sum_of(self.world, instance["id"]), 0)
        undone = [line["step"] for line in instance["history"] if line["state"] == "undone"]
        self.assertEqual(undone, ["network_element.deactivate", "network_element.cancel_work_order", "customer.withdraw",
                                  "charging.refund", "customer.drop", "resource.release"], "in reverse")
        orders = self.world.systems["network_element"].work_orders.state()
        self.assertIn("cancelled", str(orders))

    def test_a_receipt_that_says_failed(self):
        self.world.systems["network_element"].work_orders.tell({"do": "receipt", "mode": "failed", "reason": "无线路"})
        instance = self.ends(world.open_account(), "failed", "RECEIPT_FAILED")
        self.assertIn("无线路", instance["failure"]["text"])
        self.assert_nothing_left(instance, "13800138000")

    def test_a_network_command_whose_answer_is_lost(self):
        self.world.systems["network_element"].tell({"do": "break", "times": 1, "match": {"command": "ADD TPLSUB"}})
        instance = self.ends(world.open_account(msisdn="13400037545"), "completed")
        applied = [e for e in self.world.ledger("network_element")
                   if e["outcome"] == "applied" and e["request"]["command"] == "ADD TPLSUB"
                   and e["request"]["msisdn"] == "13400037545"]
        self.assertEqual(len(applied), 1, "never a command twice blindly")
        self.assertEqual(instance["result"]["msisdn"], "13400037545")


class SystemsGone(unittest.TestCase):
    def test_credit_gone_fails_and_undoes(self):
        with world.World({"adapters.credit.retries": 2, "adapters.credit.backoff": "10ms..20ms"}) as here:
            here.systems["credit"].down()
            here.start()
            status, answer = here.send(world.open_account())
            self.assertEqual(status, 200, answer)
            self.assertEqual(answer["state"], "failed", answer)
            self.assertEqual(answer["failure"]["step"], "credit.check")
            self.assertEqual(rows(here, "resource", "SELECT state FROM numbers WHERE msisdn='13800138000'"), [("free",)])

    def test_a_receipt_that_never_comes_holds_and_a_late_one_goes_on(self):
        with world.World({"adapters.network_element.receipt_timeout": "300ms"}) as here:
            orders = here.systems["network_element"].work_orders
            orders.tell({"do": "receipt", "mode": "late"})
            here.start()
            answer = here.send(world.open_account(), wait=0)[1]
            world.until(lambda: here.get(answer["id"])["state"] == "held", text="held")
            orders.command("release", {"correlation": answer["id"], "result": "done"})
            self.assertEqual(here.end(answer["id"])["state"], "completed")

    def test_a_notice_given_up_is_a_dead_letter_and_can_be_replayed(self):
        with world.World({"adapters.billing.give_up": "200ms", "adapters.billing.backoff": "10ms..50ms"}) as here:
            here.systems["billing"].down()
            here.start()
            answer = here.send(world.open_account())[1]
            self.assertEqual(answer["state"], "completed", "billing never undoes an order")
            letters = world.until(lambda: here.call("GET", "/v1/dead-letters")[1]["items"], text="the dead letter")
            self.assertEqual(letters[0]["step"], "billing.notify")
            here.systems["billing"].up()
            status, _ = here.call("POST", f"/v1/dead-letters/{letters[0]['id']}/replay")
            self.assertEqual(status, 202)
            world.until(lambda: here.applied("billing"), text="the delivery")
            self.assertEqual(here.applied("billing")[0]["key"], f"{answer['id']}/billing.notify")
            self.assertEqual(here.call("GET", "/v1/dead-letters")[1]["items"], [])


class BadInput(Shared):
    def test_several_wrong_fields_one_422_naming_each(self):
        order = world.open_account(customer__id_number=None, card={"type": "NANO"}, msisdn="123", operator=7, colour="red")
        status, answer = self.world.send(order)
        self.assertEqual(status, 422, answer)
        paths = {error["path"] for error in answer["errors"]}
        self.assertTrue({"/customer/id_number", "/card/type", "/msisdn", "/operator", "/colour"} <= paths, paths)
        self.assertEqual(self.world.call("GET", "/v1/instances?state=running")[1]["items"], [])

    def test_one_key_one_instance(self):
        answers = []
        clients = [threading.Thread(target=lambda: answers.append(
            self.world.send(world.open_account(msisdn="13401475488"), key="k1"))) for _ in range(8)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        self.assertEqual(len({answer["id"] for _, answer in answers}), 1)
        status, answer = self.world.send(world.open_account(msisdn="13401652205"), key="k1")
        self.assertEqual((status, answer["code"]), (409, "KEY_REUSED"))

    def test_a_config_with_several_mistakes_gets_all_of_them(self):
        def spoil(config):
            flow = config / "flows" / "open-account.yaml"
            text = flow.read_text(encoding="utf-8")
            flow.write_text(text.replace("identify: customer.identify", "identify: customer.identfy", 1)
                                .replace("    undo: {step: resource.release", "    retires: 3\n    undo: {step: resource.release", 1),
                            encoding="utf-8")
            host = config / "host.yaml"
            host.write_text(host.read_text(encoding="utf-8") + "colour: red\n", encoding="utf-8")
        with world.World(config=spoil) as here:
            for word in ("check", "run"):
                done = subprocess.run([world.BINARY, word, "-c", str(here.config)], capture_output=True, text=True,
                                      timeout=world.PATIENCE_S, cwd=here.directory, env=here.environment())
                said = done.stdout + done.stderr
                self.assertEqual(done.returncode, 1, said)
                self.assertRegex(said, r"flows/open-account\.yaml:\d+:\d+: error\[JF031\]: unknown key 'retires'")
                self.assertRegex(said, r"flows/open-account\.yaml:\d+:\d+: error\[JF039\]: .*customer\.identfy.*did you mean 'customer\.identify'")
                self.assertRegex(said, r"host\.yaml:\d+:\d+: error\[JF003\]: unknown key 'colour'")


if __name__ == "__main__":
    unittest.main()
