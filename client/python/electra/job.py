"""A training job on a server."""
from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from electra import live, transfer
from electra.connection import Connection, PathLike
from electra.finetuning import Finetuning
from electra.history import History, Samples
from electra.labels import labels
from electra.sample import SampleView, visible
from electra.v1 import finetuning_pb2, history_pb2, job_pb2, training_pb2
from electra.v1.training_pb2 import JobState

if TYPE_CHECKING:
    from google.protobuf.message import Message

_NEWEST_SAMPLES = 3  # recorded steps from which the newest sentences are taken
_POINTS = 1000       # of the curves that a notebook begins with


class Job:
    """A handle: `message` is the job as it was last read, `refresh()` reads it again."""

    def __init__(self, connection: Connection, message: job_pb2.Job) -> None:
        self._connection = connection
        self.message = message

    @property
    def name(self) -> str:
        """"jobs/{id}"."""
        return self.message.name

    @property
    def state(self) -> str:
        """"RUNNING", as it was last read."""
        return JobState.Name(self.message.state)

    @property
    def warnings(self) -> list[str]:
        """The server's warnings about the text when the job was submitted."""
        return list(self.message.warnings)

    def refresh(self) -> "Job":
        self.message = self._connection.call(self._connection.jobs.GetJob,
                                             job_pb2.GetJobRequest(name=self.name))
        return self

    def events(self, after: int = 0) -> Iterator[training_pb2.TrainingEvent]:
        """Each event after a sequence number, live, until the job ends. A connection that breaks is
        made again."""
        return live.follow(self._connection, self.name, after)

    def watch(self, *, language: str | None = None) -> "Job":
        """Follows the job to its end and returns it as it then is.

        In a notebook: its state, curves and newest sentences in one output, which is drawn again.
        In a terminal: lines, from the beginning. Interrupting it leaves the job running. `language`
        is "en" or "ko"; by default that of ELECTRA_LANG, else of the locale.
        """
        self.refresh()
        target = self._connection.target
        after = 0
        watcher: live.Watcher
        if live.in_notebook():
            notebook = live.NotebookWatcher(target, self.message, language)
            after = self.message.last_sequence
            self._show_history(notebook)
            watcher = notebook
        else:
            watcher = live.TerminalWatcher(target, self.message.total_steps, language)
        for event in live.follow(self._connection, self.name, after, watcher):
            watcher.on_event(event)
        self.refresh()
        watcher.finish(self.message)
        return self

    def _show_history(self, notebook: live.NotebookWatcher) -> None:
        history = self.history(max_points=_POINTS)
        every = int(self.message.hyperparameters.fields["sample_every"].number_value)
        first = max(self.message.step - _NEWEST_SAMPLES * every, 0)
        samples = self.samples(first_step=first) if every else Samples()
        notebook.add_history(history.steps, history.evaluations,
                             [sample.message for sample in samples])

    def history(self, *, first_step: int = 0, last_step: int = 0, max_points: int = 0,
                language: str | None = None) -> History:
        """Steps (all, or at most `max_points` of them) and evaluations."""
        request = history_pb2.ListStepMetricsRequest(parent=self.name, first_step=first_step,
                                                     last_step=last_step, max_points=max_points)
        stub = self._connection.history
        return History(
            list(self._connection.pages(stub.ListStepMetrics, request, "steps")),
            list(self._connection.pages(stub.ListEvaluations,
                                        history_pb2.ListEvaluationsRequest(parent=self.name),
                                        "evaluations")), language)

    def samples(self, *, step: int | None = None, first_step: int = 0, last_step: int = 0,
                missed_only: bool = False, suspected_only: bool = False,
                language: str | None = None) -> Samples:
        """Recorded sample predictions: of one step (0: before the first), or of a range."""
        request = history_pb2.ListSamplesRequest(
            parent=self.name, step=step, first_step=first_step, last_step=last_step,
            missed_only=missed_only, suspected_only=suspected_only)
        rows = self._connection.pages(self._connection.history.ListSamples, request, "samples")
        return Samples(SampleView(message, language) for message in rows)

    def download(self, directory: PathLike, *, step: int = 0, part: str | None = None,
                 dtype: str | None = None) -> pathlib.Path:
        """Writes the trained pair, or one of its networks ("generator", "discriminator"), as
        Hugging Face directories into `directory`, which must not exist. `step`: of a
        checkpoint other than the job's model; `dtype`: "bfloat16" or "float16"."""
        return transfer.download(self._connection, self.name, directory, step=step, part=part,
                                 dtype=dtype)

    def finetune(self, data: PathLike, *, label: str, text: str | None = None, seeds: int = 5,
                 epochs: float = 3, learning_rate: float = 0, batch_size: int = 32,
                 max_length: int = 128, test: float = 20, format: str | None = None,
                 encoding: str | None = None, quoting: str | None = None,
                 wait: bool = True) -> Finetuning:
        """Compares the job's model with its base: both are fine-tuned on labelled text, `seeds`
        times each, and tested on rows that they were not trained on.

            print(job.finetune("reviews.tsv", text="review", label="stars"))

        `data`: a csv, tsv or jsonl file, or "corpora/{id}", whose column of the text is known.
        `text`, `label`: columns or fields. `test`: percentage of each class's rows that is tested
        on. `learning_rate`: 0 is 1e-4, or 5e-5 for a hidden size of 1024 or more. `format`,
        `encoding` and `quoting` as in `Client.upload`. `wait=False` returns at once;
        `Finetuning.wait` waits later. A fine-tuning that failed has `state` and `message.reason`.
        """
        given = os.fspath(data)
        if not given.startswith("corpora/"):
            given = transfer.upload(self._connection, given, column=text, format=format,
                                    encoding=encoding, on_invalid=None, delimiter=None,
                                    quoting=quoting).name
        request = finetuning_pb2.CreateFinetuningRequest(
            job=self.name, corpus=given, label_column=label,
            settings=finetuning_pb2.FinetuningSettings(
                seed_count=seeds, epochs=epochs, learning_rate=learning_rate,
                batch_size=batch_size, max_length=max_length, test_percentage=test))
        # The server reads all of the text first.
        created = Finetuning(self._connection, self._connection.call(
            self._connection.finetunings.CreateFinetuning, request, long=True))
        return created.wait() if wait else created

    def cancel(self) -> "Job":
        """Ends the job: a waiting job at once, a running one after its step and a checkpoint."""
        return self._change(self._connection.jobs.CancelJob,
                            job_pb2.CancelJobRequest(name=self.name))

    def pause(self) -> "Job":
        """Stops a running job after its step and a checkpoint."""
        return self._change(self._connection.jobs.PauseJob,
                            job_pb2.PauseJobRequest(name=self.name))

    def resume(self) -> "Job":
        """Continues a paused job."""
        return self._change(self._connection.jobs.ResumeJob,
                            job_pb2.ResumeJobRequest(name=self.name))

    def retry(self) -> "Job":
        """Continues a failed or cancelled job from its last checkpoint."""
        return self._change(self._connection.jobs.RetryJob,
                            job_pb2.RetryJobRequest(name=self.name))

    def _change(self, method: object, request: "Message") -> "Job":
        self.message = self._connection.call(method, request)  # type: ignore[arg-type]
        return self

    def __repr__(self) -> str:
        name = f" {visible(self.message.display_name)!r}" if self.message.display_name else ""
        steps = f", step {self.message.step}/{self.message.total_steps}"
        return f"<Job {self.name}{name}: {self.state}{steps if self.message.total_steps else ''}>"

    def state_label(self, language: str | None = None) -> str:
        """The state in words of a language."""
        return str(labels(language)["states"].get(self.state, self.state))
