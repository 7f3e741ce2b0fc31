#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the tests of a meson test log (JSON Lines): "passed failed skipped" on the first line, then what those that
failed printed last, and why others were skipped. What a test of unittest or cmocka skipped inside is counted beside it.

usage: count_tests.py LOG [--figures]

  --figures   also the lines of tests that passed which begin with "figure: ": what they measured
"""
import json
import re
import sys

PASSED = {"OK", "EXPECTEDFAIL"}


LAST_LINES = 25


def printed(test):
    lines = (test.get("stdout", "") + "\n" + test.get("stderr", "")).strip().splitlines()
    return [line.rstrip() for line in lines if line.strip()]


def reason(test):
    """The last line that a skipped test printed, on stdout if it did: unittest closes on stderr with a count."""
    lines = [line.strip() for line in test.get("stdout", "").splitlines() if line.strip()]
    return (lines or printed(test) or ["no reason given"])[-1].strip()


def skipped_inside(test):
    """What a test that passed left out, each as "case: reason"."""
    lines, inside, counted = printed(test), [], 0
    for before, line in zip([""] + lines, lines):
        # unittest -v: the reason is on the line of the case, or on that of its description.
        case = re.match(r"(.*?)(?: \(\S+\))? \.\.\. skipped ['\"](.*)['\"]$", line)
        if case:
            inside.append(f"{case[1]}: {case[2]}")
        # cmocka: a case prints its reason before it skips. The list in the end says it again.
        case = re.match(r"\[  SKIPPED \] ([A-Za-z_]\w*)$", line)
        if case and not before.startswith("[  SKIPPED ]"):
            inside.append(f"{case[1]}: {'no reason given' if before.startswith('[ RUN') else before}")
        total = re.match(r"OK \(.*\bskipped=(\d+)", line)
        counted = int(total[1]) if total else counted
    return inside + ["no reason found"] * (counted - len(inside))


def main(path, *options):
    try:
        with open(path, encoding="utf-8") as log:
            tests = [json.loads(line) for line in log]
    except OSError as error:
        sys.exit(f"no test ran: {error}")
    passed = [test for test in tests if test["result"] in PASSED]
    skipped = [test for test in tests if test["result"] == "SKIP"]
    failed = [test for test in tests if test not in passed and test not in skipped]
    reasons = [f"{test['name']}: {reason(test)}" for test in skipped]
    reasons += [f"{test['name']}: {inside}" for test in passed for inside in skipped_inside(test)]
    print(len(passed), len(failed), len(reasons))
    for test in failed:
        print(f"failed: {test['name']} ({test['result']})")
        for line in printed(test)[-LAST_LINES:]:
            print(f"    | {line}")
    for line in reasons:
        print(f"skipped: {line}")
    if "--figures" in options:
        print("\n".join(line for test in passed for line in printed(test) if line.startswith("figure: ")))


main(*sys.argv[1:])
