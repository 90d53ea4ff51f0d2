"""The monthly reviews: stages, sign-offs, decisions, actions, approval and the frozen plan."""

from reviews.models.decisions import ActionItem, Decision
from reviews.models.snapshots import Approval, Snapshot
from reviews.models.stages import Stage, Submission

__all__ = ["ActionItem", "Approval", "Decision", "Snapshot", "Stage", "Submission"]
