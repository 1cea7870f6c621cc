"""The sections of the benchmark. Each prints its tables; its first line says what they are about."""
