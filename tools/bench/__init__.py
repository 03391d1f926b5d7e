"""`make bench`: what the copilot costs, measured side by side in one run and written to docs/benchmarks.md.

A part is a module (`turns`, `burst`, `start`, `retrieval`); each keeps its newest result under var/bench/results/, and
the page is rendered from the newest of each, so that one part can be measured again alone.
"""
