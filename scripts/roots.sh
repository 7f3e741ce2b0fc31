# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the tests in roots of other Debian releases share (tests/chroot/run, tests/libcamera/run). Sourced, with `set -u`, after
# scripts/lib.sh; defines functions only.

# skip TEXT...: ends the script as a skipped test; the last line is the reason.
skip() {
        echo "$*"
        exit 77
}

# need_leave SECTION: what such a root asks of this machine, and the packages of that section; skips where it is not given.
need_leave() {
        [[ -z ${STREETCAP_IN_CHROOT:-} ]] || skip "already in such a root"
        [[ $EUID -eq 0 ]] || skip "needs root: run ./check as root or with sudo"
        git -c safe.directory='*' rev-parse -q --verify HEAD >/dev/null 2>&1 ||
                skip "needs git and a clone: it tests what is committed"
        unshare --mount --pid --fork sh -c 'mount --make-rprivate / && mount -t tmpfs tmpfs /mnt && mkdir /mnt/proc &&
                mount -t proc proc /mnt/proc' 2>/dev/null ||
                skip "needs leave to mount (not given in this container)"
        # In a shell of its own: need_packages ends it when there is no network.
        (need_packages "$1") || skip "needs $(packages_of "$1" | paste -sd ' '), which cannot be installed"
}

# copy_tree FOLDER: what is committed, into that folder, which is made.
copy_tree() {
        mkdir -p "$1"
        # Whoever owns the clone: root only reads what is committed.
        git -c safe.directory='*' archive HEAD | tar -x -C "$1" || return 1
        if [[ -n $(git -c safe.directory='*' status --porcelain 2>/dev/null) ]]; then
                echo "note: what is not committed is not tested here"
        fi
}

# The host's way to the network, for apt: its proxy.
host_proxy() {
        apt-config dump 2>/dev/null | grep -i '^Acquire::https\?::proxy '
        return 0
}

# Where this machine has Debian's packages from; nothing if it does not say.
host_mirror() {
        cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
                sed -n -E 's,^(deb|URIs:)[^#]*[[:space:]](https?://[^[:space:]]+/debian)/?([[:space:]].*)?$,\2,p' | head -n 1
}

# In namespaces of its own: whatever happens, nothing stays mounted or running when this ends. One script, as an argument. "ro" makes
# all of the root read-only but what is bound into it, /tmp and /run, so that it can be kept.
# shellcheck disable=SC2016
inside_root='
        set -eu
        root=$1 mode=$2
        shift 2
        mount --make-rprivate /
        mount --bind "$root" "$root"
        mount -t proc proc "$root/proc"
        mount -t tmpfs -o mode=755 tmpfs "$root/dev"
        for node in null zero full random urandom tty; do
                touch "$root/dev/$node"
                mount --bind "/dev/$node" "$root/dev/$node"
        done
        mkdir "$root/dev/pts" "$root/dev/shm"
        mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
        ln -s pts/ptmx "$root/dev/ptmx"
        ln -s /proc/self/fd "$root/dev/fd"
        mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
        while [ "$1" != -- ]; do
                mount --bind "${1%%:*}" "$root${1#*:}"
                shift
        done
        shift
        if [ "$mode" = ro ]; then
                mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
                mount -t tmpfs -o mode=755 tmpfs "$root/run"
                mount -o remount,bind,ro "$root"
        fi
        exec chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb STREETCAP_IN_CHROOT=1 \
                sh -c '\''cd /streetcap && exec "$@"'\'' sh "$@"
'

# in_root ROOT rw|ro [FOLDER:PLACE...] -- COMMAND...: runs it there, in /streetcap, with those folders bound at those places of it.
in_root() {
        unshare --mount --pid --fork --ipc --uts --kill-child sh -c "$inside_root" sh "$@" </dev/null
}
