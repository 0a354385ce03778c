"""What the service costs: one job through daemon, SQLite and watchers, and by the trainer alone.

Both train the same steps in turn, ROUNDS times. Prints tokens a second of each; their ratio from each
step's median over the rounds, so that what else the machine did in some of them does not count;
whose processor time the difference is; and how long after RUNNING the first step of a job began whose
id cache was there already. Of the watchers, who are on the same cores, --clients are `electra watch`
and the others are streams of one process, each on a connection of its own, that reads every event:
what each watcher costs the daemon, and little of what its client would cost another machine. --nice 19
lets them have what is idle.

  service_bench.py --bin build/release/bin --corpus FILE.csv --column C --vocab FILE
                   [--model small] [--batch 16] [--steps 20] [--threads 2] [--watchers 20]
                   [--clients 1] [--nice 0] [--rounds 3]
"""
import argparse
import functools
import json
import os
import pathlib
import sqlite3
import statistics
import subprocess
import tempfile
import time

RESOLVED = {"tiny": 5e-4, "small": 5e-4, "base": 2e-4, "large": 2e-4}  # learning rates


def alone(options, folder, settings):
    run = subprocess.run(
        [options.bin / "trainer_bench", folder, options.corpus, options.column, options.vocab,
         options.model, json.dumps(settings), str(options.threads)],
        stdout=subprocess.PIPE, text=True, check=True)
    return [tuple(map(float, line.split())) for line in run.stdout.splitlines()]


def speed(steps):
    """Tokens a second after the first two steps, in which caches fill and clients connect."""
    return sum(tokens for tokens, _ in steps[2:]) / sum(seconds for _, seconds in steps[2:])


def usual(rounds):
    """The steps with their median times over the rounds."""
    return [(steps[0][0], statistics.median(seconds for _, seconds in steps))
            for steps in zip(*rounds)]


def serving_seconds(process):
    """Processor time of the daemon's threads, except the ones that train and write checkpoints."""
    ticks = 0
    for task in pathlib.Path(f"/proc/{process.pid}/task").iterdir():
        try:
            name, fields = (task / "stat").read_text().rsplit(")", 1)
        except FileNotFoundError:
            continue  # a thread that has ended meanwhile
        if not name.split("(", 1)[1].startswith(("train", "checkpoint")):
            ticks += sum(map(int, fields.split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


class Daemon:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.process = subprocess.Popen(
            [options.bin / "electrad", "--data-dir", folder, "--listen", "127.0.0.1:0",
             "--threads", str(options.threads), "--log-level", "warning"],
            stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().split()[-1]

    def client(self, *arguments, **options):
        return subprocess.Popen([self.options.bin / "electra", "--server", self.address, *arguments],
                                text=True, **options)

    def run(self, settings):
        """Steps, seconds from RUNNING to the beginning of the first, and processor seconds: the
        daemon's beside training, the watchers' own, and all there were."""
        o = self.options
        sets = [a for key, value in settings.items() for a in ("--set", f"{key}={json.dumps(value)}")]
        submit = self.client("submit", "--corpus", o.corpus, "--column", o.column, "--vocab", o.vocab,
                             "--model", o.model, *sets, stdout=subprocess.PIPE)
        job = submit.communicate()[0].split()[-1]
        begin, serving = time.time(), serving_seconds(self.process)
        lower = functools.partial(os.nice, o.nice)
        watchers = [self.client("watch", job, "--json", stdout=subprocess.DEVNULL, preexec_fn=lower)
                    for _ in range(o.clients)]
        streams = subprocess.Popen(
            [o.bin / "watch_bench", self.address, job, "0", str(o.watchers - o.clients), "0", "0"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, preexec_fn=lower)
        watching = 0
        for watcher in (*watchers, streams):
            if watcher is streams:
                streams.stdin.close()  # the clients have seen the job's end
            _, status, usage = os.wait4(watcher.pid, 0)
            watcher.returncode = os.waitstatus_to_exitcode(status)
            if watcher.returncode != 0:
                raise SystemExit(f"a watcher of {job} ended with {watcher.returncode}")
            watching += usage.ru_utime + usage.ru_stime
        serving = serving_seconds(self.process) - serving
        cores = (time.time() - begin) * os.cpu_count()
        database = sqlite3.connect(f"file:{self.folder}/electrad.db?mode=ro", uri=True)
        row = "job_id = (SELECT id FROM jobs WHERE name = ?)"
        name = (job.removeprefix("jobs/"),)
        steps = database.execute("SELECT tokens_per_second * step_seconds, step_seconds, time FROM "
                                 f"step_metrics WHERE {row} ORDER BY step", name).fetchall()
        # The state changes to RUNNING in the transaction that records the preparation.
        running = database.execute(
            f"SELECT time FROM events WHERE {row} AND kind = 'preparation'", name).fetchone()[0]
        database.close()
        first = (steps[0][2] - running) / 1e6 - steps[0][1]
        return [step[:2] for step in steps], first, serving, watching, cores

    def stop(self):
        self.process.terminate()
        self.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    for name in ("corpus", "column", "vocab"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--model", default="small", choices=RESOLVED)
    for name, default in (("batch", 16), ("steps", 20), ("threads", 2), ("watchers", 20),
                          ("clients", 1), ("nice", 0), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    if not 1 <= options.clients <= options.watchers:
        parser.error("--clients must be from 1 to --watchers")
    settings = {"max_steps": options.steps, "batch_size": options.batch, "device": "cpu",
                "learning_rate": RESOLVED[options.model], "eval_steps": 0}
    with tempfile.TemporaryDirectory(prefix="electra-bench-") as folder:
        folder = pathlib.Path(folder)
        data = folder / "data"
        data.mkdir()
        daemon = Daemon(options, data)
        engine, service, starts, seconds = [], [], [], []
        for round_number in range(options.rounds):
            engine.append(alone(options, folder, settings))
            steps, start, *used = daemon.run(settings)
            service.append(steps)
            seconds.append(used)
            if round_number > 0:  # the first job made the id cache
                starts.append(start)
            print(f"engine alone {speed(engine[-1]):.0f} tokens/s\t"
                  f"service {speed(service[-1]):.0f} tokens/s", flush=True)
        daemon.stop()
    ratio = speed(usual(service)) / speed(usual(engine))
    print(f"service / engine\t{100 * ratio:.1f} % of tokens/s, {options.watchers} watchers, "
          f"{options.clients} of them processes")
    serving, watching, cores = (statistics.median(column) for column in zip(*seconds))
    print(f"processor time\t{serving:.2f} s the daemon's beside training, {watching:.2f} s the "
          f"watchers' own, of {cores:.1f} s")
    if starts:
        print(f"first step\t{max(starts):.2f} s after RUNNING, id cache there")


if __name__ == "__main__":
    main()
