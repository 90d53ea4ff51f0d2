"""What a thing with a code and a name has in common."""

from django.db import models


class Named(models.Model):
    code = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)

    class Meta:
        abstract = True
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Tree(Named):
    """A named thing with a parent of its own kind."""

    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")

    class Meta(Named.Meta):
        abstract = True
