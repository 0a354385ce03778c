"""The errors of calls: a sentence for people, its code and values for programs."""
from __future__ import annotations

import dataclasses
import importlib.resources
from collections.abc import Mapping, Sequence
from typing import Any

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory


@dataclasses.dataclass(frozen=True)
class Violation:
    """A field of a request that is wrong."""
    field: str  # "hyperparameters.learning_rate"
    description: str


class ElectraError(Exception):
    """A call that the server refused, or that did not reach it.

    `code` and `arguments` are the reason and the metadata of google.rpc.ErrorInfo:
    `"UNKNOWN_NAME"`, `{"kind": "job", "name": "7f3a", ...}`. If the server sent none, `code` is the
    name of the status.
    """

    def __init__(self, message: str, *, status: grpc.StatusCode = grpc.StatusCode.UNKNOWN,
                 code: str = "", arguments: Mapping[str, str] | None = None,
                 violations: Sequence[Violation] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code or status.name
        self.arguments: dict[str, str] = dict(arguments or {})
        self.violations: tuple[Violation, ...] = tuple(violations)

    def __str__(self) -> str:
        more = [f"{violation.field}: {violation.description}" for violation in self.violations[1:]]
        return "\n".join([super().__str__(), *more])


class NotFoundError(ElectraError):
    """There is no such job, corpus or model."""


class InvalidRequestError(ElectraError):
    """Something in the request is wrong; `violations` has each field."""


class AccessError(ElectraError):
    """The token is missing, unknown or expired, or may not do this."""


class UnavailableError(ElectraError):
    """Nobody answered, or the server has no room: the same call may succeed later."""


_CLASSES: dict[grpc.StatusCode, type[ElectraError]] = {
    grpc.StatusCode.NOT_FOUND: NotFoundError,
    grpc.StatusCode.INVALID_ARGUMENT: InvalidRequestError,
    grpc.StatusCode.UNAUTHENTICATED: AccessError,
    grpc.StatusCode.PERMISSION_DENIED: AccessError,
    grpc.StatusCode.UNAVAILABLE: UnavailableError,
    grpc.StatusCode.DEADLINE_EXCEEDED: UnavailableError,
}


def _details_messages() -> dict[str, Any]:
    """google.rpc's messages, in a pool of their own: other packages may have registered the files
    of these names, with more in them."""
    files = descriptor_pb2.FileDescriptorSet.FromString(
        importlib.resources.files("electra").joinpath("details.binpb").read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    names = ("Status", "ErrorInfo", "BadRequest")
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"google.rpc.{name}"))
            for name in names}


_DETAILS = _details_messages()


def from_rpc(error: grpc.RpcError, target: str) -> ElectraError:
    """The error of a call to `target`."""
    status = error.code()
    message = error.details() or status.name
    code, arguments, violations = "", {}, []
    for key, value in error.trailing_metadata() or ():
        if key != "grpc-status-details-bin":
            continue
        for detail in _DETAILS["Status"].FromString(value).details:
            kind = detail.type_url.rpartition("/")[2]
            if kind == "google.rpc.ErrorInfo":
                info = _DETAILS["ErrorInfo"].FromString(detail.value)
                code, arguments = info.reason, dict(info.metadata)
            elif kind == "google.rpc.BadRequest":
                request = _DETAILS["BadRequest"].FromString(detail.value)
                violations += [Violation(each.field, each.description)
                               for each in request.field_violations]
    if status == grpc.StatusCode.UNAVAILABLE and not code:
        message = f"{target} does not answer: {message}"
    return _CLASSES.get(status, ElectraError)(message, status=status, code=code,
                                              arguments=arguments, violations=violations)
