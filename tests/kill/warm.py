"""Done once in the nursery, since every life would do it anew and alike: the program is imported and the bank read."""

from __future__ import annotations

import gc

from agent import bank
from tests.kill import doomed

__all__ = ["doomed"]

bank.load()
gc.freeze()  # so that no life touches, and thereby copies, what it shares with the others
