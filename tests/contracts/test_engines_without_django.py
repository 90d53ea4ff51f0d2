"""The engines are plain numerical Python: importing them pulls in neither Django nor any app's models."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNWANTED = ["django", "rest_framework", "celery", "redis", "sop", "reviews"]


@pytest.mark.parametrize("engine", ["forecasting.engine", "planning.engine"])
def test_engine_imports_nothing_of_the_application(engine):
    program = f"import sys, {engine}; print(*sorted(set({UNWANTED}) & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.split() == []
