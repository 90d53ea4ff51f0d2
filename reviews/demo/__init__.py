"""The demo company: Halden, a maker of bicycles and outdoor gear, made up anew from a seed on every machine."""
