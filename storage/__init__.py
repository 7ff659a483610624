"""The memory: addresses, tables, and one file per thing remembered."""
