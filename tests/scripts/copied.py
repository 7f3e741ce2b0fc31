# SPDX-License-Identifier: MIT
"""A copy of ./check and ./demo with their scripts, to run with stubs first in the PATH: nothing of this machine is changed, and
nothing of the tree that the tests themselves were started from."""
import os
import shutil
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
ALL_INSTALLED = 'echo installed'
NONE_INSTALLED = 'exit 1'
APT_WITHOUT_NETWORK = '''case " $* " in
*" update "*) echo "W: Failed to fetch http://deb.example/dists/stable/InRelease  Temporary failure resolving 'deb.example'" >&2 ;;
*) echo "E: Unable to locate package $(echo "$*" | sed 's/.* //')" >&2; exit 100 ;;
esac'''
# What the scripts do to the machine as root, when they install.
HARMLESS = {'sudo': 'exec "$@"', 'tee': 'exec cat >/dev/null', 'chmod': 'exit 0', 'rm': 'exit 0'}


class Copied:
    """In the empty folder given."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.stubs = self.folder / 'stubs'
        self.tree = self.folder / 'tree'
        self.stubs.mkdir()
        self.tree.mkdir()
        for name in ('check', 'demo'):
            shutil.copy2(TOP / name, self.tree)
        shutil.copytree(TOP / 'scripts', self.tree / 'scripts')

    def stub(self, **scripts):
        """Programs by their names, with _ for -."""
        for name, script in scripts.items():
            path = self.stubs / name.replace('_', '-')
            path.write_text('#!/bin/sh\n%s\n' % script)
            path.chmod(0o755)

    def without_network(self):
        self.stub(dpkg_query=NONE_INSTALLED, apt_get=APT_WITHOUT_NETWORK, **HARMLESS)

    def all_installed(self):
        self.stub(dpkg_query=ALL_INSTALLED, apt_get='exit 1')

    def run(self, program, *arguments, path=None, timeout=60, unprivileged=False):
        """Its exit status, and the lines of its outputs."""
        user = {}
        if unprivileged and os.geteuid() == 0:
            self.folder.chmod(0o755)
            self.tree.chmod(0o777)
            user = {'user': 65534, 'group': 65534, 'extra_groups': []}
        env = {**os.environ, 'PATH': '%s:%s' % (self.stubs, path or os.environ['PATH']), 'TMPDIR': str(self.folder),
               'XDG_CACHE_HOME': str(self.folder / 'cache')}
        done = subprocess.run([str(self.tree / program), *map(str, arguments)], capture_output=True, text=True, env=env,
                              timeout=timeout, cwd=self.folder, stdin=subprocess.DEVNULL, **user)
        return done.returncode, done.stdout.splitlines(), done.stderr.splitlines()
