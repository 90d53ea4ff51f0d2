"""Pages of planning: demand, supply, data."""
