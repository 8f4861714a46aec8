"""Error messages and next steps of drafts of diagrams, by error code."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_

DRAFT_MESSAGES: Mapping[str, str] = {
    "diagrams.draft.changed": N_("Someone else has saved this draft."),
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
    "diagrams.proposal.scenario_fails": N_(
        "The scenario «%(title)s» fails on this version: it parts at entry %(entry)s of its play."
    ),
    "diagrams.proposal.scenario_not_run": N_(
        "The scenario «%(title)s» was recorded meanwhile and has not run on this version."
    ),
    "diagrams.play.changed": N_("This play was changed meanwhile, or the draft was."),
    "diagrams.play.unreadable": N_("The drawing or one of its forms cannot be read."),
    "diagrams.play.no_start": N_("The drawing does not say how its cases begin, or nobody may begin one."),
    "diagrams.play.too_long": N_("The play takes too long and was stopped."),
    "diagrams.play.too_many_entries": N_("A play may have at most %(max)s entries."),
    "diagrams.play.too_large": N_("The answers of a play may have at most %(max)s kB together."),
    "diagrams.play.moment": N_("Choose a moment after the clock of the play, at most two years ahead."),
    "diagrams.play.unknown_person": N_("Nobody of this play has this post."),
    "diagrams.play.stopped": N_(
        "A command could not run with what the draft hands over (%(error)s): a form may lack a field that it needs."
    ),
    "diagrams.play.begun_already": N_("The case has begun already."),
    "diagrams.play.step_not_open": N_("The step «%(title)s» is not open at this point."),
    "diagrams.play.no_deadline": N_("No deadline runs at this point."),
    "diagrams.scenario.unfinished": N_("Only a play that has begun and does not stop can be kept."),
    "diagrams.scenario.title_taken": N_("Another scenario of this process has this title already."),
    "diagrams.scenario.too_many": N_("A process may have at most %(max)s scenarios."),
    "diagrams.scenario.busy": N_("The scenarios of another draft are running here."),
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
    "diagrams.proposal.scenario_fails": N_(
        "Open the scenario as a play of the draft: correct the draft, record it again, or remove it with a reason."
    ),
    "diagrams.proposal.scenario_not_run": N_("Send the form again: then it runs."),
    "diagrams.scenario.busy": N_("The page tries again by itself in a moment."),
    "diagrams.play.changed": N_("Open the play again; it shows what is stored now."),
    "diagrams.play.unreadable": N_("Open the diagram and correct what the list of findings says."),
    "diagrams.play.no_start": N_("Choose in the drawing how cases begin and who may begin them."),
    "diagrams.play.too_long": N_("Go back some entries, or look in the drawing for a loop without a person."),
    "diagrams.proposal.not_sound": N_("Open the draft and correct what the list of findings says."),
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
