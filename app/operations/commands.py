"""The commands a diagram may call, each with its outcomes and the approvals it demands, beside its clause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.journal.appeals.commands import close_appeal
from app.journal.appeals.hearing_queries import fingerprint_of_correction, fingerprint_of_protocol
from app.journal.appeals.protocol_commands import release_correction, sign_protocol
from app.journal.appeals.result_dispute_commands import answer_dispute, check_appealed
from app.journal.commissions.commands import publish_commission
from app.journal.commissions.queries import fingerprint_of_commission
from app.journal.corrections.commands import apply_correction
from app.journal.corrections.queries import fingerprint_of_change_set
from app.journal.disputes.commands import check_corrected
from app.journal.excuses.case_subjects import fingerprint_of_excuse, fingerprint_of_excused
from app.journal.excuses.commands import confirm_excuse, enter_excuse, revoke_excuse
from app.journal.grade_sheets.queries import fingerprint_of_lines, fingerprint_of_signing
from app.journal.grade_sheets.reopening_commands import open_sheet
from app.journal.grade_sheets.signing_commands import approve_sheet, return_sheet, vise_sheet
from app.journal.late_entry.commands import open_entry_window
from app.journal.late_entry.queries import fingerprint_of_entries
from app.journal.makeups.commands import allow_workoff, record_workoff
from app.journal.makeups.queries import fingerprint_of_plea, fingerprint_of_workoff
from app.journal.sheet_closing.commands import close_signed_sheet, look_before_closing
from app.operations.registry_types import Operation
from app.people.approvals import Demand


def codes(given: Any) -> tuple[str, ...]:
    """Read the codes that a form answered; none is as good as an empty list. Raises TypeError for anything else."""
    if given is None:
        return ()
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise TypeError("a list of codes is expected")
    return tuple(given)


OPERATIONS: Mapping[str, Operation] = {
    entry.name: entry
    for entry in (
        Operation(
            name="journal.open_entry_window",
            command=open_entry_window,
            params={"entries": UUID},
            outcomes=("opened", "sheet_closed"),
            success=("opened",),
            clause="4.2.1",
            demands=Demand(("department_head", "directorate"), "4.2.1"),
            approved="entries",
            fingerprint=fingerprint_of_entries,
        ),
        Operation(
            name="journal.confirm_excuse",
            command=confirm_excuse,
            params={"excuse": UUID},
            outcomes=("confirmed_all", "confirmed_part"),
            success=("confirmed_all", "confirmed_part"),
            clause="4.2.4",
            demands=Demand(("directorate",), "4.2.4"),
            approved="excuse",
            fingerprint=fingerprint_of_excuse,
        ),
        Operation(
            name="journal.enter_excuse",
            command=enter_excuse,
            params={"excuse": UUID, "offering": UUID},
            outcomes=("entered",),
            success=("entered",),
            clause="4.2.2",
            demands=Demand(("teacher",), "4.2.2"),
            approved="excuse",
            fingerprint=fingerprint_of_excuse,
        ),
        Operation(
            name="journal.revoke_excuse",
            command=revoke_excuse,
            params={"excused": UUID},
            outcomes=("revoked",),
            success=("revoked",),
            clause="4.2.4",
            demands=Demand(("directorate",), "4.2.4"),
            approved="excused",
            fingerprint=fingerprint_of_excused,
        ),
        Operation(
            name="journal.allow_workoff",
            command=allow_workoff,
            params={"plea": UUID},
            outcomes=("allowed", "sheet_closed"),
            success=("allowed",),
            clause="5.3.2",
            demands=Demand(("department_head", "directorate"), "5.3.2"),
            approved="plea",
            fingerprint=fingerprint_of_plea,
        ),
        Operation(
            name="journal.check_corrected",
            command=check_corrected,
            params={"dispute": UUID},
            outcomes=("corrected", "unchanged", "sheet_closed"),
            success=("corrected", "unchanged", "sheet_closed"),
            clause="6.2",
        ),
        Operation(
            name="journal.publish_commission",
            command=publish_commission,
            params={"commission": UUID},
            outcomes=("published", "number_taken"),
            success=("published",),
            clause="6.3",
            demands=Demand(("rector",), "6.3"),
            approved="commission",
            fingerprint=fingerprint_of_commission,
        ),
        Operation(
            name="journal.vise_sheet",
            command=vise_sheet,
            params={"signing": UUID},
            outcomes=("vised", "changed"),
            success=("vised",),
            clause="1.5.2",
            demands=Demand(("department_head",), "1.5.2"),
            approved="signing",
            fingerprint=fingerprint_of_signing,
        ),
        Operation(
            name="journal.approve_sheet",
            command=approve_sheet,
            params={"signing": UUID},
            outcomes=("approved", "changed"),
            success=("approved",),
            clause="1.5.2",
            demands=Demand(("department_head", "academic_office"), "1.5.2"),
            approved="signing",
            fingerprint=fingerprint_of_signing,
        ),
        Operation(
            name="journal.open_sheet",
            command=open_sheet,
            params={"plea": UUID},
            outcomes=("opened", "signed"),
            success=("opened",),
            clause="4.3.2",
            demands=Demand(("department_head", "academic_office"), "4.3.2"),
            approved="plea",
            fingerprint=fingerprint_of_lines,
        ),
        Operation(
            name="journal.return_sheet",
            command=return_sheet,
            params={"sheet": UUID},
            outcomes=("returned", "stands"),
            success=("returned",),
            clause="1.5.2",
        ),
        Operation(
            name="journal.look_before_closing",
            command=look_before_closing,
            params={"signing": UUID},
            outcomes=("possible", "wait"),
            success=("possible", "wait"),
            clause="7.6",
        ),
        Operation(
            name="journal.close_sheet",
            command=close_signed_sheet,
            params={"signing": UUID, "noted": codes},
            outcomes=("closed", "changed"),
            success=("closed",),
            clause="7.6",
            demands=Demand(("department_head", "academic_office"), "7.6"),
            approved="signing",
            fingerprint=fingerprint_of_signing,
        ),
        Operation(
            name="journal.answer_dispute",
            command=answer_dispute,
            params={"dispute": UUID},
            outcomes=("answered",),
            success=("answered",),
            clause="6.3",
        ),
        Operation(
            name="journal.check_appealed",
            command=check_appealed,
            params={"dispute": UUID},
            outcomes=("appealed", "not_appealed"),
            success=("appealed", "not_appealed"),
            clause="6.3",
        ),
        Operation(
            name="journal.close_appeal",
            command=close_appeal,
            params={"appeal": UUID},
            outcomes=("inadmissible",),
            success=("inadmissible",),
            clause="6.3",
        ),
        Operation(
            name="journal.sign_protocol",
            command=sign_protocol,
            params={"protocol": UUID},
            outcomes=("upheld", "to_change", "reexam"),
            success=("upheld", "to_change", "reexam"),
            clause="6.3",
            demands=Demand(("commission_chair",), "6.3"),
            approved="protocol",
            fingerprint=fingerprint_of_protocol,
        ),
        Operation(
            name="journal.release_correction",
            command=release_correction,
            params={"correction": UUID},
            outcomes=("amended", "result_changed"),
            success=("amended",),
            clause="4.4.3",
            demands=Demand(("academic_office", "it_admin"), "4.4.3"),
            approved="correction",
            fingerprint=fingerprint_of_correction,
        ),
        Operation(
            name="journal.record_workoff",
            command=record_workoff,
            params={"workoff": UUID},
            outcomes=("done", "parked", "not_absent"),
            success=("done", "parked"),
            clause="5.4.2",
            demands=Demand(("teacher",), "5.4.1"),
            approved="workoff",
            fingerprint=fingerprint_of_workoff,
        ),
        Operation(
            name="journal.apply_correction",
            command=apply_correction,
            params={"change_set": UUID},
            outcomes=("applied", "cell_changed", "sheet_closed"),
            success=("applied",),
            clause="4.4.2",
            demands=Demand(("department_head", "directorate", "academic_office", "it_admin"), "4.4.2"),
            approved="change_set",
            fingerprint=fingerprint_of_change_set,
        ),
    )
}
