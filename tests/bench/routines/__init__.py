"""How many of the routines of simulated homes the analysis finds, and how much of what it finds is there.

    python -m tests.bench.routines --seeds 100-109 [--null] [--harms | --replication | --reliability]

Seeds 0-99 are for tuning, 100-999 for a look now and then; 1000-1009 are kept for the last run: nobody looks at them
before.
"""
