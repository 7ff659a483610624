"""What every kill test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def template(_sqlite_template: Path) -> Path:
    """An empty, migrated database."""
    return _sqlite_template
