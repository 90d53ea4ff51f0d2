"""Where demand comes from and where it is supplied from."""

from sop.models.named import Named, Tree


class Market(Tree):
    """A region, channel or group of customers."""


class Site(Named):
    """A plant or warehouse that supplies."""
