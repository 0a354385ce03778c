"""A job as it trains: its events over connections that break, and their display."""
from __future__ import annotations

import html
import math
import random
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol, TextIO

import grpc

from electra import errors
from electra.curves import plots
from electra.labels import Words, labels
from electra.sample import SampleView, visible
from electra.v1 import training_pb2
from electra.v1.training_pb2 import JobState

if TYPE_CHECKING:
    from electra.connection import Connection
    from electra.v1 import job_pb2

ENDED = (training_pb2.SUCCEEDED, training_pb2.FAILED, training_pb2.CANCELLED)

_REDRAW_SECONDS = 0.5
_MOST_STEPS = 4000  # that are kept for curves; beyond, every second one goes
_LINE_EVERY = 10    # steps, on a terminal


def pauses() -> Iterator[float]:
    """Seconds between attempts: doubling from half a second to half a minute, each within a fifth
    of its length at random, so that clients that lost the same server do not return all at once."""
    pause = 0.5
    while True:
        yield pause * random.uniform(0.8, 1.2)
        pause = min(2 * pause, 30.0)


class Watcher(Protocol):
    """Shows what happens."""

    def on_event(self, event: training_pb2.TrainingEvent) -> None: ...

    def on_lost(self, seconds: float) -> None:
        """The connection broke; it is tried again within `seconds`."""

    def finish(self, job: "job_pb2.Job") -> None: ...


def follow(connection: "Connection", name: str, after: int, watcher: Watcher | None = None
           ) -> Iterator[training_pb2.TrainingEvent]:
    """The job's events after `after`, each once, to the end of a job that has ended. A connection
    that breaks is made again, from the last event that came."""
    waits = pauses()
    ended = False
    while True:
        request = training_pb2.WatchJobRequest(name=name, after_sequence=after)
        try:
            for event in connection.stream(connection.training.WatchJob, request):
                if event.sequence <= after:
                    continue
                after, waits = event.sequence, pauses()
                yield event
                if event.WhichOneof("kind") == "state_change":
                    ended = event.state_change.to in ENDED
                    if event.state_change.to == training_pb2.SUCCEEDED:
                        return  # nothing can follow; the others may be retried
            return
        except errors.ElectraError as error:
            # A server that stops ends calls that reach it at that moment as CANCELLED.
            if error.status not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
                raise
            if ended:
                return
        seconds = next(waits)
        if watcher:
            watcher.on_lost(seconds)
        time.sleep(seconds)


class TerminalWatcher:
    """Lines, as `electra watch --plain` prints them."""

    def __init__(self, target: str, total_steps: int, language: str | None,
                 out: TextIO | None = None) -> None:
        self._target = target
        self._total = total_steps
        self._language = language
        self._labels = labels(language)
        self._out = out or sys.stdout

    def _print(self, text: str) -> None:
        print(text, file=self._out, flush=True)

    def on_event(self, event: training_pb2.TrainingEvent) -> None:
        kind = event.WhichOneof("kind")
        if kind == "state_change":
            change = event.state_change
            reason = f": {visible(change.reason)}" if change.reason else ""
            self._print(f"[{self._labels['states'][JobState.Name(change.to)]}{reason}]")
        elif kind == "preparation":
            self._total = event.preparation.total_steps
        elif kind == "step":
            step = event.step
            if step.step == 1 or step.step % _LINE_EVERY == 0 or step.step == self._total:
                self._print(step_line(step, self._total, self._labels))
        elif kind == "sample":
            self._print(f"\n{SampleView(event.sample, self._language)}\n")
        elif kind == "evaluation":
            each = event.evaluation
            self._print(f"{self._labels['evaluation']} ({self._labels['step']} {each.step}): "
                        f"Combined {each.combined_loss:.3f} Generator {each.generator_loss:.3f} "
                        f"Discriminator {each.discriminator_loss:.3f}")
        elif kind == "log":
            self._print(visible(event.log.text))

    def on_lost(self, seconds: float) -> None:
        self._print(self._labels["lost"].format(server=self._target, seconds=seconds))

    def finish(self, job: "job_pb2.Job") -> None:
        if job.model_path:
            self._print(self._labels["model"].format(path=visible(job.model_path)))


def step_line(step: training_pb2.StepMetrics, total: int, words: Words) -> str:
    return (f"{words['step_of'].format(step=step.step, total=total)} · "
            f"Combined {step.combined_loss:.3f} Generator {step.generator_loss:.3f} "
            f"Discriminator {step.discriminator_loss:.3f} · "
            f"{words['speed'].format(speed=f'{step.tokens_per_second:.0f}')}")


class NotebookWatcher:
    """One output of a notebook that is drawn again: state, curves, the newest sentences."""

    def __init__(self, target: str, job: "job_pb2.Job", language: str | None) -> None:
        from IPython.display import HTML, display  # where it is, a notebook runs

        self._html = HTML
        self._language = language
        self._labels = labels(language)
        self._target = target
        self._job = job
        self._state = job.state
        self._reason = job.reason
        self._total = job.total_steps
        self._steps: dict[int, training_pb2.StepMetrics] = {}
        self._stride = 1
        self._evaluations: dict[int, training_pb2.Evaluation] = {}
        self._samples: dict[int, training_pb2.Sample] = {}  # by probe sentence; 0: of a batch
        self._note = ""
        self._drawn_at = -math.inf
        self._display: Any = display(HTML(self._page()), display_id=True)

    def add_history(self, steps: list[training_pb2.StepMetrics],
                    evaluations: list[training_pb2.Evaluation],
                    samples: list[training_pb2.Sample]) -> None:
        for step in steps:
            self._add_step(step)
        self._evaluations.update((each.step, each) for each in evaluations)
        self._samples.update((sample.probe, sample) for sample in samples)
        self._draw()

    def _add_step(self, step: training_pb2.StepMetrics) -> None:
        if self._stride > 1 and step.step % self._stride and step.step != self._total:
            return
        self._steps[step.step] = step
        if len(self._steps) > _MOST_STEPS:
            self._stride *= 2
            self._steps = {number: each for number, each in self._steps.items()
                           if number % self._stride == 0}

    def on_event(self, event: training_pb2.TrainingEvent) -> None:
        kind = event.WhichOneof("kind")
        self._note = ""
        if kind == "state_change":
            self._state, self._reason = event.state_change.to, event.state_change.reason
        elif kind == "preparation":
            self._total = event.preparation.total_steps
        elif kind == "step":
            self._add_step(event.step)
        elif kind == "evaluation":
            self._evaluations[event.evaluation.step] = event.evaluation
        elif kind == "sample":
            self._samples[event.sample.probe] = event.sample
        elif kind == "rewind":
            last = event.rewind.step
            self._steps = {n: each for n, each in self._steps.items() if n <= last}
            self._evaluations = {n: each for n, each in self._evaluations.items() if n <= last}
        elif kind == "log" and event.log.severity >= training_pb2.LogMessage.WARNING:
            self._note = event.log.text
        if kind == "state_change" or time.monotonic() - self._drawn_at >= _REDRAW_SECONDS:
            self._draw()

    def on_lost(self, seconds: float) -> None:
        self._note = self._labels["lost"].format(server=self._target, seconds=seconds)
        self._draw()

    def finish(self, job: "job_pb2.Job") -> None:
        self._state, self._reason = job.state, job.reason
        if job.model_path:
            self._note = self._labels["model"].format(path=job.model_path)
        self._draw()

    def _draw(self) -> None:
        self._drawn_at = time.monotonic()
        self._display.update(self._html(self._page()))

    def _page(self) -> str:
        name = self._job.display_name or self._job.name
        state = self._labels["states"].get(JobState.Name(self._state), "")
        lines = [f"<b><bdi>{html.escape(visible(name))}</bdi></b> · {html.escape(state)}"]
        if self._reason:
            lines.append(html.escape(visible(self._reason)))
        steps = [self._steps[number] for number in sorted(self._steps)]
        if steps:
            lines.append(html.escape(step_line(steps[-1], self._total, self._labels)))
        if self._note:
            lines.append(html.escape(visible(self._note)))
        evaluations = [self._evaluations[number] for number in sorted(self._evaluations)]
        curves = plots(self._labels["rates"], steps, evaluations)
        samples = "<hr>".join(SampleView(self._samples[probe], self._language)._repr_html_()
                              for probe in sorted(self._samples))
        return (f'<div class="electra"><p>{"<br>".join(lines)}</p>'
                f'<div style="display:flex;flex-wrap:wrap;gap:12px">{curves}</div>{samples}</div>')


def in_notebook() -> bool:
    """Whether output goes into the cell of a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and getattr(shell, "kernel", None) is not None
