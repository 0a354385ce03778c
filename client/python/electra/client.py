"""The server, from here."""
from __future__ import annotations

import os
import pathlib
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import grpc

from electra import errors, transfer
from electra.connection import Connection, PathLike
from electra.finetuning import Finetuning
from electra.history import History, Samples
from electra.job import Job
from electra.live import pauses
from electra.v1 import corpus_pb2, daemon_pb2, job_pb2, model_pb2

_SUBMIT_ATTEMPTS = 3  # with one request_id: however often it arrives, it is one job


class Client:
    """A connection to an electrad server. Thread-safe; close it, or use it in a `with` statement.

    `server` is HOST:PORT or unix:PATH, by default ELECTRA_SERVER, else 127.0.0.1:50551. Calls to
    other machines use TLS: `ca` is the PEM file of the CA that signed the server's certificate (by
    default ELECTRA_CA, else gRPC's own), `cert` and `key` are a client certificate, and
    `insecure=True` does without. `token` is by default that of ELECTRA_TOKEN. `timeout` is the time
    limit of a call in seconds; uploads, downloads and `watch` have none.
    """

    def __init__(self, server: str | None = None, *, token: str | None = None,
                 ca: PathLike | None = None, cert: PathLike | None = None,
                 key: PathLike | None = None, insecure: bool = False,
                 timeout: float = 30.0) -> None:
        self._connection = Connection(
            server or os.environ.get("ELECTRA_SERVER") or "127.0.0.1:50551",
            token=token or os.environ.get("ELECTRA_TOKEN"),
            ca=ca or os.environ.get("ELECTRA_CA") or None, cert=cert, key=key, insecure=insecure,
            timeout=timeout)

    def close(self) -> None:
        self._connection.channel.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def status(self) -> daemon_pb2.DaemonStatus:
        """Version, devices, free space and the queue."""
        return self._connection.call(self._connection.daemon.GetStatus,
                                     daemon_pb2.GetStatusRequest())

    def upload(self, path: PathLike, *, column: str | None = None, format: str | None = None,
               encoding: str | None = None, on_invalid: str | None = None,
               delimiter: str | None = None, quoting: str | None = None) -> corpus_pb2.Corpus:
        """Sends a corpus; content that the server already has is not sent again.

        `path`: a file, a folder of files of one kind, or Parquet and Arrow (which need pyarrow).

        `column`: that of the text (csv, tsv) or the field (jsonl). `format`: txt, csv, tsv or
        jsonl; by default from the file's name. `encoding`: cp949, utf-16, ...; by default utf-8.
        `on_invalid`: refuse, replace or skip text that is not valid in it. `delimiter`: the
        character between columns. `quoting`: none, quotes are text; csv, they enclose fields.
        """
        return transfer.upload(self._connection, path, column=column, format=format,
                               encoding=encoding, on_invalid=on_invalid, delimiter=delimiter,
                               quoting=quoting)

    def submit(self, corpus: PathLike, *, model: str = "small", name: str = "",
               column: str | None = None, format: str | None = None, encoding: str | None = None,
               on_invalid: str | None = None, delimiter: str | None = None,
               quoting: str | None = None, vocab: PathLike | None = None,
               probe: Sequence[str] = (), tags: Mapping[str, str] | None = None, priority: int = 0,
               notify: str = "", **hyperparameters: Any) -> Job:
        """Queues a job, and sends its corpus first if that is a file.

            client.submit("books.csv", column="text", model="small", learning_rate=1e-4, epochs=3)

        `corpus`: a file, or "corpora/{id}" of one on the server. `model`: a preset, an imported
        model, or "jobs/{id}" or "jobs/{id}@{step}", to continue from the model of a job. `vocab`:
        a vocab.txt or tokenizer.json. `probe`: sentences that every sample shows. `notify`: a
        webhook that is told of the end. All other keywords are hyperparameters
        (`electra hyperparameters` lists them).
        """
        request = job_pb2.SubmitJobRequest(
            model=model if model.startswith(("models/", "jobs/")) else f"models/{model}",
            display_name=name,
            priority=priority, probe=probe, tags=tags, notify_url=notify,
            request_id=str(uuid.uuid4()))
        request.hyperparameters.update(hyperparameters)
        if vocab is not None:
            request.vocabulary = pathlib.Path(vocab).read_bytes()
        given = os.fspath(corpus)
        if given.startswith("corpora/"):
            request.corpus = given
        else:
            self._check(request)
            request.corpus = self.upload(given, column=column, format=format, encoding=encoding,
                                         on_invalid=on_invalid, delimiter=delimiter,
                                         quoting=quoting).name
        return Job(self._connection, self._submit(request))

    def _check(self, request: job_pb2.SubmitJobRequest) -> None:
        """Finds what the server would refuse, before a byte of a corpus is sent."""
        estimate = job_pb2.EstimateJobRequest(
            model=request.model, hyperparameters=request.hyperparameters,
            vocabulary=request.vocabulary, display_name=request.display_name,
            priority=request.priority, probe=request.probe, tags=request.tags,
            notify_url=request.notify_url)
        self._connection.call(self._connection.jobs.EstimateJob, estimate)

    def _submit(self, request: job_pb2.SubmitJobRequest) -> job_pb2.Job:
        waits = pauses()
        for attempt in range(1, _SUBMIT_ATTEMPTS + 1):
            try:
                return self._connection.call(self._connection.jobs.SubmitJob, request)
            except errors.UnavailableError as error:
                if error.status != grpc.StatusCode.UNAVAILABLE or attempt == _SUBMIT_ATTEMPTS:
                    raise
                time.sleep(next(waits))
        raise AssertionError("unreachable")

    def job(self, name: str) -> Job:
        """The job of this name: "jobs/{id}", the id, or the beginning of one."""
        full = name if name.startswith("jobs/") else f"jobs/{name}"
        return Job(self._connection, self._connection.call(self._connection.jobs.GetJob,
                                                           job_pb2.GetJobRequest(name=full)))

    def jobs(self, filter: str = "", order_by: str = "") -> Iterator[Job]:
        """Jobs, the newest first. `filter` is as in `electra history --filter`:
        'state=SUCCEEDED AND eval_loss<12'."""
        request = job_pb2.ListJobsRequest(filter=filter, order_by=order_by)
        for message in self._connection.pages(self._connection.jobs.ListJobs, request, "jobs"):
            yield Job(self._connection, message)

    def corpora(self) -> Iterator[corpus_pb2.Corpus]:
        """Corpora, the newest first."""
        return self._connection.pages(self._connection.corpora.ListCorpora,
                                      corpus_pb2.ListCorporaRequest(), "corpora")

    def models(self) -> Iterator[model_pb2.Model]:
        """Presets first, then imported models."""
        return self._connection.pages(self._connection.models.ListModels,
                                      model_pb2.ListModelsRequest(), "models")

    def watch(self, job: Job | str, **options: Any) -> Job:
        """See Job.watch."""
        return self._handle(job).watch(**options)

    def history(self, job: Job | str, **options: Any) -> History:
        """See Job.history."""
        return self._handle(job).history(**options)

    def samples(self, job: Job | str, **options: Any) -> Samples:
        """See Job.samples."""
        return self._handle(job).samples(**options)

    def download(self, job: Job | str, directory: PathLike, **options: Any) -> pathlib.Path:
        """See Job.download."""
        return self._handle(job).download(directory, **options)

    def finetune(self, job: Job | str, data: PathLike, text: str | None = None, *, label: str,
                 **options: Any) -> Finetuning:
        """See Job.finetune."""
        return self._handle(job).finetune(data, text=text, label=label, **options)

    def _handle(self, job: Job | str) -> Job:
        return job if isinstance(job, Job) else self.job(job)
