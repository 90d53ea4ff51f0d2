"""What the reviews write: cycles, stages, approval, decisions and action items."""
