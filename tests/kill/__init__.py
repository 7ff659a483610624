"""The program is killed at every boundary that it crosses, started again, and nothing is lost."""
