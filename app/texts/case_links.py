"""Why one case followed from another, in words, by the code of `app.cases.trace.causes`."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_

WAY_LABELS: Mapping[str, str] = {
    "commission_heard": N_("the order of the commission that hears the appeal"),
    "correction_reclassified": N_("the correction was found to be academic and went to a commission"),
    "dispute_appealed": N_("the disagreement with a result, then the appeal against it"),
    "excuse_doubted": N_("the confirmed excuse came into doubt"),
    "excuse_entered": N_("the confirmed excuse was entered in a journal"),
    "excuse_made_up": N_("the lessons of the excuse were made up"),
    "makeup_extended": N_("the extended last day, then the make-up work"),
    "order_reviewed": N_("the order with effect on a past day, then the review of marks"),
    "points_to_commission": N_(
        "the points of make-up work came after the signature and went to a commission"
    ),
    "protocol_carried_out": N_("the decision of the commission was carried out"),
    "result_appealed": N_("the published result, then the appeal against it"),
    "result_disputed": N_("the published result, then the disagreement with it"),
}
