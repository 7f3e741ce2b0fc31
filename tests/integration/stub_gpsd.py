# SPDX-License-Identifier: MIT
"""A server that speaks enough of gpsd's protocol to be its own bad example: it sends its clients whatever lines a test wants."""
import json
import math
import socket
import threading
from datetime import datetime, timezone

VERSION = {'class': 'VERSION', 'release': '3.22', 'rev': '3.22', 'proto_major': 3, 'proto_minor': 14}
DEVICES = {'class': 'DEVICES', 'devices': [{'class': 'DEVICE', 'path': '/dev/stub', 'driver': 'NMEA0183'}]}
WATCH = {'class': 'WATCH', 'enable': True, 'json': True}


class StubGpsd:
    """Serves one client after another until closed; send() reaches the present one."""

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind(('127.0.0.1', 0))
        self.listener.listen(1)
        self.port = self.listener.getsockname()[1]
        self.watched = threading.Event()
        self.client = None
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        if self.client:
            self.client.close()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.client = client
            self.send(VERSION)
            self.hear(client)

    def hear(self, client):
        heard = b''
        while True:
            try:
                data = client.recv(4096)
            except OSError:
                return
            if not data:
                return
            heard += data
            if b'?WATCH=' in heard and not self.watched.is_set():
                self.send(DEVICES, WATCH)
                self.watched.set()

    def send(self, *reports):
        """Each a dictionary, or text or bytes that go as they are."""
        for report in reports:
            if isinstance(report, dict):
                report = json.dumps(report, allow_nan=True) + '\r\n'
            if isinstance(report, str):
                report = report.encode()
            self.client.sendall(report)


def stamp(unix_s):
    return datetime.fromtimestamp(unix_s, timezone.utc).isoformat(timespec='milliseconds').replace('+00:00', 'Z')


def tpv(unix_s, travelled_m, **changes):
    """A fix of a van that goes east along a parallel; a change to None leaves that member out."""
    report = {'class': 'TPV', 'device': '/dev/stub', 'mode': 3, 'time': stamp(unix_s), 'lat': 47.0431,
              'lon': 2.4127 + travelled_m / (111415 * math.cos(math.radians(47.0431))), 'altHAE': 180.0, 'altMSL': 132.4, 'track': 90.0,
              'speed': 10.0, 'eph': 2.0, 'epv': 4.0}
    report.update(changes)
    return {k: v for k, v in report.items() if v is not None}
