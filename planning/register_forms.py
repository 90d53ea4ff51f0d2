"""What people type about assumptions and product changes. Shares and chances are typed in per cent."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from planning.actions import assumptions, product_changes
from planning.models import Assumption, ProductChange
from sop.forms import MonthField
from sop.models import Family, Market, Product, User
from sop.permissions import Scope

MONTH = {"type": "month", "placeholder": "2027-01", "pattern": r"\d{4}-\d{2}"}
LOSERS = 3
PRODUCTS_OFFERED = 500
PER_CENT = 100.0


def products(scope: Scope) -> QuerySet[Product]:
    """The products that somebody may name."""
    found = Product.objects.filter(sold=True).order_by("name")
    return found if scope.families is None else found.filter(family__in=scope.families)


class ProductField(forms.CharField):
    """A product by its code, out of those that somebody sees."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"list": "products", "autocomplete": "off"}), **options)
        self.among: QuerySet[Product] = Product.objects.none()

    def prepare_value(self, value: Any) -> Any:
        return value.code if isinstance(value, Product) else value

    def clean(self, value: Any) -> Product | None:
        code = super().clean(value).strip()
        if not code:
            return None
        found = self.among.filter(code=code).first() or self.among.filter(name=code).first()
        if found is None:
            raise forms.ValidationError(f"There is no product “{code}” among yours.")
        return found


class Scoped(forms.Form):
    """A form whose families, markets and products are those that its user sees."""

    row_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        trees = {"family": (Family, scope.families), "market": (Market, scope.markets)}
        for name, field in self.fields.items():
            if isinstance(field, ProductField):
                field.among = products(scope)
            elif name in trees and isinstance(field, forms.ModelChoiceField):
                model, covered = trees[name]
                field.queryset = model._default_manager.order_by("name")
                if covered is not None:
                    field.queryset = field.queryset.filter(pk__in=covered)
                    field.empty_label = None if name == "market" else field.empty_label
        self.offered = products(scope)[:PRODUCTS_OFFERED]

    def show_errors(self, errors: dict[str, list[str]]) -> None:
        """Put an action's refusal beside the fields it is about."""
        for name, texts in errors.items():
            for text in texts:
                self.add_error(name if name in self.fields else None, text)
        self.mark_errors()

    def mark_errors(self) -> None:
        """Fields with an error say so to a screen reader too."""
        for name in self.errors:
            if name in self.fields:
                self.fields[name].widget.attrs["aria-invalid"] = "true"


class OwnerField(forms.ModelChoiceField):
    def label_from_instance(self, user: User) -> str:
        return user.display_name


def _people() -> QuerySet[User]:
    return User.objects.filter(is_active=True, memberships__isnull=False).distinct().order_by("first_name", "username")


def _plain(value: float) -> str:
    """12, or 12.5."""
    return f"{round(value, 4):.10g}"


def _percent(value: float | None) -> float | None:
    return None if value is None else value / PER_CENT


class AssumptionForm(Scoped):
    name = forms.CharField(max_length=200, label="What is assumed")
    kind = forms.ChoiceField(choices=Assumption.Kind.choices, label="Kind")
    family = forms.ModelChoiceField(Family.objects.none(), required=False, to_field_name="code", empty_label="All")
    product = ProductField(required=False, label="Product")
    market = forms.ModelChoiceField(Market.objects.none(), required=False, to_field_name="code", empty_label="All")
    first_month = MonthField(label="First month", widget=forms.TextInput(attrs=MONTH))
    last_month = MonthField(label="Last month", widget=forms.TextInput(attrs=MONTH))
    effect = forms.FloatField(label="Effect", widget=forms.NumberInput(attrs={"step": "any"}))
    unit = forms.ChoiceField(choices=Assumption.Unit.choices, label="In")
    low = forms.FloatField(required=False, label="At least", widget=forms.NumberInput(attrs={"step": "any"}))
    high = forms.FloatField(required=False, label="At most", widget=forms.NumberInput(attrs={"step": "any"}))
    probability = forms.FloatField(label="Chance, %", initial=100, min_value=0, max_value=100)
    included = forms.BooleanField(required=False, initial=True, label="Part of the plan")
    owner = OwnerField(_people(), to_field_name="username", label="Owner")
    expires = MonthField(required=False, label="Judged after", widget=forms.TextInput(attrs=MONTH))
    evidence = forms.CharField(
        max_length=500, required=False, label="Evidence", widget=forms.Textarea(attrs={"rows": 3})
    )

    @staticmethod
    def told(assumption: Assumption) -> dict[str, Any]:
        """An assumption as the form shows it."""
        scale = PER_CENT if assumption.unit == Assumption.Unit.SHARE else 1.0
        shown = {name: getattr(assumption, name) for name in AssumptionForm.base_fields}
        for name in ("effect", "low", "high"):
            shown[name] = None if shown[name] is None else _plain(scale * shown[name])
        codes = {name: getattr(shown[name], "code", None) for name in ("family", "product", "market")}
        owner = assumption.owner.username if assumption.owner else None
        return shown | codes | {"owner": owner, "probability": _plain(PER_CENT * assumption.probability)}

    def facts(self) -> assumptions.Facts:
        told = {name: value for name, value in self.cleaned_data.items() if name != "row_version"}
        if told["unit"] == Assumption.Unit.SHARE:
            told |= {name: _percent(told[name]) for name in ("effect", "low", "high")}
        return assumptions.Facts(**(told | {"probability": told["probability"] / PER_CENT}))


class ProductChangeForm(Scoped):
    kind = forms.ChoiceField(
        choices=[(kind, kind.capitalize()) for kind in ProductChange.Kind.values], label="What happens"
    )
    product = forms.CharField(
        max_length=64, label="Product", widget=forms.TextInput(attrs={"list": "products", "autocomplete": "off"})
    )
    name = forms.CharField(max_length=200, required=False, label="Name, if it is new")
    month = MonthField(label="Month", widget=forms.TextInput(attrs=MONTH))
    follows = ProductField(required=False, label="Like, or after")
    market = forms.ModelChoiceField(Market.objects.none(), required=False, to_field_name="code", empty_label="All")
    level = forms.FloatField(label="Level, %", initial=100, min_value=0)
    ramp_months = forms.IntegerField(label="Months until full level", initial=0, min_value=0)
    run_out = forms.BooleanField(required=False, label="Sell out of stock")
    note = forms.CharField(max_length=500, required=False, label="Note", widget=forms.Textarea(attrs={"rows": 2}))
    owner = OwnerField(_people(), to_field_name="username", required=False, label="Owner")

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        for number in range(LOSERS):
            self.base_fields[f"loser_{number}"] = ProductField(required=False, label="Product")
            self.base_fields[f"share_{number}"] = forms.FloatField(
                required=False, label="Loses, %", min_value=0, max_value=100
            )
        super().__init__(*args, scope=scope, **kwargs)
        self._scope = scope

    @property
    def losers(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"loser_{number}"], self[f"share_{number}"]) for number in range(LOSERS)]

    def clean_product(self) -> Product | product_changes.NewProduct:
        typed = self.cleaned_data["product"].strip()
        found = products(self._scope).filter(code=typed).first() or products(self._scope).filter(name=typed).first()
        if found:
            return found
        name = self.data.get("name", "").strip()
        if not name:
            raise forms.ValidationError(f"There is no product “{typed}” among yours. If it is new, say its name too.")
        return product_changes.NewProduct(typed, name)

    @staticmethod
    def told(change: ProductChange) -> dict[str, Any]:
        """A product change as the form shows it."""
        shown: dict[str, Any] = {
            "kind": change.kind,
            "product": change.product.code,
            "month": change.month,
            "follows": change.follows.code if change.follows else "",
            "market": change.market.code if change.market else None,
            "level": _plain(PER_CENT * change.level),
            "ramp_months": change.ramp_months,
            "run_out": change.run_out,
            "note": change.note,
            "owner": change.owner.username if change.owner else None,
            "row_version": change.row_version,
        }
        for number, each in enumerate(list(change.cannibalised.all())[:LOSERS]):
            shown |= {f"loser_{number}": each.product.code, f"share_{number}": _plain(PER_CENT * each.share)}
        return shown

    def facts(self) -> product_changes.Facts:
        told = self.cleaned_data
        named = [(told.get(f"loser_{number}"), told.get(f"share_{number}") or 0) for number in range(LOSERS)]
        ends = told["kind"] == ProductChange.Kind.END_OF_LIFE
        return product_changes.Facts(
            kind=told["kind"],
            product=told["product"],
            month=told["month"],
            follows=None if ends else told["follows"],
            market=told["market"],
            ramp_months=0 if ends else told["ramp_months"],
            level=1.0 if ends else told["level"] / PER_CENT,
            run_out=told["run_out"],
            note=told["note"],
            losers=[] if ends else [(product, share / PER_CENT) for product, share in named if product],
            owner=told["owner"],
        )


class RegisterFilters(forms.Form):
    """What of the register a page shows."""

    ANY = [("", "All")]
    state = forms.ChoiceField(
        required=False, choices=[("open", "Open"), ("settled", "Settled"), ("all", "All")], initial="open"
    )
    kind = forms.ChoiceField(required=False, choices=[*ANY, *Assumption.Kind.choices])
    included = forms.ChoiceField(required=False, choices=[*ANY, ("yes", "In the plan"), ("no", "Not in it")])
    family = forms.ModelChoiceField(Family.objects.none(), required=False, to_field_name="code", empty_label="All")
    market = forms.ModelChoiceField(Market.objects.none(), required=False, to_field_name="code", empty_label="All")

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, model, covered in (("family", Family, scope.families), ("market", Market, scope.markets)):
            choices = model._default_manager.order_by("name")
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = choices if covered is None else choices.filter(pk__in=covered)
