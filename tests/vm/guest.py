# SPDX-License-Identifier: MIT
"""A Debian 13 guest under QEMU, and USB cameras plugged into it from here.

The guest's disk is not written to: each boot finds it as tests/vm/image made it. What it shares with the host is the folder `share`, /host
there. Nothing waits by a sleep of a fixed length: each wait has a deadline with much room, since an emulated machine on a busy host is slow.
"""
import base64
import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

# An emulated processor: the prototype's boots took 10 to 21 s.
BOOT_DEADLINE_S = 180
# A processor that is really there boots it in some seconds; where KVM is there but does not work, that is known after this.
KVM_DEADLINE_S = 25
DEADLINE_S = 60
USB_PORTS = 2

KERNEL_LINE = ('root=/dev/vda console=ttyS0 quiet loglevel=4 mitigations=off init_on_alloc=0 audit=0 apparmor=0 nowatchdog no_timer_check '
               'tsc=reliable random.trust_cpu=on cryptomgr.notests net.ifnames=0 systemd.show_status=false panic=-1')


def die_with_parent():
    """A test that is killed leaves no machine behind."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def wait(condition, what, seconds=DEADLINE_S, pause=0.05):
    """The first true value of condition(); fails at the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError('waited %s s for %s' % (seconds, what))
        time.sleep(pause)


class NotBooted(Exception):
    pass


class CommandFailed(AssertionError):
    """A script in the guest that did not end with 0."""

    def __init__(self, script, status, output):
        super().__init__('in the guest, exit %d: %s\n%s' % (status, script.strip(), output))
        self.status = status


class Guest:
    """A running guest; a context manager. release: trixie or trixie-backports, whose libcamera it has."""

    def __init__(self, images, release):
        self.images = Path(images)
        self.release = release
        self.stack = contextlib.ExitStack()
        self.dir = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix='streetcap-vm-')))
        self.share = self.dir / 'share'
        self.share.mkdir()
        self.console = self.dir / 'console.log'
        self.process = self.agent = None
        self.unread = b''

    def __enter__(self):
        try:
            self.accelerator = self.boot_with_what_works()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.power_off()
        self.stack.close()

    # --- power ---

    def boot_with_what_works(self):
        """KVM where it works, which only a boot tells: some machines have the device and cannot run a processor with it."""
        if os.access('/dev/kvm', os.R_OK | os.W_OK):
            try:
                self.boot('kvm', 'host', KVM_DEADLINE_S)
                return 'kvm'
            except NotBooted:
                self.power_off()
        # Emulated AVX would be slower than what qemu64 has.
        self.boot('tcg,thread=multi,tb-size=512', 'qemu64', BOOT_DEADLINE_S)
        return 'tcg'

    def usb_socket(self, port):
        return self.dir / ('usb%d.sock' % port)

    def command(self, accelerator, processor):
        arguments = ['qemu-system-x86_64', '-accel', accelerator, '-machine', 'q35', '-cpu', processor, '-smp', '2', '-m', '1536',
                     '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-action', 'panic=exit-failure',
                     '-kernel', self.images / 'vmlinuz', '-initrd', self.images / 'initrd', '-append', KERNEL_LINE,
                     '-serial', 'file:%s' % self.console,
                     '-drive', 'file=%s,format=raw,if=virtio,snapshot=on,cache=unsafe' % (self.images / (self.release + '.img')),
                     '-device', 'virtio-rng-pci', '-device', 'virtio-serial-pci',
                     '-chardev', 'socket,id=agent,path=%s,server=on,wait=off' % (self.dir / 'agent.sock'),
                     '-device', 'virtserialport,chardev=agent,name=agent',
                     '-fsdev', 'local,id=share,path=%s,security_model=none' % self.share,
                     '-device', 'virtio-9p-pci,fsdev=share,mount_tag=host',
                     '-device', 'qemu-xhci,id=xhci']
        for port in range(USB_PORTS):
            arguments += ['-chardev', 'socket,id=usb%d,path=%s,server=on,wait=off' % (port, self.usb_socket(port)),
                          '-device', 'usb-redir,chardev=usb%d,bus=xhci.0,port=%d' % (port, port + 1)]
        return [str(a) for a in arguments]

    def boot(self, accelerator, processor, seconds):
        deadline = time.monotonic() + seconds
        self.log = self.dir / 'qemu.log'
        with open(self.log, 'wb') as log:
            self.process = subprocess.Popen(self.command(accelerator, processor), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            preexec_fn=die_with_parent, env={**os.environ, 'TMPDIR': str(self.dir)})
        try:
            self.agent = self.connect(deadline)
            self.uptime_s = float(self.read_line(deadline).split()[1])
        except (OSError, EOFError) as error:
            raise NotBooted('%s: %r: %s %s' % (accelerator, error, self.log.read_text(errors='replace'), self.tail())) from error

    def connect(self, deadline):
        while True:
            try:
                agent = socket.socket(socket.AF_UNIX)
                agent.connect(str(self.dir / 'agent.sock'))
                return agent
            except OSError:
                agent.close()
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def power_off(self):
        """At once, as a cut does: its disk keeps nothing."""
        if self.agent:
            self.agent.close()
        if self.process:
            self.process.kill()
            self.process.wait()
        self.agent = self.process = None
        self.unread = b''
        for path in self.dir.glob('*.sock'):
            path.unlink()

    # --- commands ---

    def read_line(self, deadline):
        while b'\n' not in self.unread:
            self.agent.settimeout(max(0.01, deadline - time.monotonic()))
            data = self.agent.recv(1 << 20)
            if not data:
                raise EOFError('the guest is gone')
            self.unread += data
        line, self.unread = self.unread.split(b'\n', 1)
        return line

    def try_run(self, script, seconds=DEADLINE_S):
        """Exit status and output of a script of bash in the guest, which ends it after so many seconds (status 124)."""
        self.agent.sendall(b'%d %s\n' % (seconds, base64.b64encode(script.encode())))
        try:
            status, _, output = self.read_line(time.monotonic() + seconds + DEADLINE_S).partition(b' ')
        except TimeoutError as error:
            raise AssertionError('the guest does not answer to: %s\n%s' % (script, self.tail())) from error
        return int(status), base64.b64decode(output).decode(errors='replace')

    def run(self, script, seconds=DEADLINE_S):
        """Output of a script of bash in the guest, which must end with 0."""
        status, output = self.try_run(script, seconds)
        if status != 0:
            raise CommandFailed(script, status, output)
        return output

    def tail(self):
        return '\n'.join(self.console.read_text(errors='replace').splitlines()[-20:])

    # --- clocks ---

    def clock_offset(self):
        """How far the guest's CLOCK_BOOTTIME is ahead of the host's CLOCK_MONOTONIC, in seconds, and how sure that is. Both run at the same
        rate: the guest's clock is the host's, from its power-on on."""
        best = None
        for _ in range(4):
            before = time.monotonic()
            guest = float(self.run('cut -d " " -f 1 /proc/uptime'))
            after = time.monotonic()
            if best is None or after - before < best[1]:
                best = (guest - (before + after) / 2, after - before)
        return best


class UsbCamera:
    """A USB camera outside of the guest; a context manager. Begins unplugged."""

    def __init__(self, guest, port=0, **options):
        """options: those of the program usb_camera, as rate=10 or no_tables=True."""
        self.log = guest.dir / ('camera%d-%d.jsonl' % (port, time.monotonic_ns()))
        arguments = [os.environ['USB_CAMERA'], str(guest.usb_socket(port)), '--log', str(self.log), '--serial', str(port)]
        for name, value in options.items():
            arguments.append('--' + name.replace('_', '-'))
            if value is not True:
                arguments.append(str(value))
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(DEADLINE_S)
        self.process.stdout.close()

    def tell(self, word):
        """plug, unplug, freeze, thaw, truncate, damage."""
        print(word, file=self.process.stdin)
        answer = self.process.stdout.readline().strip()
        if answer != 'ok':
            raise AssertionError('usb_camera: %s: %s' % (word, answer or 'ended'))

    def frames(self):
        """What became of each frame so far, in their order."""
        # The last line may be half written.
        return [json.loads(line) for line in self.log.read_text().split('\n')[:-1]]

    def sent(self):
        return [f for f in self.frames() if not f['dropped']]


def missing_programs():
    """Why no guest can run here, or None."""
    for name in ('qemu-system-x86_64',):
        if not shutil.which(name):
            return '%s is not installed' % name
    return None
