#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The options of a program's help are those of its man page, in both directions.

usage: test_options_are_documented.py PROGRAM MAN-PAGE"""
import re
import subprocess
import sys


def options_of(text):
    return set(re.findall(r'(?<![\w-])--?[a-z](?:[a-z-]*[a-z])?(?![\w-])', text))


def plain(page):
    """Of a man page, in mdoc or man: its options as one types them."""
    page = re.sub(r'^\.Bl .*', '', page, flags=re.M)  # how a list is laid out
    page = re.sub(r'\bFl (-?[a-z])', r'-\1', page)
    return page.replace('\\-', '-').replace('\\fR', '')


def main():
    program, page = sys.argv[1:]
    said = options_of(subprocess.run([program, '--help'], capture_output=True, text=True, check=True).stdout)
    with open(page, encoding='utf-8') as file:
        # Examples may have options of other programs.
        documented = options_of(plain(re.split(r'^\.S[hH] EXAMPLES', file.read(), flags=re.M)[0]))
    problems = [f'{page}: {option} is missing' for option in sorted(said - documented)]
    problems += [f'{page}: {option} is no option' for option in sorted(documented - said)]
    print('\n'.join(problems) if problems else f'{len(said)} options: {" ".join(sorted(said))}')
    return 1 if problems or not said else 0


sys.exit(main())
