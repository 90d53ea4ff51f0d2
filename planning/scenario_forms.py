"""What people type about a scenario and its changes."""

from typing import Any

from django import forms

from planning.actions.scenarios import Proposed
from planning.models import Resource, ScenarioChange
from planning.queries.scenarios.visible import IN_MONEY
from planning.register_forms import MONTH, ProductField, Scoped
from sop.forms import MonthField
from sop.models import Family, Market
from sop.permissions import Scope

Target, Operation = ScenarioChange.Target, ScenarioChange.Operation
OPERATIONS = (
    (Operation.ADD, "more or less by"),
    (Operation.PERCENT, "more or less by per cent"),
    (Operation.SET, "exactly"),
    (Operation.MOVE, "moved to another month"),
)


class ScenarioForm(forms.Form):
    name = forms.CharField(max_length=120, label="Name")
    description = forms.CharField(
        max_length=500, required=False, label="What it tries", widget=forms.Textarea(attrs={"rows": 2})
    )


class ChangeForm(Scoped):
    """One change in plain words: what, of which products or resource, by how much, when."""

    target = forms.ChoiceField(label="What changes")
    operation = forms.ChoiceField(choices=OPERATIONS, label="How")
    value = forms.FloatField(label="How much", widget=forms.NumberInput(attrs={"step": "any"}))
    family = forms.ModelChoiceField(Family.objects.none(), required=False, to_field_name="code", empty_label="All")
    product = ProductField(required=False, label="Product")
    market = forms.ModelChoiceField(Market.objects.none(), required=False, to_field_name="code", empty_label="All")
    resource = forms.ModelChoiceField(
        Resource.objects.order_by("name"), required=False, to_field_name="code", empty_label="None"
    )
    other = forms.ModelChoiceField(
        Resource.objects.order_by("name"), required=False, to_field_name="code", empty_label="None", label="Moves to"
    )
    first_month = MonthField(required=False, label="First month", widget=forms.TextInput(attrs=MONTH))
    last_month = MonthField(required=False, label="Last month", widget=forms.TextInput(attrs=MONTH))
    to_month = MonthField(required=False, label="Moved to", widget=forms.TextInput(attrs=MONTH))
    note = forms.CharField(max_length=300, required=False, label="Why")

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, scope=scope, **kwargs)
        shown = [(value, label) for value, label in Target.choices if scope.sees_money or value not in IN_MONEY]
        self.fields["target"].choices = [(value, label.capitalize()) for value, label in shown]  # type: ignore[attr-defined]

    @staticmethod
    def told(change: ScenarioChange) -> dict[str, Any]:
        """A change as the form shows it."""
        shown = {name: getattr(change, name) for name in ChangeForm.base_fields if name != "row_version"}
        named = ("family", "product", "market", "resource", "other")
        return shown | {name: getattr(shown[name], "code", None) for name in named}

    def proposed(self) -> Proposed:
        return Proposed(**{name: value for name, value in self.cleaned_data.items() if name != "row_version"})
