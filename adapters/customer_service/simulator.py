#!/usr/bin/env python3
"""114 customer service: takes CloudEvents on POST /events."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "sdk" / "testing"))

from simulator.cloud_events import CloudEvents  # noqa: E402
from simulator.command_line import arguments, run  # noqa: E402


class CustomerService(CloudEvents):
    id = "customer_service"
    types = ("jackfield.customer-service.order-completed", "jackfield.customer-service.callback-requested",
             "jackfield.customer-service.blacklist-alert")


def make(listen="127.0.0.1:0", ledger=None):
    return CustomerService(listen, ledger)


if __name__ == "__main__":
    given = arguments(__doc__).parse_args()
    run(make(given.listen, given.ledger), given)
