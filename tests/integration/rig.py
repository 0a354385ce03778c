"""electrad and electra as processes, and what their data folder holds."""
import contextlib
import hashlib
import json
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import threading

# A job of about a second: several checkpoints, samples and evaluations. Its model is that of its
# last step, which says whether anything on the way there was lost.
SETTINGS = {"max_steps": 40, "batch_size": 8, "max_length": 48, "vocab_size": 1000,
            "sample_every": 4, "eval_steps": 10, "save_steps": 4,
            "load_best_model_at_end": "false"}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Daemon:
    """One data folder and the electrad that has it, started again and again on one port."""

    def __init__(self, electrad, data_dir, arguments=(), environment=None):
        self.electrad = electrad
        self.data_dir = pathlib.Path(data_dir)
        self.arguments = list(arguments)
        self.environment = {**os.environ, **(environment or {})}
        self.address = f"127.0.0.1:{free_port()}"
        self.log_path = self.data_dir.parent / f"{self.data_dir.name}.log"
        self.process = None

    def spawn(self):
        """Starts it without waiting until it serves."""
        with open(self.log_path, "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [self.electrad, "--data-dir", self.data_dir, "--listen", self.address,
                 "--threads", "1", *self.arguments],
                stdout=subprocess.PIPE, stderr=log, text=True, env=self.environment)

    def start(self):
        self.spawn()
        line = self.process.stdout.readline()
        if not line.startswith("listening on "):
            raise RuntimeError(f"electrad said {line!r}:\n{self.log()[-2000:]}")
        return self

    def end(self, signal_number=signal.SIGKILL):
        self.process.send_signal(signal_number)
        status = self.process.wait(timeout=120)
        self.process.stdout.close()
        return status

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def log(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def tool(self, command, *arguments):
        """`electrad backup` and `electrad check`."""
        return subprocess.run(
            [self.electrad, command, "--data-dir", self.data_dir, *map(str, arguments)],
            capture_output=True, text=True, timeout=300)

    def database(self):
        """Read-only, as anybody beside the daemon must be."""
        return contextlib.closing(
            sqlite3.connect(f"file:{self.data_dir}/electrad.db?mode=ro", uri=True, timeout=30))

    def rows(self, query, *values):
        with self.database() as connection:
            return connection.execute(query, values).fetchall()


class Client:
    def __init__(self, electra, address):
        self.electra = electra
        self.environment = {**os.environ, "ELECTRA_SERVER": address, "LANG": "C.UTF-8"}

    def spawn(self, *arguments, **options):
        return subprocess.Popen([self.electra, *map(str, arguments)], text=True, encoding="utf-8",
                                env=self.environment, **options)

    def run(self, *arguments, expect=0):
        result = subprocess.run([self.electra, *map(str, arguments)], capture_output=True,
                                text=True, encoding="utf-8", env=self.environment, timeout=600)
        if expect is not None and result.returncode != expect:
            raise AssertionError(f"electra {arguments} ended with {result.returncode}: "
                                 f"{result.stdout[-2000:]}{result.stderr[-2000:]}")
        return result

    def submit(self, *arguments, settings=None):
        settings = {**SETTINGS, **(settings or {})}
        pairs = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
        result = self.run("submit", "--model", "tiny", *arguments, *pairs)
        return result.stdout.strip().splitlines()[-1]

    def events(self, job):
        """The whole log, as a watcher that comes now is shown it. Waits for the job's end."""
        lines = self.run("watch", job, "--json", expect=None).stdout.splitlines()
        return [json.loads(line) for line in lines]


class Proxy:
    """Between clients and a daemon: what came through it can fall silent, with all of its
    connections open, as a machine does whose cable was pulled."""

    def __init__(self, address, at=0):
        host, port = address.rsplit(":", 1)
        self.target = (host, int(port))
        self.listener = socket.create_server(("127.0.0.1", at))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.changed = threading.Condition()
        self.silent = set()  # connections whose bytes are taken and go nowhere
        self.connections = []
        self.reads_of_clients = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            server = socket.create_connection(self.target)
            with self.changed:
                number = len(self.connections)
                self.connections.append((client, server))
                self.changed.notify_all()
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._forward, daemon=True,
                                 args=(source, sink, number, source is client)).start()

    def _forward(self, source, sink, number, from_client):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                with self.changed:
                    self.reads_of_clients += from_client
                    self.changed.notify_all()
                    if number in self.silent:
                        continue
                sink.sendall(data)
            with self.changed:
                if number in self.silent:
                    return
            sink.shutdown(socket.SHUT_WR)

    def wait_for_reads(self, count, timeout=60):
        """Until clients have sent something this many times more."""
        with self.changed:
            wanted = self.reads_of_clients + count
            if not self.changed.wait_for(lambda: self.reads_of_clients >= wanted, timeout):
                raise AssertionError(f"clients sent nothing for {timeout} s")

    def fall_silent(self):
        """All current connections; later ones are served."""
        with self.changed:
            self.silent.update(range(len(self.connections)))

    def wait_for_connections(self, count, timeout=60):
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.connections) >= count, timeout):
                raise AssertionError(f"{len(self.connections)} of {count} connections came")

    def close(self):
        self.listener.close()
        for pair in self.connections:
            for end in pair:
                end.close()


class Watch:
    """`electra watch` of one job from its beginning to its end, over every break."""

    def __init__(self, client, job, *arguments):
        self.job = job
        self.lines = []
        self.seen = threading.Condition()
        self.process = client.spawn("watch", job, "--json", *arguments, stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE)
        self.thread = threading.Thread(target=self._read)
        self.thread.start()
        self.errors = []
        self.error_thread = threading.Thread(target=lambda: self.errors.extend(self.process.stderr))
        self.error_thread.start()

    def _read(self):
        for line in self.process.stdout:
            with self.seen:
                self.lines.append(line)
                self.seen.notify_all()
        with self.seen:
            self.lines.append(None)
            self.seen.notify_all()

    def events(self):
        return [json.loads(line) for line in self.lines if line is not None]

    def wait_for(self, predicate, timeout=60):
        """Until an event is as wanted; False where the stream ended before."""
        looked_at = 0
        with self.seen:
            while True:
                for line in self.lines[looked_at:]:
                    if line is None:
                        return False
                    if predicate(json.loads(line)):
                        return True
                looked_at = len(self.lines)
                if not self.seen.wait(timeout):
                    raise AssertionError(f"{self.job}: nothing came for {timeout} s")

    def wait_for_step(self, step):
        return self.wait_for(lambda event: int(event.get("step", {}).get("step", 0)) >= step)

    def end(self, timeout=300):
        status = self.process.wait(timeout)
        self.thread.join()
        self.error_thread.join()
        self.process.stdout.close()
        self.process.stderr.close()
        return status


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def weights(daemon, job):
    """What a job has learned, and would continue from: the digests of its last checkpoint."""
    (model_path,), = daemon.rows("SELECT model_path FROM jobs WHERE name = ?",
                                 job.removeprefix("jobs/"))
    folder = pathlib.Path(model_path)
    return [digest(folder / name) for name in
            ("generator/model.safetensors", "discriminator/model.safetensors",
             "optimizer.safetensors")]


def history_faults(daemon, job, steps=SETTINGS["max_steps"]):
    """Gaps and duplicates among a job's events and steps, as sentences."""
    name = job.removeprefix("jobs/")
    faults = []
    (job_id, state, last), = daemon.rows(
        "SELECT id, state, last_sequence FROM jobs WHERE name = ?", name)
    if state != "SUCCEEDED":
        faults.append(f"{job} is {state}")
    sequences = [row[0] for row in daemon.rows(
        "SELECT sequence FROM events WHERE job_id = ? ORDER BY sequence", job_id)]
    if sequences != list(range(1, last + 1)):
        faults.append(f"{job}: events {sequences}, the last of which should be {last}")
    recorded = [row[0] for row in daemon.rows(
        "SELECT step FROM step_metrics WHERE job_id = ? ORDER BY step", job_id)]
    if recorded != list(range(1, steps + 1)):
        missing = sorted(set(range(1, steps + 1)) - set(recorded))
        faults.append(f"{job}: steps {missing} are missing")
    return faults
