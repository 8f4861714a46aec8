"""Error messages and next steps of drafts of diagrams, by error code."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_

DRAFT_MESSAGES: Mapping[str, str] = {
    "diagrams.draft.changed": N_("Somebody has saved this draft meanwhile."),
    "diagrams.draft.closed": N_("This draft was discarded meanwhile."),
    "diagrams.draft.other_content": N_("This request was sent before with other content."),
    "diagrams.draft.too_large": N_("A diagram file may have at most %(max)s kB."),
    "diagrams.draft.too_many_nodes": N_(
        "A diagram may have at most %(max)s steps, gateways and events; this one has %(found)s."
    ),
    "diagrams.draft.not_xml": N_("This is not a readable XML file, or it has a document type."),
    "diagrams.draft.not_bpmn": N_("This XML file is no BPMN 2.0 diagram."),
    "diagrams.draft.forms_too_large": N_("The forms of a diagram are too large together."),
    "diagrams.draft.no_file": N_("Please choose a BPMN file."),
    "diagrams.proposal.not_sound": N_(
        "The check finds errors in this diagram, so it cannot come into force."
    ),
    "diagrams.proposal.nothing_changed": N_("This is what is in force already."),
    "diagrams.proposal.one_waits": N_("Another proposal for this process waits already."),
    "diagrams.proposal.own": N_("You drew or proposed this version yourself; another person has to decide."),
    "diagrams.proposal.not_yours": N_("Only who proposed or approved it withdraws a proposal."),
    "diagrams.proposal.decided": N_("This proposal was decided meanwhile."),
    "diagrams.proposal.outdated": N_("Another version came into force since this one was proposed."),
    "diagrams.proposal.other_content": N_("This request was sent before with other content."),
    "diagrams.proposal.moment": N_("Choose a moment in the future, at most a year ahead."),
    "diagrams.check.too_often": N_("The drawing is checked too often; the check goes on in a minute."),
    "diagrams.new.starter": N_("A request about this cannot be made by every role that you chose."),
    "diagrams.new.decider": N_("A request about this has no unit in which this role could decide."),
    "diagrams.form.too_many_fields": N_("A form may have at most %(max)s fields."),
    "diagrams.form.too_many_answers": N_("A field may offer at most %(max)s answers."),
    "diagrams.form.too_large": N_("A form may have at most %(max)s kB."),
    "diagrams.form.label_needed": N_("Write the label in at least one language."),
    "diagrams.form.key_pattern": N_("An identifier has only a-z, 0-9 and _, and begins with a letter."),
    "diagrams.form.key_taken": N_("«%(name)s» is there already; choose another identifier."),
    "diagrams.form.key_reserved": N_("«%(name)s» is a word of Depter; choose another identifier."),
    "diagrams.form.name_pattern": N_(
        "The name of a form is two words of a-z, 0-9 and _ with a full stop between them, as in %(name)s.decide."
    ),
    "diagrams.form.name_taken": N_("There is a form with this name already; choose another one."),
    "diagrams.form.not_a_form": N_("The form «%(name)s» cannot be read: %(why)s."),
    "diagrams.form.in_use": N_("Steps use this form; give them another one first."),
    "diagrams.draft.not_a_package": N_("This is no ZIP file with one diagram and its forms."),
    "diagrams.repair.unknown": N_("There is nothing of this kind to repair any more."),
}
DRAFT_NEXT_STEPS: Mapping[str, str] = {
    "diagrams.proposal.not_sound": N_("Open the draft and mend what the list of findings says."),
    "diagrams.proposal.nothing_changed": N_("Change the draft first, or choose another version."),
    "diagrams.proposal.one_waits": N_("Decide or withdraw it first; the page of the process leads to it."),
    "diagrams.proposal.own": N_("Ask another process administrator to decide."),
    "diagrams.proposal.decided": N_("The page below shows how it was decided."),
    "diagrams.proposal.outdated": N_(
        "Withdraw the proposal, compare with the version in force, and propose again."
    ),
    "diagrams.draft.changed": N_("What you drew is kept as a draft of its own."),
    "diagrams.draft.closed": N_("Open the process and begin a new draft."),
}
