"""Texts for the findings of the lint rules (`app.diagrams.lint`): what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_

LINT_FINDINGS: Mapping[str, tuple[str, str]] = {
    "diagrams.start.unknown": (
        N_("There is no start with the name «%(name)s»."),
        N_("Choose how cases of this process begin from the list of starts."),
    ),
    "diagrams.start.of_another": (
        N_("The start «%(name)s» begins cases of another process, «%(diagram)s»."),
        N_("Choose the start of this process."),
    ),
    "diagrams.start.own": (
        N_("The process «%(diagram)s» has a start of its own and cannot begin by «%(name)s»."),
        N_("Choose the start of this process, or give a new process another id."),
    ),
    "diagrams.starters.missing": (
        N_("Nobody may begin a case: no role is chosen."),
        N_("Choose the roles that may make this request."),
    ),
    "diagrams.starters.not_allowed": (
        N_("The role «%(role)s» cannot begin cases by the start «%(name)s»."),
        N_("Choose only roles that this start allows."),
    ),
    "diagrams.starters.fixed": (
        N_("The start «%(name)s» says itself who may begin; the roles chosen here change nothing."),
        N_("Remove the chosen roles."),
    ),
    "diagrams.operation.unknown": (
        N_("There is no operation with the name «%(name)s»."),
        N_("Choose an operation from the list."),
    ),
    "diagrams.input.unknown": (
        N_("The operation «%(operation)s» has no parameter «%(name)s»."),
        N_("Delete the parameter, or choose one that the operation has."),
    ),
    "diagrams.input.missing": (
        N_("The operation «%(operation)s» does not get its parameter «%(name)s»."),
        N_("Choose the variable that gives this parameter its value."),
    ),
    "diagrams.input.kind": (
        N_("The parameter «%(name)s» of «%(operation)s» cannot take what «%(variable)s» holds."),
        N_("Choose a variable that holds such a value: an id, a day, a number or an answer."),
    ),
    "diagrams.form.missing": (
        N_("There is no form with the name «%(name)s»."),
        N_("Create the form, or choose one that exists."),
    ),
    "diagrams.form.unreadable": (
        N_("The form «%(name)s» cannot be read: %(why)s."),
        N_("Correct the form in the form editor."),
    ),
    "diagrams.field.label_missing": (
        N_("In the form «%(name)s» the label of the field «%(field)s» is missing in: %(languages)s."),
        N_("Write it in every language, because people read it in theirs."),
    ),
    "diagrams.field.help_missing": (
        N_("In the form «%(name)s» the help of the field «%(field)s» is missing in: %(languages)s."),
        N_("Write it in every language, or delete it in all of them."),
    ),
    "diagrams.field.answer_missing": (
        N_(
            "In the form «%(name)s» the words of the answer «%(value)s» of the field «%(field)s» are missing in: "
            "%(languages)s."
        ),
        N_("Write them in every language, because people read them in theirs."),
    ),
    "diagrams.field.twice": (
        N_("The form «%(name)s» has two fields with the identifier «%(field)s»."),
        N_("Remove one of them, or give it another identifier."),
    ),
    "diagrams.field.answer_twice": (
        N_("The field «%(field)s» of the form «%(name)s» offers the answer «%(value)s» twice."),
        N_("Remove one of the two answers."),
    ),
    "diagrams.field.no_answers": (
        N_("The field «%(field)s» of the form «%(name)s» has no answers to choose from."),
        N_("Add answers, or make it a field of another kind."),
    ),
    "diagrams.field.answer_unknown": (
        N_(
            "In the form «%(name)s» the field «%(field)s» is needed when «%(other)s» is «%(value)s», an answer that "
            "this field does not offer."
        ),
        N_("Choose answers that it offers."),
    ),
    "diagrams.field.limits": (
        N_("In the form «%(name)s» the limits of the field «%(field)s» exclude each other."),
        N_("Let the smallest be below the largest."),
    ),
    "diagrams.field.reserved": (
        N_("No field can have the identifier «%(field)s», as one of the form «%(name)s» does."),
        N_("Give the field another identifier."),
    ),
    "diagrams.form.subject_unknown": (
        N_("The form «%(name)s» creates a subject that does not exist: «%(subject)s»."),
        N_("Choose a subject from the list, or none."),
    ),
    "diagrams.form.subject_missing": (
        N_(
            "The form «%(name)s» does not ask what the request is about: the required field «%(kind)s» is missing."
        ),
        N_("Add this field to the form and make it required."),
    ),
    "diagrams.form.subject_not_asked": (
        N_("The form «%(name)s» asks for «%(kind)s», which this start does not know."),
        N_("Remove the field, or choose another start."),
    ),
    "diagrams.form.decision_unknown": (
        N_("The form «%(name)s» creates a subject for the decision «%(value)s», which it does not offer."),
        N_("Choose one of the decisions that the form offers."),
    ),
    "diagrams.form.field_unknown": (
        N_("The form «%(name)s» names a field that it does not have: «%(field)s»."),
        N_("Choose a field of this form."),
    ),
    "diagrams.form.not_named": (
        N_("This step has no form, so nobody can complete it."),
        N_("Choose the form of the step, or create one."),
    ),
    "diagrams.form.no_approval": (
        N_("The step is an approval, but its form «%(name)s» does not offer the decision «approve»."),
        N_("Add the decision «approve» to the form, or remove the approval mark from the step."),
    ),
    "diagrams.variable.unknown": (
        N_("Nothing gives the variable «%(name)s» a value."),
        N_("Choose a field of a form, an outcome of an operation or a variable of the start."),
    ),
    "diagrams.scope.unknown": (
        N_("The start has no unit with the name «%(name)s»."),
        N_("Choose a unit that the start gives, or leave the lane for the whole university."),
    ),
    "diagrams.person.unknown": (
        N_("The start has no person with the name «%(name)s»."),
        N_("Choose a person that the start gives, or leave the step to the role of the lane."),
    ),
    "diagrams.anchor.unknown": (
        N_("The start has no moment with the name «%(name)s»."),
        N_("Choose a moment that the start gives, or count the deadline from when it opens."),
    ),
    "diagrams.value.unknown": (
        N_("The variable «%(name)s» never has the value «%(value)s», so this branch is never taken."),
        N_("Choose one of the values that the form or the operation offers."),
    ),
    "diagrams.policy.unknown": (
        N_("There is no deadline policy with the name «%(name)s»."),
        N_("Choose a policy from the list."),
    ),
    "diagrams.policy.no_term": (
        N_("The policy «%(name)s» is a choice of the university, not a length of time."),
        N_("Choose a policy that is a number of hours or days."),
    ),
    "diagrams.role.unknown": (
        N_("There is no role with the name «%(name)s», so nobody would get the steps of this lane."),
        N_("Choose a role from the list."),
    ),
    "diagrams.role.unit_needed": (
        N_("The lane has no unit, but this role is held for one, so nobody would get its steps: %(role)s."),
        N_("Choose for the lane the unit in which it acts; the start names the units."),
    ),
    "diagrams.role.person_needed": (
        N_("The step names no person, although not everybody with this role may do it: %(role)s."),
        N_("Assign the step to the requester or to a person that the start names."),
    ),
    "diagrams.clause.unknown": (
        N_("The regulation has no clause %(name)s."),
        N_("Choose a clause by its number or by words of its text."),
    ),
    "diagrams.clause.missing": (
        N_("Neither this step nor the process names the clause it rests on."),
        N_("Choose the clause of the step, or that of the whole process."),
    ),
    "diagrams.key.twice": (
        N_("Another file draws the process «%(name)s» too."),
        N_("Give one of the two processes another id, or delete one file."),
    ),
    "diagrams.deadline.missing": (
        N_("This step has neither a deadline nor a timer, so a case can wait here without end."),
        N_("Choose the deadline policy of the step."),
    ),
    "diagrams.gateway.uncovered": (
        N_("No flow leaves this gateway when %(values)s."),
        N_("Draw a flow for this case, or choose a default flow."),
    ),
    "diagrams.gateway.overlap": (
        N_(
            "The conditions of «%(first)s» and «%(second)s» are both true when %(values)s; only the first is taken."
        ),
        N_("Change one condition so that only one of the two is true."),
    ),
    "diagrams.gateway.not_explored": (
        N_(
            "The diagram has more than %(states)s combinations of values, so its gateways were not all checked."
        ),
        N_("Divide the process, or read fewer fields in its conditions."),
    ),
    "diagrams.title.missing": (
        N_("The title is missing in: %(languages)s."),
        N_("Write the title in every language, because people read it in theirs."),
    ),
    "diagrams.about.missing": (
        N_("The purpose of the process is missing in: %(languages)s."),
        N_("Write its purpose in two sentences in every language."),
    ),
    "diagrams.id.unreadable": (
        N_("The id «%(id)s» was generated and says nothing about the element."),
        N_("Give it an id that says what it is, because history and versions keep it."),
    ),
    "diagrams.end.result_missing": (
        N_("The end does not say whether the outcome «%(outcome)s» is good or bad for the requester."),
        N_("Choose granted, refused or neutral."),
    ),
    "diagrams.end.unequal": (
        N_(
            "The ends «%(first)s» and «%(second)s» have the outcome «%(outcome)s», but other titles or results."
        ),
        N_("Give them the same title and result, or two different outcomes."),
    ),
    "diagrams.end.no_outcome": (
        N_("No end of the process has an outcome, so a closed case cannot say how it ended."),
        N_("Give the end of the main path an outcome."),
    ),
    "diagrams.layout.none": (
        N_("The file has no drawing, only the list of elements."),
        N_("Let the editor arrange the diagram."),
    ),
    "diagrams.layout.missing": (
        N_("This element is not drawn, so nobody sees it on the diagram."),
        N_("Let the editor arrange the diagram, or draw the element again."),
    ),
    "diagrams.file.unreadable": (
        N_("The file does not exist, or it may not be read."),
        N_("Check its name and who may read it."),
    ),
    "diagrams.form.folder": (
        N_("The folder of the forms cannot be read."),
        N_("Check the shared file _shared.toml in it, and the names that the forms take from it."),
    ),
    "diagrams.check.limit": (
        N_("The check took more time or memory than it may, so it cannot say that the diagram is sound."),
        N_("Divide the process into smaller ones, or make its parallel part shorter."),
    ),
    "diagrams.label.crosses": (
        N_("The label overlaps «%(other)s»."),
        N_("Move the label to a free place."),
    ),
}
"""Message and remedy by code; `%(name)s` are the parameters of the finding."""
