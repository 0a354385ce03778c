"""The messages of the contract, and its stubs: made of proto/electra/v1 by the build."""
