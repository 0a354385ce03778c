"""The record of a run: steps, evaluations and samples, as tables and pictures."""
from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from google.protobuf.message import Message

from electra.curves import plots
from electra.labels import labels
from electra.sample import SampleView
from electra.v1 import training_pb2

if TYPE_CHECKING:
    import pandas

_MOST_SHOWN = 20  # samples in a notebook's cell


def pandas_module() -> Any:
    try:
        import pandas
    except ImportError:
        raise ImportError("to_pandas() needs pandas: pip install pandas") from None
    return pandas


def _flat(message: Message) -> dict[str, Any]:
    """Each scalar by its name, those of `counts` too; None where an optional one is absent."""
    row: dict[str, Any] = {}
    for field in message.DESCRIPTOR.fields:
        if field.message_type is not None:
            if field.name == "counts":
                row.update(_flat(getattr(message, "counts")) if message.HasField("counts") else
                           {name: None for name in field.message_type.fields_by_name})
        elif field.has_presence and not message.HasField(field.name):
            row[field.name] = None
        else:
            row[field.name] = getattr(message, field.name)
    return row


def _frame(messages: Iterable[Message], kind: type[Message]) -> "pandas.DataFrame":
    columns = list(_flat(kind()))
    frame = pandas_module().DataFrame([_flat(message) for message in messages], columns=columns)
    return frame.set_index("step")


class History:
    """The steps and evaluations of a job as it now is. A notebook draws its curves."""

    def __init__(self, steps: list[training_pb2.StepMetrics],
                 evaluations: list[training_pb2.Evaluation], language: str | None = None) -> None:
        self.steps = steps
        self.evaluations = evaluations
        self._labels = labels(language)

    def to_pandas(self) -> "pandas.DataFrame":
        """A row per step, indexed by step; columns are the fields of StepMetrics and its counts."""
        return _frame(self.steps, training_pb2.StepMetrics)

    def evaluations_to_pandas(self) -> "pandas.DataFrame":
        """A row per evaluation, and one for each evaluation corpus, which `eval_corpus` names;
        indexed by step. Columns are the fields of Evaluation."""
        rows = [row for each in self.evaluations for row in (each, *each.eval_corpora)]
        return _frame(rows, training_pb2.Evaluation)

    def __repr__(self) -> str:
        last = f", the last {self.steps[-1].step}" if self.steps else ""
        return f"<History: {len(self.steps)} steps{last}, {len(self.evaluations)} evaluations>"

    def _repr_html_(self) -> str:
        return ('<div style="display:flex;flex-wrap:wrap;gap:12px">'
                + plots(self._labels["rates"], self.steps, self.evaluations) + "</div>")


class Samples(list["SampleView"]):
    """Samples in order of steps. A notebook shows the first twenty."""

    def to_pandas(self) -> "pandas.DataFrame":
        """A row per token, with the sample's step and probe sentence."""
        rows = [{"step": sample.message.step, "probe": sample.message.probe, "position": position,
                 **_flat(token)}
                for sample in self for position, token in enumerate(sample.message.tokens)]
        columns = ["step", "probe", "position", *_flat(training_pb2.SampleToken())]
        return pandas_module().DataFrame(rows, columns=columns)

    def __str__(self) -> str:
        return "\n\n".join(map(str, self))

    def _repr_html_(self) -> str:
        rest = f"<p>+ {len(self) - _MOST_SHOWN}</p>" if len(self) > _MOST_SHOWN else ""
        return "<hr>".join(sample._repr_html_() for sample in self[:_MOST_SHOWN]) + rest
