"""Writes of plans, by noun: `demand` (making the sales plan), `editing` (the grid), `freezing`, and the jobs."""

from planning.actions.demand import plan_demand
from planning.actions.editing import CellEdit, edit_cells
from planning.actions.locks import lock_cells
from planning.actions.undoing import undo

__all__ = ["CellEdit", "edit_cells", "lock_cells", "plan_demand", "undo"]
