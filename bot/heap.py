"""Keeps Python's garbage collector from walking again and again over what stays anyway: the code and the bank.

A full collection visits each object that is alive: with all of the program loaded that takes a tenth of a second, in
which no event is acknowledged.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 10_000
"""So many new objects are looked through at a time; Python's own 700 suit a program that keeps little in hand."""


@contextmanager
def loading() -> Iterator[None]:
    """Collect nothing inside the block, where things are loaded to stay, and pass over them ever after."""
    gc.disable()
    try:
        yield
    finally:
        keep()
        gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
        gc.enable()


def keep() -> None:
    """Pass over what is there now in every later collection."""
    gc.freeze()
