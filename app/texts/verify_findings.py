"""Texts for the findings of the verifier (`app.diagrams.verify`): what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_

VERIFY_FINDINGS: Mapping[str, tuple[str, str]] = {
    "verify.case.cannot_end": (
        N_("From here a case can no longer reach an end."),
        N_("Draw a path from this point to an end event."),
    ),
    "verify.case.stalled": (
        N_("A case can get stuck here: nothing is open and no end is reached."),
        N_("Check that every branch before a joining gateway really arrives at it."),
    ),
    "verify.case.endless": (
        N_("A case can go round here without end and without a person."),
        N_("Put a step for a person into the loop, or lead one branch out of it."),
    ),
    "verify.step.dead": (
        N_("No case ever reaches this step."),
        N_("Change the conditions before it, or delete the step."),
    ),
    "verify.flow.dead": (
        N_("No case ever takes this flow."),
        N_("Change its condition, or delete the flow."),
    ),
    "verify.step.twice": (
        N_("This step can be open twice at the same time."),
        N_("Join the parallel paths before it."),
    ),
    "verify.end.two_outcomes": (
        N_("One case can reach two outcomes: «%(first)s» and «%(second)s»."),
        N_("Let only one of the parallel paths end with an outcome."),
    ),
    "verify.branch.missing": (
        N_("No flow leaves this gateway for a case with %(values)s."),
        N_("Draw a flow for this case, or choose a default flow."),
    ),
    "verify.condition.fails": (
        N_("A condition compares values that cannot be compared: %(names)s."),
        N_("Compare only values of one kind, and only fields that must be answered."),
    ),
    "verify.approval.missing": (
        N_("«%(operation)s» can run without an approval that clause %(clause)s demands: %(role)s."),
        N_("Lead every path to the operation through the approval of this role."),
    ),
    "verify.approval.missing_by_setting": (
        N_("«%(operation)s» can run without an approval that the university has set for it: %(role)s."),
        N_("Lead every path to the operation through the approval of this role."),
    ),
    "verify.approval.out_of_order": (
        N_("«%(operation)s» can run with an approval out of the order of clause %(clause)s: %(role)s."),
        N_("Put the approvals in the order of the clause."),
    ),
    "verify.approval.same_person": (
        N_(
            "One person can give two of the approvals that clause %(clause)s demands for «%(operation)s»: %(role)s."
        ),
        N_("Give each approval to another role or another person."),
    ),
    "verify.approval.own_request": (
        N_(
            "The requester can approve their own request for «%(operation)s», which clause "
            "%(clause)s forbids: %(role)s."
        ),
        N_("Give the approval to someone other than the requester."),
    ),
    "verify.effect.other_subject": (
        N_("«%(operation)s» can be applied to something other than what was approved (clause %(clause)s)."),
        N_("Choose as its input the latest version that the approvals have seen."),
    ),
    "verify.effect.input_missing": (
        N_("«%(operation)s» can run before its parameter «%(name)s» has a value."),
        N_("Add a variable that has a value on every path to the operation."),
    ),
    "verify.effect.twice": (
        N_("«%(operation)s» can take effect twice in one case."),
        N_("Lead the path after success to an end, not back before the operation."),
    ),
    "verify.not_explored": (
        N_("The check stopped after %(states)s states, so it cannot say that the diagram is sound."),
        N_("Divide the process into smaller ones, or make its parallel part shorter."),
    ),
}
"""Message and remedy by code; `%(name)s` are the parameters of the finding."""
