"""The dialects: each module here turns one platform's noise into events and offers ways to speak."""

from __future__ import annotations

import importlib
import pkgutil

from bot.core import Core
from bot.ports import Platform


def build(core: Core) -> list[Platform]:
    """Every platform that can come up with the settings there are; modules with a `build` are found by looking."""
    platforms: list[Platform] = []
    for module in pkgutil.iter_modules(__path__):
        found = getattr(importlib.import_module(f"{__name__}.{module.name}"), "build", None)
        if found is not None:
            platforms.extend(found(core))
    return platforms
