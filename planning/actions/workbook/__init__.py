"""Taking a workbook back: read, compare, accept in parts, undo."""

from planning.actions.workbook.receiving import receive
from planning.actions.workbook.taking import take, undo

__all__ = ["receive", "take", "undo"]
