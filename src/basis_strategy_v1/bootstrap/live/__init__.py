"""Live runs: what a process is built from, how it starts, what it keeps and how people talk to it."""
