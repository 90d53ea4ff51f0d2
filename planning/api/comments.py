"""`/api/v1/comments/`: what is said about the plan; read, add, answer."""

import datetime as dt

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from planning.actions import comments
from planning.models import Comment
from planning.queries.comments import readable
from planning.queries.rows import Filters
from sop import months
from sop.api.authentication import user_of
from sop.api.filters import MonthFilter
from sop.api.permissions import MayView
from sop.errors import NotFound, PlanningError
from sop.permissions import scope
from sop.queries import cycles


class CommentSerializer(serializers.ModelSerializer[Comment]):
    """A comment; `market` is set when it is about one market of the row, `body` is empty when it was removed."""

    cycle = serializers.CharField(source="cycle.code")
    market = serializers.CharField(source="market.code", default=None)
    author = serializers.CharField(source="author.username")

    class Meta:
        model = Comment
        fields = ["id", "cycle", "row", "market", "month", "body", "author", "parent", "at", "edited_at", "removed_at"]


class RemarkSerializer(serializers.Serializer[Comment]):
    """What is said where; an answer needs its `parent` and the `body` only."""

    cycle = serializers.CharField(required=False, help_text="First plan month, 2013-06; the newest cycle if not given.")
    row = serializers.CharField(required=False, default="total", max_length=80)
    market = serializers.CharField(required=False, default="", allow_blank=True)
    month = serializers.CharField(required=False, allow_null=True)
    body = serializers.CharField(max_length=comments.LONGEST)
    parent = serializers.IntegerField(required=False, allow_null=True)  # type: ignore[assignment] # a declared field


class CommentFilter(django_filters.FilterSet):
    cycle = MonthFilter(field_name="cycle__first_month", label="First plan month, 2013-06")
    month = MonthFilter(field_name="month", label="The month commented on, 2013-06")
    author = django_filters.CharFilter(field_name="author__username")

    class Meta:
        model = Comment
        fields = ["row"]


class CommentViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Comment]):
    """Comments on rows that the user sees at least a part of."""

    queryset = Comment.objects.all()
    serializer_class = CommentSerializer
    permission_classes = [MayView]
    filterset_class = CommentFilter

    def get_queryset(self) -> QuerySet[Comment]:
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        return readable(scope(user_of(self.request))).order_by("pk")

    @extend_schema(request=RemarkSerializer, responses={201: CommentSerializer})
    def create(self, request: Request) -> Response:
        """Comment on a row or a month of it, or answer a comment (`parent`)."""
        told = RemarkSerializer(data=request.data)
        told.is_valid(raise_exception=True)
        comment = self._said(**told.validated_data)
        return Response(CommentSerializer(comment).data, status=status.HTTP_201_CREATED)

    def _said(
        self,
        body: str,
        row: str,
        market: str,
        cycle: str | None = None,
        month: str | None = None,
        parent: int | None = None,
    ) -> Comment:
        by = user_of(self.request)
        if parent is not None:
            root = Comment.objects.filter(pk=parent).select_related("cycle").first()
            if root is None:
                raise NotFound(f"There is no comment {parent}.")
            return comments.reply(to=root, body=body, by=by)
        filters = Filters(scope(by), market=market)
        about = cycles.named_or_newest(cycle)
        return comments.add(cycle=about, row=row, body=body, by=by, month=_month(month), filters=filters)


def _month(text: str | None) -> dt.date | None:
    try:
        return months.parse(text) if text else None
    except ValueError as error:
        raise PlanningError(f"{error}.", errors={"month": [f"{error}."]}, status=400) from error
