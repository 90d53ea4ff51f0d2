"""What people type on the pages of the reviews."""

from dataclasses import asdict
from typing import Any

from django import forms
from django.http import QueryDict

from planning.models import Stream
from planning.queries.said import BASELINE, CONSENSUS, NAIVE
from reviews.models import AgendaItem, Stage
from reviews.queries.accuracy import LEVELS
from reviews.queries.performance import LAGS_SHOWN, WINDOWS, Question
from sop import months
from sop.models import Department, Family, Market, User
from sop.permissions import Scope
from sop.words import counted

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def people() -> Any:
    """Who can own something: everybody with a role."""
    return User.objects.filter(is_active=True, memberships__isnull=False).distinct().order_by("first_name", "username")


class PersonField(forms.ModelChoiceField):
    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=people(), to_field_name="username", empty_label="Choose", **options)

    def label_from_instance(self, user: User) -> str:
        return user.display_name


class NoteForm(forms.Form):
    note = forms.CharField(required=False, max_length=500)
    despite = forms.CharField(required=False, max_length=500)


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=500, error_messages={"required": "Say why."})


class ReturnForm(ReasonForm):
    to_stage = forms.ChoiceField(choices=[choice for choice in Stage.Key.choices if choice[0] != Stage.Key.EXECUTIVE])


class SubmissionForm(forms.Form):
    department = forms.ModelChoiceField(queryset=Department.objects.all(), to_field_name="code")
    note = forms.CharField(required=False, max_length=500)
    reason = forms.CharField(required=False, max_length=500)


class OpenForm(forms.Form):
    month = forms.CharField(max_length=10)
    horizon = forms.IntegerField(initial=18)

    def clean_month(self) -> Any:
        try:
            return months.parse(self.cleaned_data["month"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class DecisionForm(forms.Form):
    issue = forms.CharField(max_length=300, label="What is to be decided?")
    options = forms.CharField(
        required=False,
        label="Options, one on each line; the name of a proposed scenario links it",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=3_000,
    )
    recommendation = forms.CharField(required=False, max_length=300, label="Recommended option, as written above")
    owner = PersonField(label="Owner")
    due = forms.DateField(label="Decide by", widget=DAY)
    revenue = forms.FloatField(required=False, label="Expected change of revenue (may stay empty)")
    margin = forms.FloatField(required=False, label="… of margin")
    stock = forms.FloatField(required=False, label="… of stock value")
    service = forms.FloatField(required=False, label="… of service, in percentage points")

    def clean_options(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["options"].splitlines() if line.strip()]


class ActionForm(forms.Form):
    text = forms.CharField(max_length=300, label="What is to be done?")
    owner = PersonField(label="Owner")
    due = forms.DateField(label="Due", widget=DAY)
    decision = forms.IntegerField(required=False, widget=forms.HiddenInput)


class ChoiceForm(forms.Form):
    choice = forms.CharField(max_length=300)


class DeferForm(ReasonForm):
    due = forms.DateField(widget=DAY)


class ChangeForm(forms.Form):
    """What closing, cancelling or handing over an action item takes; the action says what is missing."""

    result = forms.CharField(required=False, max_length=500)
    reason = forms.CharField(required=False, max_length=500)
    owner = PersonField(required=False)
    due = forms.DateField(required=False)


class TopicForm(forms.Form):
    title = forms.CharField(max_length=200, label="What is it about?")
    why = forms.CharField(max_length=300, required=False, label="Why now? (may stay empty)")
    minutes = forms.IntegerField(min_value=1, max_value=120, initial=10, label="Minutes")
    family = forms.ModelChoiceField(
        Family.objects.none(), required=False, to_field_name="code", empty_label="No family", label="Family"
    )

    def __init__(self, *args: Any, scope: Scope, **options: Any) -> None:
        super().__init__(*args, **options)
        seen = Family.objects.order_by("name")
        self.fields["family"].queryset = (  # type: ignore[attr-defined]
            seen if scope.families is None else seen.filter(pk__in=scope.families)
        )


class AgendaForm(forms.Form):
    """What a step of an agenda item takes; the action says what is missing."""

    reason = forms.CharField(required=False, max_length=500)
    to_stage = forms.CharField(required=False, max_length=20)
    into = forms.ModelChoiceField(AgendaItem.objects.all(), required=False)
    place = forms.IntegerField(required=False, min_value=1)


class MeetingForm(forms.Form):
    """What a step of a meeting takes; the action says what is missing."""

    item = forms.ModelChoiceField(AgendaItem.objects.select_related("stage__cycle", "stage__owner"), required=False)
    department = forms.ModelChoiceField(Department.objects.all(), required=False, to_field_name="code")
    agrees = forms.BooleanField(required=False)
    number = forms.FloatField(required=False)
    why = forms.CharField(required=False, max_length=500)
    choice = forms.CharField(required=False, max_length=300)
    method = forms.CharField(required=False, max_length=60)
    reason = forms.CharField(required=False, max_length=500)
    to_stage = forms.CharField(required=False, max_length=20)
    text = forms.CharField(required=False, max_length=20_000, strip=False)
    version = forms.IntegerField(required=False)
    line = forms.CharField(required=False, max_length=400)


class PerformanceForm(forms.Form):
    """What the Performance page is asked; what is left out or not understood takes the default."""

    level = forms.ChoiceField(choices=[(level, level.capitalize()) for level in LEVELS], required=False)
    family = forms.ModelChoiceField(Family.objects.none(), required=False, to_field_name="code", empty_label="All")
    market = forms.ModelChoiceField(Market.objects.none(), required=False, to_field_name="code", empty_label="All")
    lag = forms.TypedChoiceField(
        choices=[(lag, counted(lag, "month")) for lag in range(1, LAGS_SHOWN + 1)], coerce=int, required=False
    )
    months = forms.TypedChoiceField(
        choices=[(count, f"last {count} months") for count in WINDOWS], coerce=int, required=False
    )
    measure = forms.ChoiceField(choices=[], required=False)

    def __init__(self, asked: QueryDict, scope: Scope) -> None:
        default = asdict(Question())
        super().__init__({name: asked.get(name) or default[name] for name in self.base_fields})
        for name, model, covered in (("family", Family, scope.families), ("market", Market, scope.markets)):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = model.objects.order_by("name") if covered is None else model.objects.filter(pk__in=covered)
        streams = list(Stream.objects.values_list("code", "name"))
        measure = self.fields["measure"]
        assert isinstance(measure, forms.ChoiceField)
        measure.choices = [(CONSENSUS, "Consensus"), *streams, (BASELINE, "Baseline"), (NAIVE, "Naive")]

    def question(self) -> Question:
        self.is_valid()
        known: dict[str, Any] = {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}
        known |= {name: known[name].code for name in ("family", "market") if name in known}
        return Question(**known)
