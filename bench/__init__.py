"""`make bench`: what the service costs, beside the least that would do the same job (docs/benchmarks.md)."""
