"""How long a history of many runs takes to answer: lists, filters, curves.

    history_bench.py --electrad build/release/bin/electrad [--jobs 10000] [--long 5]
                     [--long-steps 100000] [--steps 100] [--rounds 20] [--cold]

Makes a database of `jobs` ended runs with `steps` recorded steps each, `long` of them with
`long-steps`; asks the daemon each question `rounds` times over gRPC and prints the median and the
slowest answer in milliseconds, and how long the daemon took to start. With --cold the file leaves the
system's cache before each question. With --limit-ms M the exit status is 1 where a median is above M.

Needs grpcio and protobuf.
"""
import argparse
import json
import os
import pathlib
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

import grpc
from google.protobuf import descriptor_pool, message_factory

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "proto"))
import contract  # noqa: E402

SETTINGS = {"learning_rate": 5e-4, "batch_size": 32, "max_length": 128, "mask_unit": "token",
            "num_train_epochs": 3.0, "warmup_ratio": 0.1, "sample_every": 100, "bf16": False,
            **{f"setting_{i}": i for i in range(50)}}  # as long as a real job's

STEPS_AT_ONCE = 50
NUMBERS = ("WITH RECURSIVE steps(step) AS "
           "(SELECT ?2 UNION ALL SELECT step + 1 FROM steps WHERE step < ?3) ")
# As long as the event of a step is; nobody reads it here.
EVENTS = ("INSERT INTO events (job_id, sequence, time, kind, payload) " + NUMBERS +
          "SELECT ?1, step, ?4 + step * 80000, 'step', zeroblob(135) FROM steps")
# By SQL alone: losses that fall, with a noise of the step's number.
STEPS = ("INSERT INTO step_metrics (job_id, step, epoch, combined_loss, generator_loss, "
         "discriminator_loss, generator_accuracy, discriminator_accuracy, discriminator_precision, "
         "discriminator_recall, learning_rate, gradient_norm, tokens_seen, tokens_per_second, "
         "step_seconds, time) " + NUMBERS +
         "SELECT ?1, step, step / 1000, 10.1 + 20.0 / step + (step * 7919 % 1000) / 501.0, "
         "3.1 + 1.0 / step, 0.1 + 0.3 / step, 0.51 - 0.3 / step, 0.91, 0.52 - 0.3 / step, "
         "0.53 - 0.3 / step, 5e-4 / step, 1.1 + 0.1 / step, step * 4096, 50000.5 + 9.0 / step, "
         "0.08 + 0.01 / step, ?4 + step * 80000 FROM steps")


class Daemon:
    def __init__(self, electrad, folder):
        self.process = subprocess.Popen(
            [electrad, "--data-dir", folder, "--listen", "127.0.0.1:0", "--log-level", "warning"],
            stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().split()[-1]

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Client:
    """Calls methods by name, from descriptors alone."""

    def __init__(self, address):
        files = contract.compile_protos("protoc", ROOT / "proto", include_imports=True)
        self.messages = message_factory.GetMessages(files.file,
                                                    pool=descriptor_pool.DescriptorPool())
        self.channel = grpc.insecure_channel(
            address, options=[("grpc.max_receive_message_length", 64 << 20)])

    def call(self, service, method, answer, **fields):
        request = self.messages[f"electra.v1.{method}Request"](**fields)
        response = self.messages[f"electra.v1.{answer}"]
        return self.channel.unary_unary(f"/electra.v1.{service}/{method}",
                                        request_serializer=lambda message: message.SerializeToString(),
                                        response_deserializer=response.FromString)(request)


def fill(path, options):
    chance = random.Random(7)
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=OFF")
    database.execute("PRAGMA synchronous=OFF")
    database.execute("BEGIN")
    database.execute(
        "INSERT INTO corpora (id, name, file_name, format, column_name, encoding, on_invalid, "
        "size_bytes, sha256, sample_count, skipped_sample_count, replaced_sample_count, text_bytes, "
        "created_at) VALUES (1, '0123456789ab', 'books.csv', 'csv', 'sen', 'utf-8', 'refuse', 1, 'a', "
        "1, 0, 0, 1, 0)")
    for job in range(1, options.jobs + 1):
        steps = options.long_steps if job <= options.long else options.steps
        created = (1_760_000_000 + job * 600) * 1_000_000
        settings = {**SETTINGS, "learning_rate": chance.choice([1e-5, 5e-5, 1e-4, 5e-4])}
        best = chance.uniform(8, 30)
        database.execute(
            "INSERT INTO jobs (id, name, display_name, state, priority, corpus_id, corpus_name, "
            "corpus_file_name, model, hyperparameters, vocabulary_sha256, requested_device, step, "
            "total_steps, created_at, started_at, ended_at, updated_at, best_evaluation_loss) "
            "VALUES (?, ?, ?, ?, 0, 1, '0123456789ab', 'books.csv', ?, ?, '', 'cpu', ?, ?, ?, ?, ?, "
            "?, ?)",
            (job, f"{job:012x}", f"run {job}", chance.choice(["SUCCEEDED", "SUCCEEDED", "FAILED"]),
             chance.choice(["tiny", "small", "base"]), json.dumps(settings), steps, steps, created,
             created, created + 10**9, created + 10**9, best))
        database.executemany("INSERT INTO job_tags VALUES (?, ?, ?)",
                             [(job, "owner", chance.choice(["kim", "lee", "park"])),
                              (job, "sweep", f"s{job // 20}")])
        database.executemany(
            "INSERT INTO evaluations VALUES (?, ?, 0, ?, 3, 0.1, 0.5, 0.9, 0.5, 0.5, 0.5, 100, 1, 0)",
            [(job, step, best + (steps - step) / steps) for step in
             range(0, steps + 1, max(1, steps // 10))])
        # Events and rows of steps come side by side, so that their pages lie as a daemon writes them.
        for first in range(1, steps + 1, STEPS_AT_ONCE):
            last = min(first + STEPS_AT_ONCE - 1, steps)
            database.execute(EVENTS, (job, first, last, created))
            database.execute(STEPS, (job, first, last, created))
    database.execute("COMMIT")
    rows = database.execute("SELECT count(*) FROM step_metrics").fetchone()[0]
    database.close()
    return rows


def questions(client, options):
    jobs = options.jobs
    def listing(**fields):
        return lambda: len(client.call("JobService", "ListJobs", "ListJobsResponse", **fields).jobs)

    def steps(job, **fields):
        return lambda: len(client.call("HistoryService", "ListStepMetrics", "ListStepMetricsResponse",
                                       parent=f"jobs/{job:012x}", **fields).steps)
    token = client.call("JobService", "ListJobs", "ListJobsResponse", order_by="eval_loss",
                        page_size=1000).next_page_token
    return {
        "list 50, newest": listing(),
        "list 50, by eval_loss": listing(order_by="eval_loss"),
        "list 50, page 21 of eval_loss": listing(order_by="eval_loss", page_token=token),
        "list 1000, newest": listing(page_size=1000),
        "filter state, model, eval_loss, created": listing(
            filter="state=SUCCEEDED AND model=small AND eval_loss<12 AND created>2025-11-01"),
        "filter tags.sweep": listing(filter=f'tags.sweep="s{jobs // 40}"'),
        "filter name holds, by name": listing(filter=f'name:"run {jobs // 11}"', order_by="name"),
        "filter hyperparameters.learning_rate": listing(
            filter="hyperparameters.learning_rate<2e-5", order_by="eval_loss desc"),
        "filter that finds nothing": listing(filter="note:nowhere"),
        "filter anywhere": listing(filter="nowhere OR elsewhere"),
        "curve, 1000 points of the longest": steps(1, max_points=1000),
        "curve, 4000 points of the longest": steps(1, max_points=4000),
        "curve, 1000 points of its last tenth": steps(
            1, max_points=1000, first_step=options.long_steps * 9 // 10),
        "steps, a page of 1000": steps(1),
    }


def leave_cache(path):
    """Of clean pages only: nothing writes here."""
    file = os.open(path, os.O_RDONLY)
    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(file)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--electrad", required=True)
    parser.add_argument("--jobs", type=int, default=10000)
    parser.add_argument("--long", type=int, default=5)
    parser.add_argument("--long-steps", type=int, default=100000)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--limit-ms", type=float)
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--address", help="of a daemon with such data that runs already")
    parser.add_argument("--keep", help="folder for the data; kept, and used again where it is there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(options.keep or temporary)
        path = folder / "electrad.db"
        if not path.exists():
            Daemon(options.electrad, folder).stop()  # makes the tables
            begin = time.monotonic()
            rows = fill(path, options)
            print(f"{options.jobs} jobs, {rows} steps, {path.stat().st_size >> 20} MiB, "
                  f"filled in {time.monotonic() - begin:.0f} s")
        begin = time.monotonic()
        daemon = None if options.address else Daemon(options.electrad, folder)
        print(f"started in {time.monotonic() - begin:.1f} s")
        slow = False
        try:
            for name, ask in questions(Client(options.address or daemon.address), options).items():
                times = []
                for _ in range(options.rounds):
                    if options.cold:
                        leave_cache(path)
                    begin = time.monotonic()
                    found = ask()
                    times.append((time.monotonic() - begin) * 1000)
                median = statistics.median(times)
                slow |= options.limit_ms is not None and median > options.limit_ms
                print(f"{name:42} {found:5} rows  median {median:7.1f} ms  slowest {max(times):7.1f} ms")
        finally:
            if daemon is not None:
                daemon.stop()
    sys.exit(1 if slow else 0)


if __name__ == "__main__":
    main()
