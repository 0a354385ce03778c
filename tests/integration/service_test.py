#!/usr/bin/env python3
"""electrad as a service: configuration, supervision, health, metrics, logs, waiting for devices."""
import argparse
import contextlib
import gzip
import json
import os
import pathlib
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

import grpc

from rig import Client, Daemon

ARGUMENTS = None
ROOT = pathlib.Path(__file__).resolve().parents[2]


class NotifySocket:
    """What systemd would hear."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(60)

    def receive(self):
        return self.socket.recv(4096).decode()

    def wait_for(self, text):
        seen = []
        while not any(text in message for message in seen):
            seen.append(self.receive())
        return seen

    def close(self):
        self.socket.close()


class LogReader:
    """The JSON lines of a daemon's log, as they come."""

    def __init__(self, path):
        self.path = path

    def lines(self):
        return [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()
                if line.startswith("{")]

    def find(self, **fields):
        return [line for line in self.lines()
                if all(line.get(key) == value for key, value in fields.items())]


class ServiceTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)

    def daemon(self, *arguments, **environment):
        daemon = Daemon(ARGUMENTS.electrad, self.path / "data", arguments, environment)
        daemon.data_dir.mkdir(exist_ok=True)

        def end():
            if daemon.is_running():
                daemon.end()
        self.addCleanup(end)
        return daemon

    def electrad(self, *arguments, **environment):
        return subprocess.run([ARGUMENTS.electrad, *map(str, arguments)], capture_output=True,
                              text=True, timeout=60, env={**os.environ, **environment})

    def metrics(self, daemon):
        """Values by name and labels, as they are served."""
        log = LogReader(daemon.log_path)
        while not (serving := log.find(event="serving")):
            time.sleep(0.01)  # the line comes right after the one on stdout
        address = serving[-1]["metrics_address"]
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=30) as response:
            text = response.read().decode()
        values = {}
        for line in text.splitlines():
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                values[name] = float(value)
        return values

    def test_config_print_says_where_each_value_came_from(self):
        config = self.path / "electrad.yaml"
        config.write_text("threads: 2\ncorpora_quota: 3GB\n", encoding="utf-8")
        result = self.electrad("config", "print", "--config", config, "--listen", "a:1",
                               ELECTRAD_THREADS="4", ELECTRAD_PORT="tcp://10.0.0.1:1")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"(?m)^listen: a:1 +# --listen$")
        self.assertRegex(result.stdout, r"(?m)^threads: 4 +# ELECTRAD_THREADS$")
        self.assertRegex(result.stdout, rf"(?m)^corpora_quota: 3GB +# {config}:2$")
        self.assertRegex(result.stdout, r"(?m)^log_level: info +# default$")
        self.assertIn("ELECTRAD_PORT", result.stderr)

    def test_what_is_wrong_in_the_configuration_ends_it_with_status_2(self):
        config = self.path / "electrad.yaml"
        config.write_text("lissten: a:1\n", encoding="utf-8")
        for arguments in (["--config", config], ["--threads", "many"], ["--no-such-flag"]):
            self.assertEqual(self.electrad(*arguments).returncode, 2, arguments)
        self.assertIn(f"{config}:1", self.electrad("--config", config).stderr)

    def test_every_setting_and_metric_is_in_the_readme(self):
        readme = (ROOT / "server/README.md").read_text(encoding="utf-8")
        printed = self.electrad("config", "print").stdout
        settings = [line.split(":")[0] for line in printed.splitlines()]
        self.assertGreater(len(settings), 10)
        for key in settings:
            self.assertIn(f"| `{key}` |", readme)
        daemon = self.daemon("--metrics-address", "127.0.0.1:0", "--log-format", "json").start()
        client = Client(ARGUMENTS.electra, daemon.address)
        client.events(client.submit("--corpus", ARGUMENTS.corpus))
        documented = set(re.findall(r"(?m)^\| `((?:electrad|process)_\w+)`", readme))
        served = {re.sub(r"_(bucket|sum|count)$", "", name.split("{")[0])
                  for name in self.metrics(daemon)}
        self.assertEqual(served - documented - {"exposer_transferred_bytes_total",
                                                "exposer_scrapes_total",
                                                "exposer_request_latencies"}, set())
        # Of cards, of lost ones and of running jobs there is nothing to show here and now.
        absent = {"electrad_device_utilization_ratio", "electrad_device_lost_jobs",
                  "electrad_tokens_per_second", "electrad_loss", "electrad_step", "electrad_ranks",
                  "electrad_slowest_rank_tokens_per_second"}
        self.assertEqual(documented - served - absent, set())

    def test_metrics_follow_a_job(self):
        daemon = self.daemon("--metrics-address", "127.0.0.1:0", "--log-format", "json").start()
        client = Client(ARGUMENTS.electra, daemon.address)
        running = client.submit("--corpus", ARGUMENTS.corpus, settings={"max_steps": 100000})
        waiting = client.submit("--corpus", ARGUMENTS.corpus)
        watch = client.spawn("watch", running, "--json", stdout=subprocess.PIPE)
        self.addCleanup(watch.stdout.close)
        for line in watch.stdout:
            if int(json.loads(line).get("step", {}).get("step", 0)) >= 20:
                break
        values = self.metrics(daemon)
        name = running.removeprefix("jobs/")
        self.assertEqual(values['electrad_jobs{state="RUNNING"}'], 1)
        self.assertEqual(values['electrad_jobs{state="QUEUED"}'], 1)
        self.assertEqual(values["electrad_watchers"], 1)
        self.assertEqual(values["electrad_queue_wait_seconds_count"], 1)
        self.assertGreaterEqual(values['electrad_step_seconds_count{device="cpu"}'], 20)
        self.assertGreater(values['electrad_tokens_total{device="cpu"}'], 1000)
        losses = {key: value for key, value in values.items() if key.startswith("electrad_loss{")}
        self.assertEqual(len(losses), 3)
        self.assertTrue(all(name in key and value > 0 for key, value in losses.items()), losses)
        self.assertGreaterEqual(values["electrad_upload_bytes_total"],
                                pathlib.Path(ARGUMENTS.corpus).stat().st_size)
        self.assertGreater(values["electrad_sqlite_commit_seconds_count"], 0)
        self.assertGreater(values['electrad_device_memory_used_bytes{device="cpu"}'], 0)
        submitted = ('electrad_grpc_calls_total{', 'code="OK"', 'JobService/SubmitJob')
        self.assertEqual([value for key, value in values.items()
                          if all(part in key for part in submitted)], [2])

        client.run("job", "show", "jobs/none", expect=3)
        client.run("job", "cancel", waiting)
        client.run("job", "cancel", running)
        watch.communicate(timeout=60)  # to its end: a full pipe would hold it
        values = self.metrics(daemon)
        self.assertTrue(any('code="NOT_FOUND"' in key and "GetJob" in key for key in values))
        self.assertFalse([key for key in values if key.startswith("electrad_loss{")])
        self.assertEqual(values['electrad_jobs{state="CANCELLED"}'], 2)

    def test_methods_that_are_not_there_are_counted_as_one(self):
        daemon = self.daemon("--metrics-address", "127.0.0.1:0", "--log-format", "json",
                             "--require-tokens").start()
        with grpc.insecure_channel(daemon.address) as channel:
            for path in ("/x.Y/Z", "/electra.v1.JobService/Z", "/electra.v1.JobService/GetJob/Z",
                         "/electra.v1.JobService/GetJob", "/grpc.health.v1.Health/Check"):
                with contextlib.suppress(grpc.RpcError):
                    channel.unary_unary(path)(b"", timeout=60)
        methods = {re.search('method="([^"]*)"', key).group(1): value
                   for key, value in self.metrics(daemon).items()
                   if key.startswith("electrad_grpc_calls_total")}
        self.assertEqual(methods, {"unknown": 3, "electra.v1.JobService/GetJob": 1,
                                   "grpc.health.v1.Health/Check": 1})

    def test_refused_calls_are_all_counted_and_cannot_fill_the_log(self):
        daemon = self.daemon("--metrics-address", "127.0.0.1:0", "--log-format", "json",
                             "--require-tokens").start()
        with grpc.insecure_channel(daemon.address) as channel:
            for _ in range(200):
                with self.assertRaises(grpc.RpcError):
                    channel.unary_unary("/electra.v1.JobService/GetJob")(b"", timeout=60)
        counted = [value for key, value in self.metrics(daemon).items()
                   if key.startswith("electrad_grpc_calls_total") and "UNAUTHENTICATED" in key]
        self.assertEqual(counted, [200])
        daemon.end(signal.SIGTERM)
        log = LogReader(daemon.log_path)
        lines = len(log.find(event="call_refused", kind="TOKEN_MISSING"))
        more = [int(line["count"]) for line in log.find(event="more_calls_refused")]
        self.assertLess(lines, 200)
        self.assertEqual(lines + sum(more), 200)

    def test_systemd_is_told_of_start_reload_watchdog_and_stop(self):
        notify = NotifySocket(self.path / "notify")
        self.addCleanup(notify.close)
        daemon = self.daemon(NOTIFY_SOCKET=str(self.path / "notify"), WATCHDOG_USEC="200000")
        daemon.start()
        self.assertIn(f"STATUS=serving on {daemon.address}", notify.wait_for("READY=1")[-1])
        notify.wait_for("WATCHDOG=1")
        notify.wait_for("WATCHDOG=1")
        daemon.process.send_signal(signal.SIGHUP)
        self.assertIn("MONOTONIC_USEC=", notify.wait_for("RELOADING=1")[-1])
        notify.wait_for("READY=1")
        daemon.process.send_signal(signal.SIGTERM)
        notify.wait_for("STOPPING=1")
        self.assertEqual(daemon.process.wait(60), 0)
        daemon.process.stdout.close()

    def test_its_heap_asks_for_huge_pages(self):
        own = "glibc.malloc.tcache_count=7"
        for set_by_user, expected in [({}, "glibc.malloc.hugetlb=1"),
                                      ({"GLIBC_TUNABLES": own}, own + ":glibc.malloc.hugetlb=1"),
                                      ({"GLIBC_TUNABLES": "glibc.malloc.hugetlb=0"},
                                       "glibc.malloc.hugetlb=0")]:
            with self.subTest(set_by_user=set_by_user):
                daemon = self.daemon(**set_by_user).start()
                environment = pathlib.Path(f"/proc/{daemon.process.pid}/environ").read_bytes()
                # glibc writes ends of strings where it has read a ':'.
                self.assertIn(f":GLIBC_TUNABLES={expected}:".encode(),
                              environment.replace(b"\0", b":"))
                name = pathlib.Path(f"/proc/{daemon.process.pid}/comm").read_text(encoding="utf-8")
                self.assertEqual(name, "electrad\n")
                self.assertEqual(daemon.end(signal.SIGTERM), 0)

    def test_health_is_that_of_the_running_daemon(self):
        daemon = self.daemon()
        result = self.electrad("health", "--listen", daemon.address)
        self.assertEqual(result.returncode, 1)
        self.assertIn("does not answer", result.stderr)
        daemon.start()
        self.assertEqual(self.electrad("health", "--listen", daemon.address).returncode, 0)
        port = daemon.address.rsplit(":", 1)[1]
        self.assertEqual(self.electrad("health", ELECTRAD_LISTEN=f"0.0.0.0:{port}").returncode, 0)

    def test_health_speaks_tls_and_needs_no_token(self):
        certificate, key = self.path / "server.pem", self.path / "server.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", "/CN=gpu-node.example", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True)
        tls = ("--tls-cert", str(certificate), "--tls-key", str(key))
        daemon = self.daemon(*tls).start()
        self.assertEqual(self.electrad("health", "--listen", daemon.address, *tls).returncode, 0)
        plain = self.electrad("health", "--listen", daemon.address, "--timeout", "1")
        self.assertEqual(plain.returncode, 1)

    def test_long_work_of_one_token_keeps_nobody_else_waiting(self):
        daemon = self.daemon("--require-tokens")
        ann, bob = (self.electrad("token", "create", "--data-dir", daemon.data_dir, "--role",
                                  role).stdout.strip() for role in ("submitter", "viewer"))
        daemon.start()
        client = Client(ARGUMENTS.electra, daemon.address)
        client.environment["ELECTRA_TOKEN"] = ann
        # A line a letter: little to send, and much to count. Each has a time of its own in its header.
        packed = bytearray(gzip.compress(b"a\n" * (120 << 20), compresslevel=1))
        uploads = []
        for number in range(8):
            packed[4:8] = number.to_bytes(4, "little")
            path = self.path / f"{number}.txt.gz"
            path.write_bytes(packed)
            uploads.append(client.spawn("submit", "--model", "tiny", "--corpus", path,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            self.addCleanup(uploads[-1].kill)
        storing = ("SELECT count(*) FROM audits WHERE method = "
                   "'electra.v1.CorpusService.UploadCorpus' AND outcome = ''")
        while daemon.rows(storing)[0][0] < 2:
            time.sleep(0.01)
        client.environment["ELECTRA_TOKEN"] = bob
        client.run("status")
        self.assertEqual(self.electrad("health", "--listen", daemon.address).returncode, 0)
        # While its share was full all the time, and no more than full.
        self.assertGreater([upload.poll() for upload in uploads].count(None), 2)
        self.assertLessEqual(daemon.rows(storing)[0][0], 2)

        # A caller who goes away leaves the pool, counting or waiting.
        for upload in uploads:
            upload.kill()
            upload.wait()
        while daemon.rows(storing)[0][0] > 0:
            time.sleep(0.01)
        self.assertLess(daemon.rows("SELECT count(*) FROM corpora")[0][0], len(uploads) - 2)

    def test_json_logs_hold_the_ids_of_calls_and_jobs(self):
        daemon = self.daemon("--log-format", "json", "--log-level", "debug").start()
        client = Client(ARGUMENTS.electra, daemon.address)
        job = client.submit("--corpus", ARGUMENTS.corpus, settings={"max_steps": 2})
        client.events(job)
        log = LogReader(daemon.log_path)
        text = daemon.log()
        self.assertTrue(all(line.startswith("{") for line in text.splitlines()), text)
        name = job.removeprefix("jobs/")
        self.assertTrue(log.find(event="job_started", job=name))
        self.assertTrue(log.find(event="job_stopped", job=name, state="SUCCEEDED"))
        call, = log.find(event="call", method="electra.v1.JobService/SubmitJob")
        self.assertEqual(call["code"], "OK")
        self.assertRegex(call["request"], r"^[0-9a-f]{16}$")
        submitted, = log.find(event="job_submitted")
        self.assertEqual(submitted["request"], call["request"])

    def test_metrics_are_served_where_libraries_fill_the_threads_stacks(self):
        daemon = self.daemon("--metrics-address", "127.0.0.1:0", "--log-format", "json",
                             LD_PRELOAD=ARGUMENTS.thread_storage_shim).start()
        self.assertIn("electrad_watchers", self.metrics(daemon))

    def test_who_comes_late_is_shown_the_log_though_nothing_else_happens(self):
        daemon = self.daemon("--keepalive", "3600").start()
        client = Client(ARGUMENTS.electra, daemon.address)
        client.submit("--corpus", ARGUMENTS.corpus, settings={"max_steps": 1000000})
        waiting = client.submit("--corpus", ARGUMENTS.corpus)
        client.run("job", "pause", waiting)
        # Without the connection's own questions, which would push out what was kept back.
        watch = client.spawn("--keepalive", 3600, "watch", waiting, "--json",
                             stdout=subprocess.PIPE)
        limit = threading.Timer(60, watch.kill)
        limit.start()
        states = [json.loads(watch.stdout.readline() or "{}").get("state_change", {}).get("to")
                  for _ in range(2)]
        limit.cancel()
        watch.kill()
        watch.communicate()
        self.assertEqual(states, ["QUEUED", "PAUSED"])

    def test_a_trace_goes_through_client_daemon_and_job(self):
        daemon = self.daemon("--log-format", "json", "--log-level", "debug").start()
        client = Client(ARGUMENTS.electra, daemon.address)
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        client.environment["TRACEPARENT"] = f"00-{trace}-00f067aa0ba902b7-01"
        job = client.submit("--corpus", ARGUMENTS.corpus, settings={"max_steps": 100000})
        name = job.removeprefix("jobs/")
        del client.environment["TRACEPARENT"]
        watch = client.spawn("watch", job, "--json", stdout=subprocess.PIPE)
        self.addCleanup(watch.stdout.close)
        for line in watch.stdout:
            if "checkpoint" in json.loads(line):
                break
        watch.terminate()
        watch.wait(60)
        log = LogReader(daemon.log_path)
        call, = log.find(event="call", method="electra.v1.JobService/SubmitJob")
        self.assertEqual((call["trace_id"], call["span_id"]), (trace, "00f067aa0ba902b7"))
        self.assertTrue(log.find(event="job_submitted", trace_id=trace))
        self.assertEqual(len(log.find(event="job_started", job=name, trace_id=trace)), 1)
        shown = json.loads(client.run("job", "show", job, "--json").stdout)
        self.assertEqual(shown["trace_parent"], f"00-{trace}-00f067aa0ba902b7-01")
        listed = json.loads(client.run("jobs", "--json").stdout)
        self.assertEqual(listed["trace_parent"], shown["trace_parent"])
        untraced, = log.find(event="call", method="electra.v1.TrainingService/WatchJob")
        self.assertNotIn("trace_id", untraced)

        daemon.end()
        daemon.start()
        client.environment["TRACEPARENT"] = "00-no-trace\n-01"  # is not sent
        client.run("job", "cancel", job)
        self.assertEqual(client.events(job)[0]["state_change"]["trace_parent"],
                         shown["trace_parent"])
        self.assertTrue(log.find(event="job_stopped", job=name, state="CANCELLED", trace_id=trace))
        cancel, = log.find(event="call", method="electra.v1.JobService/CancelJob")
        self.assertNotIn("trace_id", cancel)

    def test_sighup_takes_what_can_change_and_names_what_cannot(self):
        config = self.path / "electrad.yaml"
        config.write_text("log_format: json\n", encoding="utf-8")
        notify = NotifySocket(self.path / "notify")
        self.addCleanup(notify.close)
        daemon = self.daemon("--config", str(config), NOTIFY_SOCKET=str(self.path / "notify"))
        daemon.start()
        notify.wait_for("READY=1")

        def reload(text):
            config.write_text(text, encoding="utf-8")
            daemon.process.send_signal(signal.SIGHUP)
            notify.wait_for("READY=1")

        log = LogReader(daemon.log_path)
        reload("log_format: json\ncorpora_quota: 1kb\nresident_models: 2GB\n")
        self.assertTrue(log.find(event="setting_changed", setting="corpora_quota", to="1KB"))
        self.assertTrue(log.find(event="setting_needs_restart", setting="resident_models"))
        client = Client(ARGUMENTS.electra, daemon.address)
        refused = client.run("submit", "--model", "tiny", "--corpus", ARGUMENTS.corpus, expect=3)
        self.assertIn("1024", refused.stderr)

        reload("corpora_quota: lots\n")
        self.assertIn(f"{config}:1", log.find(event="reload_refused")[0]["error"])
        client.run("submit", "--model", "tiny", "--corpus", ARGUMENTS.corpus, expect=3)

        reload("log_format: json\n")
        client.submit("--corpus", ARGUMENTS.corpus, settings={"max_steps": 1})

    def fake_nvml(self):
        """An environment in which NVIDIA's management library says what self.path/cards says."""
        libraries = self.path / "libraries"
        libraries.mkdir()
        (libraries / "libnvidia-ml.so.1").symlink_to(ARGUMENTS.fake_nvml)
        return {"LD_LIBRARY_PATH": str(libraries), "FAKE_NVML": str(self.path / "cards")}

    def test_it_waits_for_devices_and_says_so(self):
        notify = NotifySocket(self.path / "notify")
        self.addCleanup(notify.close)
        daemon = self.daemon("--wait-for-devices", "2", NOTIFY_SOCKET=str(self.path / "notify"),
                             **self.fake_nvml())
        daemon.spawn()
        said = notify.wait_for("waiting for 2 CUDA devices: the NVIDIA driver says: Driver Not")
        self.assertNotIn("READY=1", "".join(said))
        notify.wait_for("EXTEND_TIMEOUT_USEC=")
        (self.path / "cards").write_text("GPU-a 1000 0 0\n", encoding="utf-8")
        notify.wait_for("waiting for 2 CUDA devices: 1 answers")
        (self.path / "cards").write_text("GPU-a 1000 0 0\nGPU-b 1000 0 0\n", encoding="utf-8")
        # The driver answers; the processor's libtorch of these tests cannot use it, and says that.
        self.assertEqual(daemon.process.wait(60), 1)
        daemon.process.stdout.close()
        self.assertIn("libtorch finds 0 CUDA devices", daemon.log())

    def test_a_signal_ends_the_waiting(self):
        notify = NotifySocket(self.path / "notify")
        self.addCleanup(notify.close)
        daemon = self.daemon("--wait-for-devices", "1", NOTIFY_SOCKET=str(self.path / "notify"),
                             **self.fake_nvml())
        daemon.spawn()
        notify.wait_for("waiting for 1 CUDA device: ")
        self.assertEqual(daemon.end(signal.SIGTERM), 0)

    def test_unload_lets_a_resident_model_go(self):
        daemon = self.daemon("--metrics-address", "127.0.0.1:0", "--log-format", "json").start()
        client = Client(ARGUMENTS.electra, daemon.address)
        base = client.submit("--corpus", ARGUMENTS.corpus, settings={"max_steps": 1})
        client.events(base)
        client.run("model", "download", base, self.path / "model")
        client.run("model", "import", "mine", "--generator", self.path / "model/generator",
                   "--discriminator", self.path / "model/discriminator")

        def adapt():
            client.events(client.run("submit", "--model", "mine", "--corpus", ARGUMENTS.corpus,
                                     "--set", "max_steps=1", "--set", "batch_size=4",
                                     "--set", "max_length=32").stdout.strip().splitlines()[-1])
            return self.metrics(daemon)["electrad_model_reads_total"]

        self.assertEqual(adapt(), 1)
        self.assertEqual(adapt(), 1)
        said = client.run("server", "unload", "--lang", "en").stdout
        self.assertRegex(said, r"unloaded 1 models \(\d.* from memory")
        unloaded = json.loads(client.run("server", "unload", "--json").stdout)
        self.assertEqual(unloaded.get("models", 0), 0)
        self.assertEqual(adapt(), 2)

    def test_a_database_of_the_first_release_is_served(self):
        daemon = self.daemon()
        with contextlib.closing(sqlite3.connect(daemon.data_dir / "electrad.db")) as old:
            old.executescript((ROOT / "tests/golden/databases/schema_1.sql").read_text("utf-8"))
        daemon.start()
        client = Client(ARGUMENTS.electra, daemon.address)
        self.assertEqual(len(client.run("jobs", "--json").stdout.splitlines()), 3)
        self.assertEqual(len(list((daemon.data_dir / "backups").glob("electrad-schema-1-*.db"))), 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("electrad", "electra", "corpus", "fake-nvml", "thread-storage-shim"):
        parser.add_argument(f"--{name}", required=True)
    ARGUMENTS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
