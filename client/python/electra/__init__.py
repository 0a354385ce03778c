"""A client of electrad, the daemon that adapts ELECTRA models to a domain's text.

    from electra import Client

    client = Client("gpu1:50551", token="...", ca="ca.pem")
    job = client.submit("books.csv", column="text", model="small", epochs=3)
    job.watch()                          # sentences, tables and curves, in a notebook or a terminal
    job.history().to_pandas()
    job.download("adapted")

Messages are those of the contract, `electra.v1`, which its .proto files document.
"""
import importlib.metadata

from electra.client import Client
from electra.errors import (AccessError, ElectraError, InvalidRequestError, NotFoundError,
                            UnavailableError, Violation)
from electra.finetuning import Finetuning
from electra.history import History, Samples
from electra.job import Job
from electra.sample import SampleView

__version__ = importlib.metadata.version("electrad-client")

__all__ = ["AccessError", "Client", "ElectraError", "Finetuning", "History", "InvalidRequestError", "Job",
           "NotFoundError", "SampleView", "Samples", "UnavailableError", "Violation", "__version__"]
