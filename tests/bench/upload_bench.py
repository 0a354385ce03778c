"""Ten uploads of 1 GB at once: how much memory the daemon has resident meanwhile, and how long.

    upload_bench.py --electrad build/release/bin/electrad --electra build/release/bin/electra
                    [--limit 300000000]

Prints the figures; exit status 1 at the limit or above, or where an upload failed. A daemon that
begins with more than half of it, as with CUDA's libraries, may take half of it again.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "integration"))
from rig import Client, Daemon  # noqa: E402


def write_corpus(path, number, size):
    line = f"{number}번째 말뭉치의 한 문장, 데이터와 컴퓨터에 대한 이야기입니다.\n".encode()
    block = line * (2 ** 20 // len(line))
    with open(path, "wb") as file:
        for _ in range(size // len(block)):
            file.write(block)
        file.write(line * ((size - file.tell()) // len(line)))


def resident(process):
    fields = pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return {line.split(":")[0]: int(line.split()[1]) * 1024
            for line in fields if line.startswith(("VmRSS", "VmHWM"))}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--electrad", "--electra"):
        parser.add_argument(name, required=True, type=pathlib.Path)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--bytes", type=int, default=10 ** 9)
    parser.add_argument("--limit", type=int, default=300 * 10 ** 6)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="electra-bench-") as folder:
        folder = pathlib.Path(folder)
        (folder / "data").mkdir()
        for number in range(options.count):
            write_corpus(folder / f"{number}.txt", number, options.bytes)
        (folder / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##a\n")
        daemon = Daemon(options.electrad, folder / "data").start()
        try:
            client = Client(options.electra, daemon.address)
            idle = resident(daemon.process)["VmRSS"]
            begin = time.monotonic()
            # Text that the vocabulary does not know: it is stored, and no job trains beside it.
            uploads = [client.spawn("submit", "--corpus", folder / f"{number}.txt", "--vocab",
                                    folder / "vocab.txt", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                       for number in range(options.count)]
            said = [upload.communicate()[1] for upload in uploads]
            seconds = time.monotonic() - begin
            most = resident(daemon.process)["VmHWM"]
            (count, stored), = daemon.rows("SELECT count(*), sum(size_bytes) FROM corpora")
            if count != options.count:
                print(*said, sep="")
                return 1
        finally:
            daemon.end()
    print(f"{options.count} uploads of {options.bytes} bytes at once, {stored} bytes stored in "
          f"{seconds:.0f} s ({stored / seconds / 1e6:.0f} MB/s): daemon resident {idle / 1e6:.0f} "
          f"MB before, at most {most / 1e6:.0f} MB")
    return 0 if most < max(options.limit, idle + options.limit / 2) else 1


if __name__ == "__main__":
    sys.exit(main())
