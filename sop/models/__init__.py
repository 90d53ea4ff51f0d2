"""The vocabulary that every app shares."""

from sop.models.changes import Change
from sop.models.cycles import Cycle
from sop.models.history import History, Posting, PostingBatch, RejectedPosting
from sop.models.inbox import Notification
from sop.models.jobs import Run, Shard
from sop.models.lines import Line
from sop.models.people import Department, Membership, ServiceToken, User
from sop.models.places import Market, Site
from sop.models.products import Family, Product, ProductCost, ProductPrice
from sop.models.series import Series

__all__ = [
    "Change",
    "Cycle",
    "Department",
    "Family",
    "History",
    "Line",
    "Market",
    "Membership",
    "Notification",
    "Posting",
    "PostingBatch",
    "Product",
    "ProductCost",
    "ProductPrice",
    "RejectedPosting",
    "Run",
    "Series",
    "ServiceToken",
    "Shard",
    "Site",
    "User",
]
