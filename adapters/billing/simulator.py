#!/usr/bin/env python3
"""The billing system: takes CloudEvents on POST /events."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "sdk" / "testing"))

from simulator import Violation  # noqa: E402
from simulator.cloud_events import MSISDN, CloudEvents  # noqa: E402
from simulator.command_line import arguments, run  # noqa: E402


class Billing(CloudEvents):
    id = "billing"
    types = ("jackfield.billing.subscriber-opened", "jackfield.billing.number-changed",
             "jackfield.billing.card-replaced")

    def check(self, event):
        if not event["type"].endswith(".number-changed"):
            return
        for name in ("old_msisdn", "new_msisdn"):
            if not MSISDN.match(str(event["data"].get(name))):
                raise Violation("data.%s is not an MSISDN of eleven digits" % name)
        if event["data"]["new_msisdn"] != event["subject"]:
            raise Violation("subject is not the new number")


def make(listen="127.0.0.1:0", ledger=None):
    return Billing(listen, ledger)


if __name__ == "__main__":
    given = arguments(__doc__).parse_args()
    run(make(given.listen, given.ledger), given)
