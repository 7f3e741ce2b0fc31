# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What ./demo and ./check share. Sourced, with `set -u`; defines functions only.

# die TEXT...: one line on stderr, exit 1.
die() {
        echo "${0##*/}: $*" >&2
        exit 1
}

# as_root COMMAND...: runs it as root, through sudo when needed. Returns its exit status.
as_root() {
        if [[ $EUID -eq 0 ]]; then
                "$@"
        elif command -v sudo >/dev/null; then
                sudo "$@"
        else
                die "root is needed for \"$*\", and there is no sudo: run this as root"
        fi
}

# packages_of SECTION...: names of the packages in those sections of scripts/packages.txt, a line each, each once.
packages_of() {
        local section
        for section in "$@"; do
                awk -v section="$section" '$1 == section { print $2 }' "$(dirname "${BASH_SOURCE[0]}")/packages.txt"
        done | awk '!seen[$0]++'
}

# packages_missing SECTION...: those of them that are not installed.
packages_missing() {
        local package
        for package in $(packages_of "$@"); do
                [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
        done
}

# install_quietly LOG PACKAGE...: apt-get, its output in LOG. Services that the packages bring are not started: installing
# gpsd would take a receiver or a port that are not ours to take.
install_quietly() (
        log=$1 policy=/usr/sbin/policy-rc.d
        shift
        if [[ ! -e $policy ]]; then
                trap 'as_root rm -f "$policy"' EXIT
                trap 'exit 130' INT TERM HUP
                printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null || exit 1
                as_root chmod 755 "$policy" || exit 1
        fi
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 install \
                --no-install-recommends "$@" </dev/null >>"$log" 2>&1
)

# need_packages SECTION...: installs what is missing of those sections. Dies with one line when that cannot be done.
need_packages() {
        local log missing
        command -v apt-get >/dev/null || die "apt-get is missing: Streetcap's scripts install packages on Debian 12 or 13"
        # No process substitution: a bare chroot has no /proc for it.
        read -r -a missing <<<"$(packages_missing "$@" | tr '\n' ' ')"
        [[ ${#missing[@]} -gt 0 ]] || return 0
        [[ $EUID -eq 0 ]] || command -v sudo >/dev/null ||
                die "missing packages, and neither root nor sudo to install them: ${missing[*]}"
        echo "installing ${#missing[@]} packages: ${missing[*]}"
        log=$(mktemp "${TMPDIR:-/tmp}/streetcap-apt-XXXXXX.log") || die "cannot write in ${TMPDIR:-/tmp}"
        # What is known of the archive may be old or absent, so a first failure is tried again after an update.
        if ! install_quietly "$log" "${missing[@]}"; then
                as_root apt-get -q -y update </dev/null >>"$log" 2>&1 || true
                install_quietly "$log" "${missing[@]}" ||
                        die "apt-get cannot install the packages (is there a network?): $(apt_complaint "$log"); all of it in $log"
        fi
        rm -f "$log"
}

# apt_complaint LOG: the first thing in it that explains a failure.
apt_complaint() {
        local line
        # A server that is not reached explains a package that is not found.
        line=$(grep -m 1 '^W: Failed to fetch' "$1") || line=$(grep -m 1 '^E: ' "$1") || line=$(tail -n 1 "$1")
        echo "${line:-no message}"
}

# need_tools COMMAND...: dies with one line that names those that are not in the PATH.
need_tools() {
        local tool missing=()
        for tool in "$@"; do
                command -v "$tool" >/dev/null || missing+=("$tool")
        done
        [[ ${#missing[@]} -eq 0 ]] || die "missing: ${missing[*]}"
}
