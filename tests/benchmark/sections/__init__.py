"""The sections of the benchmark: each prints its tables, and says in its first line what they are about."""
