"""`make bench`: what the service costs, measured beside the least that would do the same job.  docs/benchmarks.md tells the rest."""
