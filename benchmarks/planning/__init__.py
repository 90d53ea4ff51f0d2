"""The sales plan of a large company: opening, scrolling, editing, and twenty planners at once."""
