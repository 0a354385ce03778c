"""Corpora and models on their way to the server and back: checked, and an upload resumed where its
connection broke."""
from __future__ import annotations

import hashlib
import json
import os
import pathlib
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping
from typing import IO, Any

import grpc

from electra import errors
from electra.connection import Connection, PathLike
from electra.live import pauses
from electra.v1 import corpus_pb2, model_pb2

_CHUNK = 256 << 10
_ATTEMPTS = 12  # in vain, one after the other

_FORMATS = {None: corpus_pb2.CORPUS_FORMAT_UNSPECIFIED, "txt": corpus_pb2.TEXT,
            "csv": corpus_pb2.CSV, "tsv": corpus_pb2.TSV, "jsonl": corpus_pb2.JSONL}
_ON_INVALID = {None: corpus_pb2.ON_INVALID_TEXT_UNSPECIFIED, "refuse": corpus_pb2.REFUSE,
               "replace": corpus_pb2.REPLACE, "skip": corpus_pb2.SKIP}
_QUOTINGS = {None: corpus_pb2.QUOTING_UNSPECIFIED, "none": corpus_pb2.QUOTING_NONE,
             "csv": corpus_pb2.QUOTING_CSV}
_PARTS = {None: model_pb2.MODEL_PART_UNSPECIFIED, "generator": model_pb2.GENERATOR,
          "discriminator": model_pb2.DISCRIMINATOR}
_WEIGHTS = {None: model_pb2.WEIGHT_TYPE_UNSPECIFIED, "float32": model_pb2.FLOAT32,
            "bfloat16": model_pb2.BFLOAT16, "float16": model_pb2.FLOAT16}


def _choice(table: Mapping[str | None, Any], name: str, value: str | None) -> Any:
    if value not in table:
        choices = ", ".join(str(key) for key in table if key)
        raise ValueError(f"{name} is {value!r}: choose one of {choices}")
    return table[value]


def _digest(path: pathlib.Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


_ENDINGS = {".txt": "txt", ".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl",
            ".parquet": "parquet", ".arrow": "parquet"}  # parquet: what pyarrow reads


def _kind(path: pathlib.Path) -> str | None:
    if path.suffix in (".gz", ".zst"):
        path = path.with_suffix("")
    return _ENDINGS.get(path.suffix.lower())


def _files_of(folder: pathlib.Path, format: str | None) -> tuple[list[pathlib.Path], str]:
    """The files of a folder that are a corpus, and their kind, as `electra submit` takes them."""
    if (folder / "dataset_dict.json").exists():
        splits = ", ".join(json.loads((folder / "dataset_dict.json").read_text())["splits"])
        raise ValueError(f"{folder} is a dataset with splits: name the folder of one of {splits}")
    if format is None and (folder / "state.json").exists():
        files = json.loads((folder / "state.json").read_text())["_data_files"]
        return [folder / pathlib.PurePath(file["filename"]).name for file in files], "parquet"
    found = [path for path in folder.rglob("*") if path.is_file() and _kind(path)
             and not any(part.startswith(".") for part in path.relative_to(folder).parts)
             and format in (None, _kind(path))]
    kinds = {_kind(path) for path in found}
    if len(kinds) != 1:
        raise ValueError(f"{folder} has files of several kinds, {', '.join(sorted(map(str, kinds)))}: "
                         "choose one by format" if kinds else
                         f"{folder} has no file that ends in {', '.join(_ENDINGS)}")
    return (sorted(found, key=lambda path: path.relative_to(folder).as_posix().encode()),
            str(kinds.pop()))


def _archive(folder: pathlib.Path, files: list[pathlib.Path], target: IO[bytes]) -> None:
    """A tar archive, of the same bytes each time, so that an upload of it can be resumed."""
    with tarfile.open(fileobj=target, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for path in files:
            info = tarfile.TarInfo(path.relative_to(folder).as_posix())
            info.size = path.stat().st_size
            with path.open("rb") as file:
                archive.addfile(info, file)


def _column(name: str, files: list[pathlib.Path], column: str, target: IO[bytes]) -> None:
    """The text of a column of Parquet or Arrow files, one JSON object per line."""
    from electra import read_column
    try:
        read_column.write([str(file) for file in files], column, target)
    except ImportError as error:
        raise ImportError(f"{name}: reading Parquet and Arrow needs pyarrow: pip install pyarrow"
                          ) from error
    except read_column.Problem as problem:
        facts = dict(problem.facts)
        where = pathlib.Path(facts.pop("file")).name
        if facts["problem"] == "no_column":
            raise ValueError(f"{where}: there is no column {column!r}; there are "
                             f"{', '.join(facts['columns'])}") from problem
        if facts["problem"] == "not_text":
            raise ValueError(f"{where}: the column {column!r} holds {facts['type']}, not text"
                             ) from problem
        raise ValueError(f"{where}: {facts['why']}") from problem


def upload(connection: Connection, path: PathLike, *, column: str | None, format: str | None,
           encoding: str | None, on_invalid: str | None, delimiter: str | None,
           quoting: str | None) -> corpus_pb2.Corpus:
    """Sends a file, or a folder of files of one kind, or finds that the server has it."""
    given = pathlib.Path(path)
    files, kind = [given], _kind(given) if format is None else format
    if given.is_dir():
        given = given.resolve()
        files, kind = _files_of(given, format)
    how = {"column": column, "on_invalid": on_invalid, "delimiter": delimiter, "quoting": quoting}
    if not given.is_dir() and kind != "parquet":
        return _send(connection, given, given.name, format=format, encoding=encoding, **how)
    with tempfile.TemporaryDirectory(prefix="electra-") as folder:
        made = pathlib.Path(folder) / "corpus"
        with made.open("wb") as target:
            if kind == "parquet":
                _column(given.name, files, column or "", target)
            else:
                _archive(given, files, target)
        if kind == "parquet":
            return _send(connection, made, given.name, format="jsonl", encoding=None, **how)
        return _send(connection, made, given.name, format=kind, encoding=encoding, **how)


def _send(connection: Connection, file: pathlib.Path, name: str, *, column: str | None,
          format: str | None, encoding: str | None, on_invalid: str | None, delimiter: str | None,
          quoting: str | None) -> corpus_pb2.Corpus:
    header = corpus_pb2.CorpusHeader(
        file_name=name, format=_choice(_FORMATS, "format", format), column=column or "",
        size_bytes=file.stat().st_size, sha256=_digest(file), encoding=encoding or "",
        on_invalid=_choice(_ON_INVALID, "on_invalid", on_invalid), delimiter=delimiter or "",
        quoting=_choice(_QUOTINGS, "quoting", quoting))

    def requests(offset: int) -> Iterator[corpus_pb2.UploadCorpusRequest]:
        yield corpus_pb2.UploadCorpusRequest(header=header)
        with file.open("rb") as data:
            data.seek(offset)
            while block := data.read(_CHUNK):
                yield corpus_pb2.UploadCorpusRequest(
                    chunk=corpus_pb2.CorpusChunk(offset=offset, data=block))
                offset += len(block)

    furthest, waits, was_answered = 0, pauses(), False
    attempt = 0
    while True:
        try:
            known = connection.call(connection.corpora.GetUpload,
                                    corpus_pb2.GetUploadRequest(header=header))
            was_answered = True
            if known.HasField("corpus"):
                return known.corpus
            if known.received_bytes > furthest:
                furthest, waits, attempt = known.received_bytes, pauses(), 0
            return connection.call(connection.corpora.UploadCorpus,
                                   requests(known.received_bytes), long=True)
        except errors.UnavailableError as error:
            attempt += 1
            passes = was_answered and error.status == grpc.StatusCode.UNAVAILABLE
            if not passes or attempt > _ATTEMPTS:
                raise
            time.sleep(next(waits))


class _Incoming:
    """One file of a model, checked against its announced size and digest."""

    def __init__(self, folder: pathlib.Path, header: model_pb2.ModelFile, *, has_parts: bool
                 ) -> None:
        name = header.file_name
        if not name or name in (".", "..") or "/" in name or "\\" in name or "\0" in name:
            raise errors.ElectraError(f"the server sent a file with the name {name!r}")
        if has_parts:
            folder = folder / model_pb2.ModelPart.Name(header.part).lower()
            folder.mkdir(exist_ok=True)
        self.path = folder / name
        self._header = header
        self._digest = hashlib.sha256()
        self._file = self.path.open("xb")

    def add(self, chunk: model_pb2.FileChunk) -> None:
        if chunk.offset != self._file.tell():
            raise errors.ElectraError(f"{self.path.name}: a part of it is missing")
        self._file.write(chunk.data)
        self._digest.update(chunk.data)

    def finish(self) -> None:
        size = self._file.tell()
        self._file.close()
        if size != self._header.size_bytes or self._digest.hexdigest() != self._header.sha256:
            raise errors.ElectraError(f"{self.path.name}: what came is not what was sent")


def download(connection: Connection, name: str, directory: PathLike, *, step: int,
             part: str | None, dtype: str | None) -> pathlib.Path:
    """Writes a directory that does not exist yet; it appears once it is complete."""
    target = pathlib.Path(directory)
    if target.exists():
        raise FileExistsError(f"{target} exists: name a directory that does not")
    request = model_pb2.DownloadModelRequest(name=name, step=step,
                                             part=_choice(_PARTS, "part", part),
                                             weight_type=_choice(_WEIGHTS, "dtype", dtype))
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        file: _Incoming | None = None
        for message in connection.stream(connection.models.DownloadModel, request):
            if message.HasField("file"):
                if file:
                    file.finish()
                file = _Incoming(folder, message.file, has_parts=part is None)
            elif file:
                file.add(message.chunk)
        if file:
            file.finish()
        folder.chmod(0o777 & ~_umask())
        os.rename(folder, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return target


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
