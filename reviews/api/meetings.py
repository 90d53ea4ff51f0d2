"""`/api/v1/meetings/`: read, start, go to an item, present, answer, decide, note, act, end."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from reviews.actions import meetings
from reviews.api.permissions import MayView
from reviews.api.reading import read, signed_in
from reviews.api.serializers import ActionItemSerializer, CycleField, DecisionSerializer, person
from reviews.models import AgendaItem, Meeting, Stage
from reviews.queries.agenda import seen_by
from reviews.queries.cycles import filter_cycle
from sop.errors import NotFound
from sop.models import Department


class MeetingSerializer(serializers.ModelSerializer):
    cycle = CycleField(source="stage.cycle")
    stage = serializers.CharField(source="stage.key")
    presenter = person(read_only=True)

    class Meta:
        model = Meeting
        fields = ["id", "cycle", "stage", "state", "presenter", "item", "item_since", "version"]
        fields += ["started_at", "planned_end", "ended_at"]
        read_only_fields = fields


class StartSerializer(serializers.Serializer):
    cycle = CycleField()
    stage = serializers.ChoiceField(choices=Stage.Key.choices)


class OfItemSerializer(serializers.Serializer):
    item = serializers.PrimaryKeyRelatedField(queryset=AgendaItem.objects.all())


class AnswerSerializer(OfItemSerializer):
    department = serializers.SlugRelatedField(slug_field="code", queryset=Department.objects.all())
    agrees = serializers.BooleanField()
    number = serializers.FloatField(required=False, allow_null=True)
    why = serializers.CharField(max_length=500, required=False, allow_blank=True)


class VerdictSerializer(OfItemSerializer):
    choice = serializers.CharField(max_length=300, required=False, allow_blank=True)
    method = serializers.CharField(max_length=60, required=False, allow_blank=True)
    number = serializers.FloatField(required=False, allow_null=True)
    reason = serializers.CharField(max_length=500)


class NoteSerializer(OfItemSerializer):
    text = serializers.CharField(max_length=20_000, allow_blank=True, trim_whitespace=False)
    version = serializers.IntegerField(min_value=0)


class LineSerializer(serializers.Serializer):
    line = serializers.CharField(max_length=400)


class MeetingFilter(django_filters.FilterSet):
    cycle = django_filters.CharFilter(method="of_cycle", label="First plan month, 2013-06")
    stage = django_filters.CharFilter(field_name="stage__key")

    class Meta:
        model = Meeting
        fields = ["state"]

    def of_cycle(self, queryset: QuerySet[Any], name: str, code: str) -> QuerySet[Any]:
        return queryset.filter(stage__in=filter_cycle(Stage.objects.all(), name, code))


class MeetingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    queryset = Meeting.objects.select_related("stage__cycle", "stage__owner", "presenter", "item")
    serializer_class = MeetingSerializer
    permission_classes = [MayView]
    filterset_class = MeetingFilter

    @extend_schema(request=StartSerializer, responses={201: MeetingSerializer})
    def create(self, request: Request) -> Response:
        told = read(StartSerializer, request)
        stage = told["cycle"].stages.filter(key=told["stage"]).first()
        if stage is None:
            raise NotFound(f"{told['cycle']} has no review named “{told['stage']}”.")
        meeting = meetings.start(stage=stage, by=signed_in(request))
        return Response(self.get_serializer(meeting).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=OfItemSerializer, responses=MeetingSerializer)
    @action(detail=True, methods=["post"])
    def go(self, request: Request, pk: str) -> Response:
        return self._now(meetings.go(meeting=self.get_object(), by=signed_in(request), **self._read(OfItemSerializer)))

    @extend_schema(request=None, responses=MeetingSerializer)
    @action(detail=True, methods=["post"])
    def present(self, request: Request, pk: str) -> Response:
        return self._now(meetings.present(meeting=self.get_object(), by=signed_in(request)))

    @extend_schema(request=AnswerSerializer, responses=MeetingSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str) -> Response:
        told, meeting = self._read(AnswerSerializer), self.get_object()
        item, department = told.pop("item"), told.pop("department")
        said = meetings.Said(**told)
        meetings.answer(meeting=meeting, item=item, department=department, said=said, by=signed_in(request))
        return self._now(meeting)

    @extend_schema(request=VerdictSerializer, responses=DecisionSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: str) -> Response:
        told, meeting = self._read(VerdictSerializer), self.get_object()
        item = told.pop("item")
        made = meetings.decide(meeting=meeting, item=item, verdict=meetings.Verdict(**told), by=signed_in(request))
        return Response(DecisionSerializer(made, context=self.get_serializer_context()).data)

    @extend_schema(request=NoteSerializer, responses=NoteSerializer)
    @action(detail=True, methods=["post"])
    def note(self, request: Request, pk: str) -> Response:
        talk = meetings.note(meeting=self.get_object(), by=signed_in(request), **self._read(NoteSerializer))
        return Response({"item": talk.item_id, "text": talk.notes, "version": talk.version})

    @extend_schema(request=LineSerializer, responses={201: ActionItemSerializer})
    @action(detail=True, methods=["post"])
    def act(self, request: Request, pk: str) -> Response:
        made = meetings.act(meeting=self.get_object(), by=signed_in(request), **read(LineSerializer, request))
        return Response(ActionItemSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=MeetingSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        return self._now(meetings.end(meeting=self.get_object(), by=signed_in(request)))

    def _read(self, body: type[OfItemSerializer]) -> dict[str, Any]:
        """The body; an item that this person may not know of is not there."""
        told = read(body, self.request)
        if not seen_by(signed_in(self.request)).filter(pk=told["item"].pk).exists():
            raise NotFound("There is no such item on the agenda.")
        return told

    def _now(self, meeting: Meeting) -> Response:
        meeting.refresh_from_db()
        return Response(self.get_serializer(meeting).data)
