"""What tests and benchmarks share: processes, clients of the sandbox, invented data."""
