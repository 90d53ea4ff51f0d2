"""What the reviews read: stages, gates, figures, tasks, the plan of record."""

from reviews.queries.action_items import shell_counts
from reviews.queries.stages import shell_stages

__all__ = ["shell_counts", "shell_stages"]
