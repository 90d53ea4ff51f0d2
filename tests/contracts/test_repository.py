"""What may be committed: our own files, small ones."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LARGEST = 2**20
OUR_LINE_LENGTH = 2_000  # a minified file has far longer ones


def committed(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("This is not a git working tree.")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


def test_no_large_file():
    assert [file.name for file in committed() if file.stat().st_size > LARGEST] == []


def test_no_third_party_javascript_or_css():
    scripts = committed("*.js", "*.css")
    assert [file for file in scripts if ".min." in file.name or {"vendor", "node_modules"} & set(file.parts)] == []
    assert [file for file in scripts if max(map(len, text_of(file).splitlines()), default=0) > OUR_LINE_LENGTH] == []


def test_lock_file_names_no_address():
    assert '"resolved"' not in text_of(ROOT / "package-lock.json")


def test_no_merge_conflict_markers():
    markers = ("<" * 7 + " ", ">" * 7 + " ")
    found = [file.name for file in committed() for line in text_of(file).splitlines() if line.startswith(markers)]
    assert found == []


def test_readme_stays_short():
    assert len(text_of(ROOT / "README.md").splitlines()) < 150
