"""Whether an adapted model is better than its base on a user's task."""
from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

from electra import errors
from electra.connection import Connection
from electra.history import pandas_module
from electra.live import pauses
from electra.sample import visible
from electra.v1 import finetuning_pb2, training_pb2

if TYPE_CHECKING:
    import pandas

_BETWEEN_LOOKS = 1.0  # seconds
_WAITING = (training_pb2.QUEUED, training_pb2.RUNNING)


class Finetuning:
    """A summary: `message` is the fine-tuning as it was last read, `refresh()` reads it again."""

    def __init__(self, connection: Connection, message: finetuning_pb2.Finetuning) -> None:
        self._connection = connection
        self.message = message

    @property
    def name(self) -> str:
        """"finetunings/{id}"."""
        return self.message.name

    @property
    def state(self) -> str:
        """"SUCCEEDED", as it was last read."""
        return training_pb2.JobState.Name(self.message.state)

    @property
    def base(self) -> finetuning_pb2.FinetuningScores | None:
        """The scores of the model that the job began with; None until one run is done."""
        return self.message.base if self.message.HasField("base") else None

    @property
    def adapted(self) -> finetuning_pb2.FinetuningScores | None:
        """The scores of the job's model; None until one run is done."""
        return self.message.adapted if self.message.HasField("adapted") else None

    @property
    def gains(self) -> list[float]:
        """How much higher the adapted model's macro F1 is, for each seed that both models have."""
        base = {run.seed: run.macro_f1 for run in self.message.runs
                if run.model == finetuning_pb2.BASE}
        return [run.macro_f1 - base[run.seed] for run in self.message.runs
                if run.model == finetuning_pb2.ADAPTED and run.seed in base]

    def refresh(self) -> "Finetuning":
        self.message = self._connection.call(
            self._connection.finetunings.GetFinetuning,
            finetuning_pb2.GetFinetuningRequest(name=self.name))
        return self

    def wait(self) -> "Finetuning":
        """Waits for the end, even while the server is away. An interrupt leaves it running."""
        waits = pauses()
        while self.message.state in _WAITING:
            time.sleep(_BETWEEN_LOOKS)
            try:
                self.refresh()
                waits = pauses()
            except errors.UnavailableError:
                time.sleep(next(waits))
        return self

    def cancel(self) -> "Finetuning":
        """Ends the fine-tuning; finished runs are kept."""
        self.message = self._connection.call(
            self._connection.finetunings.CancelFinetuning,
            finetuning_pb2.CancelFinetuningRequest(name=self.name))
        return self

    def to_pandas(self) -> "pandas.DataFrame":
        """A row per run: its seed, its model (BASE or ADAPTED), accuracy and macro F1."""
        rows: list[dict[str, Any]] = [
            {"seed": run.seed, "model": finetuning_pb2.FinetunedModel.Name(run.model),
             "accuracy": run.accuracy, "macro_f1": run.macro_f1} for run in self.message.runs]
        return pandas_module().DataFrame(rows, columns=["seed", "model", "accuracy", "macro_f1"])

    def __str__(self) -> str:
        task = f"{self.message.corpus_display_name}:{self.message.label_column}"
        lines = [f"{visible(task)}: {self.state}"]
        if self.message.reason:
            lines.append(visible(self.message.reason))
        for label, scores in (("base", self.base), ("adapted", self.adapted)):
            if scores is not None:
                lines.append(f"{label}: macro F1 {scores.macro_f1_mean:.3f} ± "
                             f"{scores.macro_f1_deviation:.3f}, accuracy "
                             f"{scores.accuracy_mean:.3f} ± {scores.accuracy_deviation:.3f}, "
                             f"{scores.run_count} runs")
        gains = self.gains
        if gains:
            lines.append(f"difference: macro F1 {statistics.mean(gains):+.3f}, better with "
                         f"{sum(gain > 0 for gain in gains)} of {len(gains)} seeds")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Finetuning {self.name}: {self.state}>"
