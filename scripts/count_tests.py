#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the tests of a meson test log (JSON Lines): "passed failed skipped" on the first line, then what those that
failed printed last, and why others were skipped."""
import json
import sys

PASSED = {"OK", "EXPECTEDFAIL"}


LAST_LINES = 25


def printed(test):
    lines = (test.get("stdout", "") + "\n" + test.get("stderr", "")).strip().splitlines()
    return [line.rstrip() for line in lines if line.strip()]


def reason(test):
    """The last line that a skipped test printed."""
    return (printed(test) or ["no reason given"])[-1].strip()


def main(path):
    try:
        with open(path, encoding="utf-8") as log:
            tests = [json.loads(line) for line in log]
    except OSError as error:
        sys.exit(f"no test ran: {error}")
    passed = [test for test in tests if test["result"] in PASSED]
    skipped = [test for test in tests if test["result"] == "SKIP"]
    failed = [test for test in tests if test not in passed and test not in skipped]
    print(len(passed), len(failed), len(skipped))
    for test in failed:
        print(f"failed: {test['name']} ({test['result']})")
        for line in printed(test)[-LAST_LINES:]:
            print(f"    | {line}")
    for test in skipped:
        print(f"skipped: {test['name']}: {reason(test)}")


main(sys.argv[1])
