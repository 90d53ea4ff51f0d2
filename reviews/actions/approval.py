"""The executive's word: one plan approved and published, or returned with a reason."""

from django.db import transaction

from planning.actions import freezing
from planning.queries import plans
from reviews.actions import stages
from reviews.models import Approval, Stage
from reviews.queries.gates import red
from reviews.queries.stages import current
from reviews.queries.stages import stages as stages_of
from sop.errors import NotFound, PlanningError
from sop.models import Cycle, User
from sop.permissions import Verb, require


@transaction.atomic
def approve(*, cycle: Cycle, by: User, comment: str = "") -> Approval:
    """Freeze the plan, sign the executive review and publish: from now on it is the plan of record."""
    require(by, Verb.APPROVE)
    stage = _executive(cycle)
    refused = [gate for gate in red(stage) if gate.required]
    if refused:
        raise PlanningError(
            f"The plan cannot be approved yet: {'; '.join(gate.why for gate in refused)}.",
            errors={gate.key: [gate.why] for gate in refused},
        )
    snapshot = stages.close(stage, by, comment)
    approval = Approval.objects.create(
        cycle=stage.cycle, approved=True, snapshot=snapshot, by=by, comment=comment.strip()
    )
    if plan := plans.working(stage.cycle):
        freezing.lock_plan(plan)
    # Approved and published are one step here: nothing but this transaction lies between them.
    stage.cycle.state = Cycle.State.PUBLISHED
    stage.cycle.save(update_fields=["state"])
    data: dict[str, object] = {"digest": snapshot.digest if snapshot else "", "approval": approval.pk}
    summary = f"Approved and published the plan of {stage.cycle}"
    stages.record(stage, "plan.published", summary, by, reason=comment, data=data)
    return approval


@transaction.atomic
def return_plan(*, cycle: Cycle, by: User, reason: str, to_stage: str = Stage.Key.PRE_SOP) -> Approval:
    """Send the plan back to a review, which must be signed again with all that follow it."""
    require(by, Verb.APPROVE)
    executive = _executive(cycle)
    stages.require_reason(reason, "Say why the plan is returned.")
    on = current(stages_of(executive.cycle))
    if on is not None and on.pk != executive.pk:
        raise PlanningError(f"The plan is not before the executives: the {stages.name(on)} is still open.")
    stage = executive.cycle.stages.filter(key=to_stage, position__lt=executive.position).first()
    if stage is None:
        raise NotFound(f"There is no earlier review named “{to_stage}”.")
    approval = Approval.objects.create(cycle=executive.cycle, approved=False, by=by, comment=reason.strip())
    stages.send_back(stages.lock(stage), by, reason)
    return approval


def _executive(cycle: Cycle) -> Stage:
    return stages.lock(cycle.stages.get(key=Stage.Key.EXECUTIVE))
