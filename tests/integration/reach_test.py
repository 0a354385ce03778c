#!/usr/bin/env python3
"""On the way to a daemon: TLS that one side does not speak, proxies, tokens that have expired, names,
and daemons that are not there yet. Each error says which of these it is, and what changes it."""
import argparse
import contextlib
import os
import pathlib
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import unittest

from rig import Client, Daemon, Proxy, free_port

ARGUMENTS = None

NO_SERVER = 4
PROXIES = ("grpc_proxy", "https_proxy", "http_proxy", "no_grpc_proxy", "no_proxy")


class HttpProxy:
    """Takes CONNECT, and leads to where it is asked for or refuses with a status."""

    def __init__(self, refusal=None):
        self.refusal = refusal
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.asked = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(4096)
            target = head.split()[1].decode()
            self.asked.append(target)
            if self.refusal:
                client.sendall(f"HTTP/1.1 {self.refusal}\r\n\r\n".encode())
                client.close()
                return
            host, port = target.rsplit(":", 1)
            server = socket.create_connection((host.strip("[]"), int(port)))
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            threading.Thread(target=self._forward, args=(server, client), daemon=True).start()
            self._forward(client, server)

    @staticmethod
    def _forward(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def close(self):
        self.listener.close()


class ReachTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)

    def daemon(self, *arguments):
        data = self.path / "data"
        data.mkdir(exist_ok=True)
        daemon = Daemon(ARGUMENTS.electrad, data, arguments)
        self.addCleanup(lambda: daemon.is_running() and daemon.end())
        return daemon

    def electra(self, address, *arguments, expect=NO_SERVER, **environment):
        """The text on standard error, without the influence of this machine's own settings."""
        client = Client(ARGUMENTS.electra, address)
        for variable in PROXIES:
            client.environment.pop(variable, None)
        client.environment.update(environment, HOME=str(self.path), LANG="C.UTF-8",
                                  XDG_CONFIG_HOME=str(self.path / "config"))
        return client.run(*arguments, expect=expect).stderr

    def assert_says(self, said, *parts):
        for part in parts:
            self.assertIn(part, said)

    def certificate(self, *names):
        pem, key = self.path / "server.pem", self.path / "server.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", "/CN=server", "-addext", f"subjectAltName={','.join(names)}",
                        "-keyout", key, "-out", pem], check=True, capture_output=True)
        return pem, ("--tls-cert", str(pem), "--tls-key", str(key))

    def token(self, data):
        data.mkdir(exist_ok=True)
        result = subprocess.run([ARGUMENTS.electrad, "token", "create", "--data-dir", data,
                                 "--role", "admin"], capture_output=True, text=True, check=True)
        return result.stdout.strip()

    def test_tls_that_the_server_does_not_speak(self):
        daemon = self.daemon().start()
        for options in (("--tls",), ("--ca", self.certificate("IP:127.0.0.1")[0])):
            said = self.electra(daemon.address, *options, "status")
            self.assert_says(said, f"the server at {daemon.address} does not use TLS", "--tls-cert",
                             "--insecure")
        self.electra(daemon.address, "--tls", "--insecure", "status", expect=0)

    def test_tls_that_the_server_demands(self):
        pem, tls = self.certificate("IP:127.0.0.1")
        token = self.token(self.path / "data")
        daemon = self.daemon(*tls).start()
        said = self.electra(daemon.address, "status")
        self.assert_says(said, f"the server at {daemon.address} uses TLS, but this call does not",
                         "--ca or ELECTRA_CA", "--tls")
        said = self.electra(daemon.address, "--tls", "status")
        self.assert_says(said, f"the certificate of the server at {daemon.address} is not trusted",
                         "--ca or ELECTRA_CA")
        self.electra(daemon.address, "status", expect=0, ELECTRA_CA=str(pem), ELECTRA_TOKEN=token)

    def test_a_certificate_for_another_name(self):
        pem, tls = self.certificate("DNS:gpu.example")
        daemon = self.daemon(*tls).start()
        said = self.electra(daemon.address, "--ca", pem, "status")
        self.assert_says(said, f"the certificate of the server at {daemon.address} is for another "
                         "name", "--server or ELECTRA_SERVER")

    def test_a_token_that_has_expired(self):
        token = self.token(self.path / "data")
        with contextlib.closing(sqlite3.connect(self.path / "data" / "electrad.db")) as database:
            database.execute("UPDATE tokens SET expires_at = 1")
            database.commit()
        daemon = self.daemon("--require-tokens").start()
        said = self.electra(daemon.address, "status", expect=3, ELECTRA_TOKEN=token)
        self.assertRegex(said, r"token [0-9a-f]{12} has expired: .*`electra login`, or in "
                               r"ELECTRA_TOKEN")
        said = self.electra(daemon.address, "status", expect=3, ELECTRA_TOKEN=token + "x")
        self.assertRegex(said, r"not one that this server gave: .*`electra login`, or in "
                               r"ELECTRA_TOKEN")
        said = self.electra(daemon.address, "status", expect=3)
        self.assertRegex(said, "a token: `electra login` keeps one, and ELECTRA_TOKEN")

    def test_a_socket_that_is_a_file(self):
        path = self.path / "electrad.sock"
        daemon = self.daemon("--socket-mode", "0660")
        daemon.address = f"unix:{path}"
        daemon.start()
        self.assertEqual(stat.filemode(path.stat().st_mode), "srw-rw----")
        self.electra(daemon.address, "jobs", expect=0)
        health = subprocess.run([ARGUMENTS.electrad, "health", "--listen", daemon.address],
                                capture_output=True, text=True, timeout=60)
        self.assertEqual(health.returncode, 0, health.stderr)
        job = Client(ARGUMENTS.electra, daemon.address).submit("--corpus", ARGUMENTS.corpus)
        daemon.end()  # SIGKILL leaves the file
        self.assertTrue(path.exists())
        daemon.start()
        self.electra(daemon.address, "watch", job, expect=0)
        other = Daemon(ARGUMENTS.electrad, self.path / "other")
        other.address = daemon.address
        with self.assertRaises(RuntimeError) as caught:
            other.start()
        other.end()
        self.assertIn("another process listens there", str(caught.exception))
        self.electra(daemon.address, "status", expect=0)
        self.assertEqual(daemon.end(signal.SIGTERM), 0)
        self.assertFalse(path.exists())

    def test_a_name_that_does_not_resolve_and_a_port_that_nobody_has(self):
        said = self.electra("nowhere.invalid:50551", "--insecure", "--timeout", 20, "status")
        self.assert_says(said, "nowhere.invalid:50551", "does not resolve", "--server",
                         "ELECTRA_SERVER")
        address = f"127.0.0.1:{free_port()}"
        said = self.electra(address, "status")
        self.assert_says(said, f"no server at {address} (Connection refused)",
                         "--server or ELECTRA_SERVER")

    def test_proxies_are_named_and_no_proxy_takes_networks(self):
        daemon = self.daemon().start()
        # Leads to this machine too, and is none of the addresses that are its own by their looks.
        host = "0.0.0.0"
        address = daemon.address.replace("127.0.0.1", host)
        nobody = f"127.0.0.1:{free_port()}"
        status = ("--insecure", "status")
        for exempt in (host, "0.0.0.0/8", "10.0.0.0/8, 0.0.0.0/24", "*"):
            self.electra(address, *status, expect=0, http_proxy=f"http://{nobody}",
                         no_proxy=exempt)
        said = self.electra(address, *status, http_proxy=f"http://{nobody}", no_proxy="")
        self.assert_says(said, f"the server at {address}", f"the proxy {nobody}", "http_proxy",
                         "Connection refused", f"no_proxy={host}")
        refusing, leading = HttpProxy("403 Forbidden"), HttpProxy()
        self.addCleanup(refusing.close)
        self.addCleanup(leading.close)
        said = self.electra(address, *status,
                            https_proxy=f"http://ann:secret@{refusing.address}")
        self.assert_says(said, f"the proxy {refusing.address}", "https_proxy", "403")
        self.assertNotIn("secret", said)
        self.assertEqual(set(refusing.asked), {address})
        self.electra(address, *status, expect=0, http_proxy=f"http://{leading.address}")
        self.assertEqual(leading.asked, [address])

    def test_submit_waits_for_a_daemon_that_is_starting(self):
        # In the place of one that starts, which may take long, another's door is opened.
        daemon = self.daemon().start()
        port = free_port()
        client = Client(ARGUMENTS.electra, f"127.0.0.1:{port}")
        process = client.spawn("submit", "--corpus", ARGUMENTS.corpus, "--model", "tiny", "--set",
                               "max_steps=2", "batch_size=8", "max_length=48",
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        self.assertEqual(process.stderr.readline(),
                         f"electra: waiting for the server at 127.0.0.1:{port}\n")
        door = Proxy(daemon.address, at=port)
        self.addCleanup(door.close)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        self.assertRegex(out, r"^jobs/\w+\n$")
        self.assertEqual(len(client.run("jobs").stdout.splitlines()), 1)

    def test_nothing_of_a_corpus_comes_before_the_submission_is_in_order(self):
        daemon = self.daemon().start()
        client = Client(ARGUMENTS.electra, daemon.address)
        corpus = self.path / "books.csv"
        corpus.write_text("id,text\n1,a\n", encoding="utf-8")
        vocabulary = self.path / "vocab.txt"
        vocabulary.write_text("[PAD]\n", encoding="utf-8")
        job = self.path / "job.yaml"
        wrong = {"model: smal": "did you mean small?", "priority: 101": "priority is 101",
                 "column: sen": "no column", "column:": "name the column",
                 "encoding: cp94": "unknown encoding", "vocab: vocab.txt": "[UNK]",
                 "hyperparameters: {device: 'cuda:9'}": "cuda:9",
                 "hyperparameters: {learning_rate: 5}": "learning_rate is 5"}
        for line, said in wrong.items():
            with self.subTest(line=line):
                text = "corpus: books.csv\n"
                if not line.startswith("column"):
                    text += "column: text\n"
                if line != "column:":
                    text += line + "\n"
                job.write_text(text, encoding="utf-8")
                refused = client.run("submit", "--config", job, expect=None)
                self.assertIn(refused.returncode, (2, 3))
                self.assertIn(said, refused.stderr)
                self.assertIn(said, client.run("submit", "--config", job, "--dry-run",
                                               expect=None).stderr)
                self.assertIn(said, client.run("config", "validate", job, expect=2).stdout)
        with contextlib.closing(sqlite3.connect(daemon.data_dir / "electrad.db")) as database:
            uploads = database.execute("SELECT count(*) FROM started_uploads").fetchone()[0]
        self.assertEqual(uploads, 0)
        self.assertEqual(client.run("corpora").stdout, "")
        self.assertEqual(list((daemon.data_dir / "uploads").iterdir()), [])

    def test_the_engine_is_initialised_once(self):
        result = subprocess.run([ARGUMENTS.electrad, "--data-dir", self.path, "--listen",
                                 "192.0.2.1:1"], capture_output=True, text=True, timeout=60,
                                env={**os.environ, "LD_DEBUG": "files"})
        self.assertEqual(result.returncode, 1)
        self.assertIn("would let anyone on the network", result.stderr)
        begun = [line for line in result.stderr.splitlines()
                 if "calling init:" in line and "libtorch_cpu" in line]
        self.assertEqual(len(begun), 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for argument in ("electrad", "electra", "corpus"):
        parser.add_argument(f"--{argument}", type=pathlib.Path, required=True)
    ARGUMENTS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
