#!/usr/bin/env python3
"""Starts the simulators and the host, sends the demo's orders, prints what happens to each."""

import argparse
import http.client
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
HOST = ("127.0.0.1", 7114)
CONTROL = ("127.0.0.1", 7200)  # where the simulators are told how to behave
ENDS = ("completed", "rejected", "failed", "cancelled", "held")
SIGNS = {"done": "✔", "queued": "…", "undone": "↶", "rejected": "✘", "failed": "✘", "dead": "✘", "held": "‖"}


def start(name, command, log):
    print(f"==> starting {name} (log: {os.path.relpath(log, ROOT)})", flush=True)
    with open(log, "w", encoding="utf-8") as out:
        return subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)


def ask(method, path, body=None, headers=None, timeout=60, at=HOST):
    connection = http.client.HTTPConnection(*at, timeout=timeout)
    try:
        text = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        connection.request(method, path, text, {"content-type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read().decode() or "null")
    finally:
        connection.close()


def wait_ready(processes, seconds=30):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for name, process, log in processes:
            if process.poll() is not None:
                text = pathlib.Path(log).read_text(encoding="utf-8")
                sys.exit(f"{name} ended with {process.returncode}:\n{text[-3000:]}")
        try:
            connection = http.client.HTTPConnection(*HOST, timeout=2)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.05)
    sys.exit(f"the host was not ready within {seconds} s")


def follow(instance):
    """Prints the history's new lines until the instance has ended and nothing of it is queued any more."""
    shown = {}
    until = time.monotonic() + 60
    while time.monotonic() < until:
        status, answer = ask("GET", f"/v1/instances/{instance}")
        if status != 200:
            sys.exit(f"GET /v1/instances/{instance} answered {status}: {answer}")
        for index, line in enumerate(answer["history"]):
            if shown.get(index) == line["state"]:
                continue
            shown[index] = line["state"]
            if line["state"] != "queued":
                code = f"  {line.get('code', '')}" if line.get("code") else ""
                sign = SIGNS.get(line["state"], " ")
                print(f"    {sign} {line['phase']:<12} {line['step']:<36} {line['name']}{code}", flush=True)
        queued = any(line["state"] == "queued" for line in answer["history"])
        if answer["state"] in ENDS and not queued:
            return answer
        time.sleep(0.02)
    return ask("GET", f"/v1/instances/{instance}")[1]


def outcome(answer):
    if answer["state"] == "completed":
        result = answer["result"]
        line = f"号码 {result.get('msisdn')}  卡 {result.get('iccid')}  帐户 {result.get('account')}"
        return f"completed  {line}  费用 {result.get('fee_fen', 0) / 100:.2f} 元"
    why = answer["rejection"] or answer["failure"] or {}
    return f"{answer['state']}  {why.get('code', '')}  {why.get('text', '')}"


def tell(told):
    status, answer = ask("POST", f"/_simulator/{told['system']}/behaviour", told["rule"], at=CONTROL)
    if status != 200:
        sys.exit(f"the simulator of {told['system']} answered {status}: {answer}")


def send(order):
    print(f"\n==> {order['title']}", flush=True)
    if "tell" in order:
        tell(order["tell"])
    status, answer = ask("POST", f"/v1/flows/{order['flow']}/instances", order["order"])
    if status not in (200, 202):
        print(f"    answered {status}: {json.dumps(answer, ensure_ascii=False)}")
        return False
    for event in order.get("events", []):
        choose(answer["id"], event)
    answer = follow(answer["id"])
    print(f"    = {outcome(answer)}   ({answer['id']})", flush=True)
    return answer["state"] == order["expect"]


def offered(offers):
    kinds = ("products", "tariffs", "numbers")
    names = [one.get("name") or one["msisdn"] for kind in kinds for one in offers.get(kind, [])]
    return "、".join(names[:6]) + ("…" if len(names) > 6 else "")


def choose(instance, event):
    until = time.monotonic() + 30
    while time.monotonic() < until:
        _, answer = ask("GET", f"/v1/instances/{instance}")
        if answer["waiting_for"] == event["name"]:
            body = event["body"]
            if event.get("first_offered"):  # the member that takes the first number offered
                body = {event["first_offered"]: answer["offers"]["numbers"][0]["msisdn"], **body}
            chosen = json.dumps(body, ensure_ascii=False)
            print(f"    ? offered {offered(answer['offers'])}; chosen {chosen}", flush=True)
            ask("POST", f"/v1/instances/{instance}/events/{event['name']}", body)
            return
        time.sleep(0.02)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--once", action="store_true")
    parser.add_argument("--data", required=True)
    options = parser.parse_args()
    data = pathlib.Path(options.data).resolve()
    processes = []
    simulators = json.loads((HERE / "simulators.json").read_text(encoding="utf-8"))
    simulators["ledgers"] = str(data / "ledgers")
    simulators.setdefault("finance", {})["directory"] = str(data / "finance")
    settings = data / "simulators.json"
    settings.write_text(json.dumps(simulators), encoding="utf-8")
    try:
        log = data / "simulators.log"
        command = [sys.executable, str(ROOT / "sdk/testing/simulator/all.py"), "--config", str(settings)]
        processes.append(("simulators", start("simulators of the six external systems", command, log), log))
        log = data / "host.log"
        command = [str(ROOT / "build/release/bin/jackfield"), "run", "-c", str(ROOT / "config"),
                   "--set", f"data_dir={data}"]
        processes.append(("the host", start("the host", command, log), log))
        wait_ready(processes)
        orders = [json.loads(file.read_text(encoding="utf-8")) for file in sorted((HERE / "orders").glob("*.json"))]
        good = [send(order) for order in orders]
        print(f"\n==> {sum(good)} of {len(good)} orders ended as they should", flush=True)
        if not options.once:
            print(f"==> serving on http://{HOST[0]}:{HOST[1]}/ until Ctrl-C", flush=True)
            processes[1][1].wait()
        return 0 if all(good) else 1
    except KeyboardInterrupt:
        return 0
    finally:
        for name, process, _ in reversed(processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    print(f"{name} did not end within 20 s and is killed", file=sys.stderr)
                    process.kill()


if __name__ == "__main__":
    sys.exit(main())
