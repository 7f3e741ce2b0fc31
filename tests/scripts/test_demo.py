#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What ./demo says when it cannot go on: one line that names the mend, before anything is installed or built for nothing."""
import os
import socket
import tempfile
import unittest

from copied import Copied


class Demo(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='streetcap-demo-')
        self.addCleanup(folder.cleanup)
        self.copied = Copied(folder.name)

    def assert_says(self, expected, arguments, *words, **how):
        status, out, err = self.copied.run('demo', *arguments, **how)
        self.assertEqual((status, len(err)), (expected, 1), (arguments, out, err))
        self.assertTrue(err[0].startswith('demo: '), err[0])
        for word in words:
            self.assertIn(word, err[0])
        return out

    def test_port_in_use(self):
        self.copied.stub(apt_get='echo "apt-get was called" >&2', dpkg_query='exit 1', meson='echo "meson was called" >&2')
        with socket.create_server(('127.0.0.1', 0)) as busy:
            port = busy.getsockname()[1]
            self.assertEqual(self.assert_says(1, ['--port', port], 'port %d is in use' % port, '--port'), [])

    def test_no_network(self):
        self.copied.without_network()
        out = self.assert_says(1, [], 'apt-get cannot install the packages', 'Temporary failure resolving')
        self.assertEqual(len(out), 1)
        self.assertIn('installing', out[0])

    def test_neither_root_nor_sudo(self):
        self.copied.without_network()
        (self.copied.stubs / 'sudo').unlink()
        self.assertEqual(self.assert_says(1, [], 'neither root nor sudo', path=self.path_without('sudo'), unprivileged=True), [])

    def path_without(self, *names):
        """All programs of the PATH but those, linked in a folder."""
        folder = self.copied.folder / 'programs'
        folder.mkdir()
        for place in reversed([p for p in os.environ['PATH'].split(':') if os.path.isdir(p)]):
            for name in os.listdir(place):
                if name not in names:
                    link = folder / name
                    if link.is_symlink():
                        link.unlink()
                    link.symlink_to(os.path.join(place, name))
        return folder

    def test_missing_tool(self):
        self.copied.all_installed()
        self.copied.stub(gpsd='exit 1', setpriv='exit 1', meson='exit 1')
        self.assertEqual(self.assert_says(1, [], 'missing: ninja gcc', path=self.path_without('ninja', 'gcc')), [])

    def test_no_apt(self):
        self.assert_says(1, [], 'apt-get is missing', 'Debian', path=self.path_without('apt-get'))

    def test_place_that_cannot_be_written(self):
        (self.copied.folder / 'file').write_text('')
        self.assert_says(1, ['--root', self.copied.folder / 'file'], 'cannot write in', '--root')

    def test_wrong_use(self):
        self.copied.stub(apt_get='echo "apt-get was called" >&2', dpkg_query='exit 1')
        for arguments, *words in ((['--nonsense'], '"--nonsense"'), (['--port'], '--port wants a value'), (['--port', '80'], '1024'),
                                  (['--port', '65536'], '65535'), (['--port', 'x'], '"x"'), (['--seconds', '0'], '--seconds'),
                                  (['--spacing', 'soon'], '--spacing: "soon"'), (['--spacing', '0.4m'], '0.5 m'),
                                  (['--spacing', '49 cm'], '0.5 m'), (['--spacing', '1.1km'], '1000 m'), (['--spacing', '5.'], '"5."'),
                                  (['--spacing', '5 miles'], '"5 miles"'), (['--roads', 'x'], '--log'),
                                  (['--log', 'absent.nmea'], 'cannot read', 'absent.nmea')):
            self.assertEqual(self.assert_says(2, arguments, *words), [])

    def test_spacings_that_the_daemon_takes(self):
        self.copied.without_network()
        for spacing in ('5', '5m', '5 m', '0.5', '50cm', '1000 m', '1 km', '500 mm'):
            self.assert_says(1, ['--spacing', spacing], 'apt-get')


if __name__ == '__main__':
    unittest.main(verbosity=2)
