"""The channel to a server: how it is secured, and its calls with readable errors."""
from __future__ import annotations

import ipaddress
import os
import pathlib
from collections.abc import Callable, Iterator
from typing import Any, Union

import grpc

from electra import errors
from electra.v1 import (corpus_pb2_grpc, daemon_pb2_grpc, finetuning_pb2_grpc, history_pb2_grpc,
                        inference_pb2_grpc, job_pb2_grpc, model_pb2_grpc, training_pb2_grpc)

PathLike = Union[str, "os.PathLike[str]"]

_LARGEST_ANSWER = 64 << 20  # a page of samples; gRPC's own limit is 4 MiB
_KEEPALIVE_MS = 30_000

_OPTIONS = [
    ("grpc.max_receive_message_length", _LARGEST_ANSWER),
    ("grpc.primary_user_agent", "electra-python"),
    ("grpc.keepalive_time_ms", _KEEPALIVE_MS),
    ("grpc.keepalive_timeout_ms", _KEEPALIVE_MS),
    ("grpc.http2.max_pings_without_data", 0),
    # The pauses between attempts are ours (live.py): the channel's own are shorter.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
]


def is_this_machine(target: str) -> bool:
    """Whether calls to HOST:PORT or unix:PATH stay on this machine."""
    if target.startswith("unix:"):
        return True
    host = target.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _read(path: PathLike | None) -> bytes | None:
    return None if path is None else pathlib.Path(path).read_bytes()


class Connection:
    """Thread-safe."""

    def __init__(self, target: str, *, token: str | None, ca: PathLike | None,
                 cert: PathLike | None, key: PathLike | None, insecure: bool,
                 timeout: float) -> None:
        self.target = target
        self.timeout = timeout
        self._metadata = [("authorization", f"Bearer {token}")] if token else []
        is_local = is_this_machine(target)
        is_plain = insecure or (is_local and ca is None and cert is None)
        if is_plain and token and not is_local:
            raise ValueError(f"the token would go to {target} in plain text: leave out "
                             "insecure=True")
        options = list(_OPTIONS)
        if is_local:
            options.append(("grpc.enable_http_proxy", 0))
        if is_plain:
            self.channel = grpc.insecure_channel(target, options)
        else:
            credentials = grpc.ssl_channel_credentials(_read(ca), _read(key), _read(cert))
            self.channel = grpc.secure_channel(target, credentials, options)
        self.corpora = corpus_pb2_grpc.CorpusServiceStub(self.channel)
        self.daemon = daemon_pb2_grpc.DaemonServiceStub(self.channel)
        self.finetunings = finetuning_pb2_grpc.FinetuningServiceStub(self.channel)
        self.history = history_pb2_grpc.HistoryServiceStub(self.channel)
        self.inference = inference_pb2_grpc.InferenceServiceStub(self.channel)
        self.jobs = job_pb2_grpc.JobServiceStub(self.channel)
        self.models = model_pb2_grpc.ModelServiceStub(self.channel)
        self.training = training_pb2_grpc.TrainingServiceStub(self.channel)

    def call(self, method: Callable[..., Any], request: Any, *, long: bool = False) -> Any:
        """One answer. `long`: without a time limit."""
        try:
            return method(request, metadata=self._metadata,
                          timeout=None if long else self.timeout)
        except grpc.RpcError as error:
            raise errors.from_rpc(error, self.target) from None

    def stream(self, method: Callable[..., Any], request: Any) -> Iterator[Any]:
        """The messages of a stream; leaving the loop cancels it."""
        call = method(request, metadata=self._metadata)
        try:
            yield from call
        except grpc.RpcError as error:
            raise errors.from_rpc(error, self.target) from None
        finally:
            call.cancel()

    def pages(self, method: Callable[..., Any], request: Any, field: str) -> Iterator[Any]:
        """The rows of all pages of a list."""
        while True:
            page = self.call(method, request)
            yield from getattr(page, field)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token
