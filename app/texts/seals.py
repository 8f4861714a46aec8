"""Texts of the seals of the audit: what a sealer or a night finds, and what is counted."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_

FINDING_LABELS: Mapping[str, str] = {
    "sealer.tree_changed": N_(
        "The stored tree is not the one that was signed. Nothing is signed until it is explained."
    ),
    "sealer.rewound": N_(
        "The database went back behind what was signed: it was restored, or rows were removed."
    ),
    "sealer.restored": N_("The database was restored, and nobody said whether sealed records were lost."),
    "sealer.future_checkpoint": N_("A checkpoint has a moment that has not come yet."),
    "sealer.key_unusable": N_("The key of the sealer is missing, open to others, or another one."),
    "sealer.unsigned": N_("A checkpoint is not signed by a key of this log."),
    "sealer.record_vanished": N_("A record was deleted before it was sealed."),
    "sealer.record_sealed_before": N_("A sealed record was put into the queue a second time."),
    "sealer.record_back_dated": N_("A record has a moment before the last checkpoint: it was back-dated."),
    "sealer.record_ahead": N_("A record has a moment that has not come yet."),
    "sealer.not_published": N_("Checkpoints could not be written to the folder for the other host."),
    "sealer.witness_refused": N_(
        "The witness refused a checkpoint: it has cosigned another history of this log."
    ),
    "sealer.witness_ahead": N_("The witness has cosigned more records than this database has."),
    "sealer.silent": N_("Records wait for their seal, and the sealer does not answer."),
    "audit.cross_check": N_("Rows of the journal and the audit do not agree."),
    "": N_("Something is wrong with the seals."),
}
"""What each code of a finding means; "" for others."""

CHECK_LABELS: Mapping[str, str] = {
    "without_record": N_("a row without an audit record"),
    "without_row": N_("an audit record whose row is gone"),
    "other_version": N_("another version than the audit says"),
    "other_value": N_("another value than the audit says"),
    "changed_record": N_("an audit record that was changed after it was sealed"),
    "lost_record": N_("a sealed audit record that is gone"),
    "not_queued": N_("an audit record that is neither sealed nor waiting"),
    "other_content": N_("a file whose content is another one, or is lost"),
}
"""What each code of a cross-check means."""

COUNT_LABELS: Mapping[str, str] = {
    "journal.cell": N_("marks"),
    "journal.result": N_("results"),
    "cases.history": N_("steps of cases"),
    "people.role_assignment": N_("roles"),
    "files.file": N_("files"),
    "audit.leaf": N_("sealed records"),
    "erased": N_("values that were lawfully erased"),
}
"""What a night compared, in the order of the page."""
