"""Benchmarks: each prints one JSON object with a ratio against a baseline measured in the same run."""
