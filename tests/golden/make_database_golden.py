#!/usr/bin/env python3
"""Makes tests/golden/databases/schema_N.sql: what a daemon of each released schema left behind.

    tests/golden/make_database_golden.py --electrad .../electrad --electra .../electra --schema 5

A daemon and a client of the newest released schema train, cancel, pause, import and give tokens;
its database is dumped as that schema's file. Older schemas get those of its rows and columns that
they had, in tables that their own migrations make. Run once a release: files that are there stay.
"""
import argparse
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))
from rig import Client, Daemon  # noqa: E402

SETTINGS = {"max_steps": 4, "batch_size": 4, "max_length": 24, "vocab_size": 120,
            "sample_every": 2, "eval_steps": 2, "save_steps": 2}


def run_daemon(electrad, electra, folder):
    """A data folder with a bit of everything."""
    corpus = folder / "books.csv"
    corpus.write_text("id,sen\n" + "".join(
        f"{i},데이터 모델 학습 서버 언어 코드 {i % 7}\n" for i in range(60)), encoding="utf-8")
    probe = folder / "probe.txt"
    probe.write_text("데이터 모델 학습\n", encoding="utf-8")
    daemon = Daemon(electrad, folder / "data")
    daemon.data_dir.mkdir()
    daemon.tool("token", "create", "--role", "admin", "--name", "ann")
    daemon.start()
    client = Client(electra, daemon.address)
    source = ("--corpus", corpus, "--column", "sen")
    done = client.submit(*source, "--name", "끝난 작업", "--probe", probe, settings=SETTINGS)
    client.run("watch", done)
    model = daemon.data_dir / done / "checkpoints/step-4"
    model = model if model.exists() else next((daemon.data_dir / done / "checkpoints").glob("step-*"))
    client.run("model", "import", "koelectra-tiny", "--generator", model / "generator",
               "--discriminator", model / "discriminator")
    long = client.submit(*source, "--name", "paused", settings={**SETTINGS, "max_steps": 100000})
    waiting = client.submit(*source, "--name", "cancelled", settings=SETTINGS)
    client.run("job", "cancel", waiting)
    client.run("job", "pause", long)
    while daemon.rows("SELECT state FROM jobs WHERE display_name = 'paused'") != [("PAUSED",)]:
        pass
    daemon.end(15)
    return daemon.data_dir / "electrad.db"


def copy_rows(newest, connection, version):
    """Into a database of an older schema: the rows and columns that it has."""
    tables = [row[0] for row in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
    connection.execute("PRAGMA foreign_keys = OFF")
    for table in tables:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        known = [row[1] for row in newest.execute(f"PRAGMA table_info({table})")]
        shared = [column for column in columns if column in known]
        if not shared:
            continue
        # Before probe sentences a step had one sample.
        only = " WHERE probe = 0" if table == "samples" and "probe" not in columns else ""
        if table == "migrations":
            only = f" WHERE version <= {version}"
        rows = newest.execute(f"SELECT {', '.join(shared)} FROM {table}{only}").fetchall()
        places = ", ".join("?" for _ in shared)
        connection.executemany(
            f"INSERT INTO {table} ({', '.join(shared)}) VALUES ({places})", rows)
    connection.commit()


def dump(connection, version, data_dir, path):
    """As SQL text; the counters of AUTOINCREMENT follow from the rows."""
    lines = [line for line in connection.iterdump() if "sqlite_sequence" not in line]
    text = "\n".join(lines).replace(str(data_dir), "/var/lib/electrad")
    path.write_text(f"{text}\nPRAGMA user_version = {version};\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--electrad", required=True)
    parser.add_argument("--electra", required=True)
    parser.add_argument("--schema", required=True, type=int, help="of that electrad")
    arguments = parser.parse_args()
    target = ROOT / "tests/golden/databases"
    migrations = sorted((ROOT / "migrations").glob("[0-9]*.sql"))
    with tempfile.TemporaryDirectory() as folder:
        newest = sqlite3.connect(run_daemon(arguments.electrad, arguments.electra,
                                            pathlib.Path(folder)))
        assert newest.execute("PRAGMA user_version").fetchone()[0] == arguments.schema
        for version in range(1, arguments.schema + 1):
            path = target / f"schema_{version}.sql"
            if path.exists():
                continue
            connection = newest
            if version < arguments.schema:
                connection = sqlite3.connect(":memory:")
                for migration in migrations[:version]:
                    connection.executescript(migration.read_text(encoding="utf-8"))
                copy_rows(newest, connection, version)
            dump(connection, version, pathlib.Path(folder) / "data", path)
            print(path)


if __name__ == "__main__":
    main()
