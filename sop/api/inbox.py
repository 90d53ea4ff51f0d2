"""`/api/v1/notifications/`: the user's own inbox."""

import django_filters
from django.db.models import QuerySet
from rest_framework import mixins, serializers, viewsets

from sop.api.authentication import user_of
from sop.api.permissions import MayView
from sop.models import Notification
from sop.queries.inbox import notifications


class NotificationSerializer(serializers.ModelSerializer[Notification]):
    """A line of the inbox; `url` is the page it leads to."""

    actor = serializers.CharField(source="actor.username", default=None)

    class Meta:
        model = Notification
        fields = ["id", "kind", "text", "url", "actor", "at", "read_at"]


class NotificationFilter(django_filters.FilterSet):
    unread = django_filters.BooleanFilter(field_name="read_at", lookup_expr="isnull", label="Not read yet")

    class Meta:
        model = Notification
        fields = ["kind"]


class NotificationViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Notification]):
    """What the user should know of; nobody reads another's."""

    queryset = Notification.objects.none()
    serializer_class = NotificationSerializer
    permission_classes = [MayView]
    filterset_class = NotificationFilter

    def get_queryset(self) -> QuerySet[Notification]:
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        return notifications(user_of(self.request))
