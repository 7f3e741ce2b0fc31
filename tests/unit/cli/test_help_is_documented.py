#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every command and option of the help is in the man page, the completion offers it, and the man page has no other.

usage: test_help_is_documented.py STREETCAP MAN-PAGE COMPLETION"""
import re
import shutil
import subprocess
import sys


def help_of(streetcap, *command):
    return subprocess.run([streetcap, *command, '--help'], capture_output=True, text=True, check=True).stdout


def commands_of(text):
    part = text.split('commands:\n', 1)[1].split('\n\n', 1)[0]
    return re.findall(r'^  ([a-z]+) ', part, re.M)


def options_of(text):
    return set(re.findall(r'^  (?:-\w, )?--([a-z-]+)', text, re.M))


def completed(completion, streetcap, *words):
    script = '''source "$1"
program=$2
streetcap() { "$program" "$@"; }
shift 2
COMP_WORDS=(streetcap "$@"); COMP_CWORD=$#
_streetcap
printf '%s\\n' "${COMPREPLY[@]}"'''
    run = subprocess.run(['bash', '-c', script, 'bash', completion, streetcap, *words], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def main():
    streetcap, man_page, completion = sys.argv[1:]
    with open(man_page, encoding='utf-8') as file:
        man = file.read()
    said = set(re.findall(r'Fl -([a-z-]+)', man))
    known, problems = set(), []
    commands = commands_of(help_of(streetcap))
    for command in commands:
        options = options_of(help_of(streetcap, command))
        known |= options
        if not re.search(rf'Cm {command}\b', man):
            problems.append(f'{man_page}: the command {command} is missing')
        problems += [f'{man_page}: --{option} of {command} is missing' for option in sorted(options - said)]
        if shutil.which('bash'):
            offered = completed(completion, streetcap, command, '--')
            problems += [f'{completion}: --{option} of {command} is not offered' for option in sorted(options)
                         if f'--{option}' not in offered]
    if shutil.which('bash') and not set(commands) <= completed(completion, streetcap, ''):
        problems.append(f'{completion}: does not offer all commands')
    problems += [f'{man_page}: --{option} is no option' for option in sorted(said - known)]
    print('\n'.join(problems) if problems else f'{len(commands)} commands, {len(known)} options')
    return 1 if problems else 0


sys.exit(main())
