"""An advisory check over every pin of the project: `make audit` (docs/supply-chain.md)."""
