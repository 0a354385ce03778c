"""What 200 watchers (or another number, --watchers) cost: the trainer's speed and the daemon's memory beside those with one.

    watch_bench.py --electrad ... --electra ... --client build/release/bin/watch_bench --corpus ...

One job trains all the time, in windows with one watcher and with many by turns: of these 20 read an
event a second, one never, all others at once. Prints the figures; exit status 1 where an event was missed or came
twice.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "integration"))
from rig import Client, Daemon  # noqa: E402

SETTLE = 2.0  # seconds of a window that are not counted


def resident_mib(process):
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")


def serving_seconds(process):
    """Processor time of all threads but the one that trains: what watchers cost, however busy the
    machine is."""
    ticks = 0
    for task in pathlib.Path(f"/proc/{process.pid}/task").iterdir():
        try:
            name, fields = (task / "stat").read_text().rsplit(")", 1)
        except FileNotFoundError:
            continue  # a thread that has ended meanwhile
        if not name.split("(", 1)[1].startswith("train"):
            ticks += sum(map(int, fields.split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def window(options, daemon, job, counts):
    """Steps a second and resident memory while so many watch."""
    name = job.removeprefix("jobs/")
    (after,), = daemon.rows("SELECT last_sequence FROM jobs WHERE name = ?", name)
    watchers = subprocess.Popen(
        ["nice", "-n", "19", options.client, daemon.address, job, str(after), *map(str, counts)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    time.sleep(SETTLE)
    begin, serving = time.time(), serving_seconds(daemon.process)
    time.sleep(options.seconds)
    end, serving = time.time(), serving_seconds(daemon.process) - serving
    memory = resident_mib(daemon.process)
    out, _ = watchers.communicate("\n", timeout=60)
    times = [row[0] for row in daemon.rows(
        "SELECT step_metrics.time FROM step_metrics JOIN jobs ON jobs.id = job_id "
        "WHERE name = ? AND step_metrics.time BETWEEN ? AND ? ORDER BY step_metrics.time", name,
        begin * 1e6, end * 1e6)]
    durations = [row[0] for row in daemon.rows(
        "SELECT step_seconds FROM step_metrics JOIN jobs ON jobs.id = job_id "
        "WHERE name = ? AND step_metrics.time BETWEEN ? AND ?", name, begin * 1e6, end * 1e6)]
    watched, events, gaps, duplicates = map(int, out.split())
    return {"speed": len(times) / (end - begin), "step": statistics.median(durations),
            "serving": serving / (end - begin), "memory": memory, "watchers": watched, "events": events, "gaps": gaps,
            "duplicates": duplicates}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--electrad", "--electra", "--client", "--corpus"):
        parser.add_argument(name, required=True, type=pathlib.Path)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--watchers", type=int, default=200, help="at least 22")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="electra-bench-") as folder:
        data = pathlib.Path(folder) / "data"
        data.mkdir()
        daemon = Daemon(options.electrad, data).start()
        try:
            client = Client(options.electra, daemon.address)
            job = client.submit("--corpus", options.corpus, settings={
                "max_steps": 1000000, "batch_size": 16, "max_length": 64, "save_steps": 0,
                "eval_steps": 0, "sample_every": 10})
            while not daemon.rows("SELECT 1 FROM step_metrics WHERE step > 20"):
                time.sleep(0.2)
            one, many = [], []
            for _ in range(options.rounds):
                one.append(window(options, daemon, job, (1, 0, 0)))
                many.append(window(options, daemon, job, (options.watchers - 21, 20, 1)))
        finally:
            daemon.end()
    for figures in (*one, *many):
        print("{watchers} watchers: {speed:.2f} steps/s, median step {step:.4f} s, serving "
              "threads {serving:.3f} processors, resident {memory:.1f} MiB, {events} events".format(**figures))
    speeds = [statistics.mean(figures["speed"] for figures in kind) for kind in (one, many)]
    steps = [statistics.median(figures["step"] for figures in kind) for kind in (one, many)]
    memory = [max(figures["memory"] for figures in kind) for kind in (one, many)]
    gaps = sum(figures["gaps"] for figures in (*one, *many))
    duplicates = sum(figures["duplicates"] for figures in (*one, *many))
    print(f"trainer with {options.watchers} watchers: speed {100 * (speeds[1] / speeds[0] - 1):+.2f} %, median "
          f"step {100 * (steps[1] / steps[0] - 1):+.2f} %; daemon memory "
          f"{memory[1] - memory[0]:+.1f} MiB; gaps {gaps}, duplicates {duplicates}")
    return 1 if gaps or duplicates else 0


if __name__ == "__main__":
    sys.exit(main())
