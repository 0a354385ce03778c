#!/usr/bin/env python3
"""What a second job from the same imported model saves: bytes read from the disk, and time.

    tests/bench/resident_bench.py --electrad build/release/bin/electrad \
        --electra build/release/bin/electra --corpus deploy/corpus/computing_ko.txt --model base

Before each job the model's files are put out of the system's cache, as after hours of other work.
"""
import argparse
import datetime
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
from rig import Client, Daemon  # noqa: E402

SETTINGS = {"max_steps": 1, "batch_size": 2, "max_length": 16, "eval_steps": 0, "sample_every": 0,
            "save_steps": 0, "max_eval_samples": 2, "vocab_size": 2000}


def evict(folder):
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def bytes_read(daemon):
    text = pathlib.Path(f"/proc/{daemon.process.pid}/io").read_text()
    return int(dict(line.split(": ") for line in text.splitlines())["read_bytes"])


def time_of(event):
    return datetime.datetime.fromisoformat(event["time"].replace("Z", "+00:00"))


def adapt(client, daemon, corpus):
    """Seconds from PREPARING to the first evaluation, and bytes read from the disk meanwhile."""
    evict(daemon.data_dir / "models")
    before = bytes_read(daemon)
    pairs = [part for key, value in SETTINGS.items() if key != "vocab_size"
             for part in ("--set", f"{key}={value}")]
    job = client.run("submit", "--model", "imported", "--corpus", corpus,
                     *pairs).stdout.strip().splitlines()[-1]
    events = client.events(job)
    begin = next(time_of(event) for event in events
                 if event.get("state_change", {}).get("to") == "PREPARING")
    ready = next(time_of(event) for event in events if "evaluation" in event)
    return (ready - begin).total_seconds(), bytes_read(daemon) - before


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("electrad", "electra", "corpus"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--model", default="base", help="a preset of the size to measure")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        daemon = Daemon(arguments.electrad, pathlib.Path(folder) / "data",
                        ("--resident-models", "4GB"))
        daemon.data_dir.mkdir()
        daemon.start()
        try:
            client = Client(arguments.electra, daemon.address)
            pairs = [part for key, value in SETTINGS.items() for part in ("--set", f"{key}={value}")]
            made = client.run("submit", "--model", arguments.model, "--corpus", arguments.corpus,
                              *pairs).stdout.strip().splitlines()[-1]
            client.events(made)
            model = next((daemon.data_dir / made / "checkpoints").glob("step-*"))
            client.run("model", "import", "imported", "--generator", model / "generator",
                       "--discriminator", model / "discriminator")
            size = sum(path.stat().st_size for path in (daemon.data_dir / "models").rglob("*.safetensors"))
            print(f"{arguments.model}: weights of {size / 2**20:.0f} MiB")
            for what in ("first job", "second job", "third job"):
                seconds, read = adapt(client, daemon, arguments.corpus)
                print(f"{what}: {seconds:.2f} s to its first evaluation, "
                      f"{read / 2**20:.1f} MiB read from the disk")
            client.run("server", "unload")
            seconds, read = adapt(client, daemon, arguments.corpus)
            print(f"after `electra server unload`: {seconds:.2f} s, {read / 2**20:.1f} MiB read")
        finally:
            daemon.end()


if __name__ == "__main__":
    main()
