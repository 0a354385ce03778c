"""What anyone who reaches the port can do to electrad before it knows them: connections beyond the
descriptors, handshakes that never end, messages that unfold, calls without a message, a log that
nobody reads."""
import argparse
import contextlib
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
import unittest

import grpc

from rig import Client, Daemon, Watch

OPTIONS = None  # set by main

HEALTH = "/grpc.health.v1.Health/Check"
STATUS = "/electra.v1.DaemonService/GetStatus"


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0)  # and empty SETTINGS


def headers(path):
    """HPACK without tables."""
    fields = {b":method": b"POST", b":scheme": b"http", b":path": path.encode(),
              b":authority": b"electra", b"te": b"trailers", b"content-type": b"application/grpc"}
    return b"".join(bytes([0, len(name)]) + name + bytes([len(value)]) + value
                    for name, value in fields.items())


class ConnectionsTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="electra-connections-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def start(self, *arguments, descriptors=None, environment=None):
        """`descriptors`: both limits of the process."""
        electrad = OPTIONS.electrad
        if descriptors is not None:
            electrad = self.folder / "electrad"
            electrad.write_text(f'#!/bin/sh\nulimit -n {descriptors}\nexec {OPTIONS.electrad} "$@"\n',
                                encoding="utf-8")
            electrad.chmod(0o755)
        daemon = Daemon(electrad, self.folder / "data", arguments, environment)
        self.addCleanup(lambda: daemon.is_running() and daemon.end())
        return daemon.start(), Client(OPTIONS.electra, daemon.address)

    def connect(self, daemon, said=b"", context=None):
        """A connection that says this and no more."""
        host, port = daemon.address.rsplit(":", 1)
        connection = socket.create_connection((host, int(port)), timeout=60)
        self.addCleanup(connection.close)
        if context is not None:
            connection = context.wrap_socket(connection)
            self.addCleanup(connection.close)
        connection.sendall(said)
        return connection

    def fill(self, daemon, context=None):
        """Connections that keep what HTTP/2 demands, as many as one address may have of 256
        descriptors."""
        return [self.connect(daemon, PREFACE, context) for _ in range(64)]

    def await_answer(self, client):
        """Until the daemon has noticed that others have left."""
        deadline = time.monotonic() + 60
        while (answer := client.run("status", "--json", expect=None)).returncode != 0:
            self.assertLess(time.monotonic(), deadline, answer.stderr)
        return json.loads(answer.stdout)

    def memory(self, daemon, kind="VmHWM"):
        """Bytes."""
        status = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text(encoding="utf-8")
        return int(status.split(f"{kind}:")[1].split()[0]) * 1024

    def certificate(self):
        pem, key = self.folder / "server.pem", self.folder / "server.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                        "-keyout", key, "-out", pem], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        return pem, ("--tls-cert", str(pem), "--tls-key", str(key)), context

    def test_more_connections_than_descriptors_end_neither_the_daemon_nor_its_job(self):
        daemon, client = self.start(descriptors=256)
        job = client.submit("--corpus", OPTIONS.corpus, settings={"max_steps": 100000})
        watch = Watch(client, job)
        self.assertTrue(watch.wait_for_step(5))
        connections = [self.connect(daemon) for _ in range(400)]
        deadline = time.monotonic() + 60
        while "event=connections_refused" not in daemon.log():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        last, = daemon.rows("SELECT MAX(step) FROM step_metrics")
        self.assertTrue(watch.wait_for_step(last[0] + 10))  # of its files too
        self.assertTrue(watch.wait_for(lambda event: "checkpoint" in event))
        for connection in connections:
            connection.close()
        self.await_answer(client)
        client.run("job", "cancel", job)
        watch.end()
        self.assertEqual(daemon.rows("SELECT state FROM jobs"), [("CANCELLED",)])
        self.assertEqual(daemon.end(signal.SIGTERM), 0)

    def test_who_does_not_fit_in_is_told_so_and_fits_in_later(self):
        daemon, client = self.start(descriptors=256)
        connections = self.fill(daemon)
        refused = client.run("status", "--lang", "en", expect=None)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("has no room for another connection", refused.stderr)
        self.assertIn("자리가 없습니다", client.run("status", "--lang", "ko", expect=None).stderr)
        for connection in connections:
            connection.close()
        self.await_answer(client)

    def test_it_is_told_so_over_tls_too(self):
        pem, tls, context = self.certificate()
        daemon, client = self.start(*tls, descriptors=256)
        client.environment["ELECTRA_CA"] = str(pem)
        self.fill(daemon, context)
        refused = client.run("status", "--lang", "en", expect=None)
        self.assertIn("has no room for another connection", refused.stderr)

    def test_handshakes_that_never_end_are_hung_up_on(self):
        _, tls, _ = self.certificate()
        daemon, _ = self.start(*tls)
        # Nothing; the beginning of a ClientHello.
        connections = [self.connect(daemon, said) for said in (b"", b"\x16\x03\x01\x02\x00\x01")]
        for connection in connections:
            self.assertEqual(connection.recv(1), b"")

    def test_the_soft_limit_of_descriptors_is_raised(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (128, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        daemon, _ = self.start()
        limits = pathlib.Path(f"/proc/{daemon.process.pid}/limits").read_text(encoding="utf-8")
        line = next(line for line in limits.splitlines() if line.startswith("Max open files"))
        self.assertEqual(int(line.split()[3]), min(hard, 65536))

    def test_messages_that_would_unfold_are_refused_in_words(self):
        daemon, client = self.start("--require-tokens")
        before = self.memory(daemon)
        message = bytes(60_000_000)
        options = [("grpc.max_send_message_length", -1)]
        for compression in (grpc.Compression.Gzip, grpc.Compression.Deflate):
            with grpc.insecure_channel(daemon.address, options, compression) as channel:
                for method in (HEALTH, STATUS):
                    with self.assertRaises(grpc.RpcError) as refused:
                        channel.unary_unary(method)(message, timeout=60)
                    self.assertEqual(refused.exception.code(), grpc.StatusCode.UNIMPLEMENTED)
                    self.assertIn("is disabled", refused.exception.details())
        self.assertLess(self.memory(daemon) - before, 50_000_000)

    def flood(self, daemon, connections, acknowledge, said):
        """Connections that send this once they are open; some will be cut meanwhile."""
        flooding = []
        for _ in range(connections):
            with contextlib.suppress(OSError):
                flooding.append(self.connect(daemon, PREFACE))
                # gRPC's own bounds hold for those alone who acknowledge the settings that say so.
                if acknowledge:
                    self.assertEqual(flooding[-1].recv(9, socket.MSG_WAITALL)[3], 4)
                    flooding[-1].sendall(frame(4, 1, 0))
                flooding[-1].sendall(said)
        return flooding

    def await_health(self, daemon):
        deadline = time.monotonic() + 120
        command = [OPTIONS.electrad, "health", "--listen", daemon.address]
        while subprocess.run(command, capture_output=True, timeout=60).returncode != 0:
            self.assertLess(time.monotonic(), deadline)

    def await_cuts(self, connections, left):
        """Until no more than this many of them are open."""
        deadline = time.monotonic() + 60
        while len(connections) > left:
            self.assertLess(time.monotonic(), deadline, f"{len(connections)} are open")
            for connection in list(connections):
                connection.settimeout(0.05)
                try:
                    if not connection.recv(1 << 16):
                        connections.remove(connection)
                except TimeoutError:
                    pass
                except OSError:
                    connections.remove(connection)

    def test_calls_without_a_message_are_bounded(self):
        opening = b"".join(frame(1, 4, 1 + 2 * call, headers(STATUS)) for call in range(500))
        for acknowledge, of_each in ((True, 128), (False, 500)):
            with self.subTest(acknowledge=acknowledge):
                daemon, client = self.start("--require-tokens")
                before = self.memory(daemon)
                connections = self.flood(daemon, 100, acknowledge, opening)
                if acknowledge:  # of others as many are there as come before they are cut
                    self.assertLess(self.memory(daemon) - before, 400_000_000)
                self.await_cuts(connections, left=4096 // of_each)
                self.await_health(daemon)
                daemon.end()

    def test_headers_of_who_acknowledges_no_bound_on_them_are_bounded(self):
        daemon, client = self.start("--require-tokens")
        # Each of 1,024 bytes: a length of 127 + 128 * 6 + 124 follows that of the name.
        field = bytes([0, 3]) + b"x-a" + b"\x7f\xfc\x06" + b"v" * 1019
        block = headers(STATUS) + 8000 * field
        parts = [block[at:at + 16000] for at in range(0, len(block), 16000)]
        call = frame(1, 0, 1, parts[0]) + b"".join(frame(9, 0, 1, part) for part in parts[1:-1])
        connections = self.flood(daemon, 64, False, call + frame(9, 4, 1, parts[-1]))
        self.await_cuts(connections, left=32)
        self.assertIn("event=connections_cut", daemon.log())

    def test_a_log_that_nobody_reads_holds_nobody(self):
        data = self.folder / "data"
        process = subprocess.Popen(
            [OPTIONS.electrad, "--data-dir", data, "--listen", "127.0.0.1:0", "--log-level",
             "debug"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        address = process.stdout.readline().removeprefix("listening on ").strip()
        with grpc.insecure_channel(address) as channel:
            for _ in range(2000):  # each has a line of some hundred bytes
                channel.unary_unary(HEALTH)(b"", timeout=60)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 0)
        process.stdout.close()
        process.stderr.close()

    def test_signals_that_come_together_destroy_no_checkpoint(self):
        daemon, client = self.start()
        job = client.submit("--corpus", OPTIONS.corpus,
                            settings={"max_steps": 100000, "save_steps": 0})
        watch = Watch(client, job)
        self.assertTrue(watch.wait_for_step(5))
        watch.process.kill()
        watch.end()
        daemon.process.send_signal(signal.SIGTERM)
        daemon.process.send_signal(signal.SIGINT)
        self.assertEqual(daemon.process.wait(60), 0, daemon.log()[-2000:])
        daemon.process.stdout.close()
        self.assertIn("event=still_stopping", daemon.log())
        (checkpoint_step,), = daemon.rows("SELECT step FROM jobs")
        (last_step,), = daemon.rows("SELECT MAX(step) FROM step_metrics")
        self.assertGreaterEqual(checkpoint_step, 5)
        self.assertEqual(checkpoint_step, last_step)

    def test_a_port_out_of_range_is_refused_wherever_it_is_given(self):
        def said(*command, status, **environment):
            result = subprocess.run(command, capture_output=True, text=True, timeout=60,
                                    env={**os.environ, **environment})
            self.assertEqual(result.returncode, status, result.stderr)
            return result.stderr

        data = ("--data-dir", self.folder / "data")
        for flag in ("--listen", "--metrics-address"):
            self.assertIn("65535", said(OPTIONS.electrad, *data, flag, "127.0.0.1:70000", status=2))
        self.assertIn("65535", said(OPTIONS.electrad, "health", status=2,
                                    ELECTRAD_LISTEN="127.0.0.1:70000"))
        self.assertIn("70000", said(OPTIONS.electra, "status", "--server", "127.0.0.1:70000",
                                    status=2))
        self.assertFalse((self.folder / "data").exists())


def main():
    global OPTIONS
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--electrad", "--electra", "--corpus"):
        parser.add_argument(name, required=True, type=pathlib.Path)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], "-v", *rest])


if __name__ == "__main__":
    main()
