"""Texts for the findings of the parser (`app.bpmn`): what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_

PARSER_FINDINGS: Mapping[str, tuple[str, str]] = {
    "bpmn.file.too_large": (
        N_("The file has %(size)s bytes; at most %(limit)s are read."),
        N_("Remove pictures and foreign data, or divide the process into two."),
    ),
    "bpmn.file.too_many_nodes": (
        N_("The diagram has more than %(limit)s elements."),
        N_("Divide the process into several smaller ones."),
    ),
    "bpmn.file.encoding": (
        N_("The file is not written in UTF-8."),
        N_("Save the file in UTF-8 and load it again."),
    ),
    "bpmn.xml.syntax": (
        N_("The file is not correct XML: %(detail)s."),
        N_("Export the diagram again from the program that made it."),
    ),
    "bpmn.xml.doctype": (
        N_("The file has a DOCTYPE or ENTITY declaration, which is refused."),
        N_("Delete the declaration from the file."),
    ),
    "bpmn.xml.entity": (
        N_("The file contains an entity reference, which is not read."),
        N_("Write the text itself in its place."),
    ),
    "bpmn.element.not_allowed": (
        N_("The element «%(name)s» cannot be used here."),
        N_("Delete it, or draw the same with user tasks, service tasks, gateways and timers."),
    ),
    "bpmn.namespace.not_allowed": (
        N_("«%(name)s» belongs to another program and is not read."),
        N_("Delete it; Depter reads only BPMN and its own attributes."),
    ),
    "bpmn.attribute.not_allowed": (
        N_("The attribute «%(name)s» cannot be used here."),
        N_("Delete the attribute."),
    ),
    "bpmn.attribute.missing": (
        N_("The required attribute «%(name)s» is missing."),
        N_("Choose its value in the panel of the element."),
    ),
    "bpmn.attribute.value": (
        N_("The attribute «%(name)s» has the value «%(value)s», which is not allowed."),
        N_("Choose one of the offered values in the panel of the element."),
    ),
    "bpmn.title.wrong": (
        N_("A title is empty, repeated, or its language is not ky, ru or en: «%(lang)s»."),
        N_("Write one title for each of the three languages."),
    ),
    "bpmn.service.input": (
        N_("The input «%(name)s» cannot be read from «%(variable)s»."),
        N_("Choose the parameter once, with at least one variable of the form step.field."),
    ),
    "bpmn.process.count": (
        N_("The file has %(count)s processes; exactly one is expected."),
        N_("Leave one process in the file and put the others into files of their own."),
    ),
    "bpmn.process.pools": (
        N_("The diagram has %(count)s pools; at most one is read."),
        N_("Leave one pool and draw the participants as its lanes."),
    ),
    "bpmn.process.not_executable": (
        N_("The process is not marked as executable."),
        N_("Mark the process as executable."),
    ),
    "bpmn.id.missing": (
        N_("The element has no id."),
        N_("Give it an id that says in a few words what it is."),
    ),
    "bpmn.id.duplicate": (
        N_("The id «%(id)s» occurs twice in the file."),
        N_("Give one of the two elements another id."),
    ),
    "bpmn.id.pattern": (
        N_("The id «%(id)s» has letters or characters that are not allowed."),
        N_("Use small Latin letters, digits and underscores, for example endorse_department_head."),
    ),
    "bpmn.id.reserved": (
        N_("The id «%(id)s» is reserved for Depter itself."),
        N_("Give the element another id."),
    ),
    "bpmn.reference.dangling": (
        N_("«%(attribute)s» points to «%(to)s», which does not exist or cannot be used there."),
        N_("Connect it to an existing element, or delete it."),
    ),
    "bpmn.lane.not_one": (
        N_("The element is in %(count)s lanes; it must be in exactly one."),
        N_("Move it into the lane of the people who do it."),
    ),
    "bpmn.start.count": (
        N_("The diagram has %(count)s start events; exactly one is expected."),
        N_("Leave one start event."),
    ),
    "bpmn.end.none": (
        N_("The diagram has no end event, so no case can end."),
        N_("Draw an end event after the last step."),
    ),
    "bpmn.end.outgoing": (
        N_("A flow leaves this end event."),
        N_("Delete the flow, or replace the end event with a step."),
    ),
    "bpmn.node.unreachable": (
        N_("No path leads from the start to this element."),
        N_("Draw a flow to it, or delete it."),
    ),
    "bpmn.node.no_way_out": (
        N_("No path leads from this element to an end event."),
        N_("Draw a path from it to an end event."),
    ),
    "bpmn.node.dead_end": (
        N_("No flow leaves this element."),
        N_("Draw a flow to the next step or to an end event."),
    ),
    "bpmn.node.many_outgoing": (
        N_("%(count)s flows leave this element; only one may leave a step or an event."),
        N_("Put a gateway after it and draw the flows from the gateway."),
    ),
    "bpmn.node.incoming": (
        N_("A flow leads into a start event or into a timer attached to a step."),
        N_("Lead the flow to the step itself."),
    ),
    "bpmn.gateway.unconditioned": (
        N_("This flow leaves the gateway «%(gateway)s» without a condition and is not its default flow."),
        N_("Write a condition for the flow, or make it the default flow of the gateway."),
    ),
    "bpmn.gateway.default_condition": (
        N_("The default flow of the gateway has a condition."),
        N_("Delete the condition, or make another flow the default."),
    ),
    "bpmn.gateway.default_parallel": (
        N_("A parallel gateway has a default flow, although it takes all flows."),
        N_("Remove the default mark, or make the gateway exclusive."),
    ),
    "bpmn.gateway.doubled_flow": (
        N_("Two flows lead from one element into this parallel gateway, which then waits for both."),
        N_("Delete one of the two flows."),
    ),
    "bpmn.flow.condition_misplaced": (
        N_("A condition is set on a flow that does not leave an exclusive gateway."),
        N_("Delete the condition, or put an exclusive gateway before the flow."),
    ),
    "bpmn.flow.condition_form": (
        N_("The flow has several conditions, or one in another language."),
        N_("Leave one formal expression."),
    ),
    "bpmn.expression.syntax": (
        N_("The condition cannot be read: %(detail)s."),
        N_("Write it like step.decision == 'approve'."),
    ),
    "bpmn.expression.not_allowed": (
        N_("The condition uses something that is not allowed: %(construct)s."),
        N_("Only compare variables with texts, numbers and lists, joined with and, or, not."),
    ),
    "bpmn.expression.name": (
        N_("«%(name)s» is not the name of a process variable."),
        N_("Name the variable as step.field, in small Latin letters."),
    ),
    "bpmn.expression.too_long": (
        N_("The condition is longer than %(limit)s characters."),
        N_("Divide it between two gateways."),
    ),
    "bpmn.expression.too_complex": (
        N_("The condition has more than %(limit)s parts, or brackets nested too deeply."),
        N_("Divide it between two gateways."),
    ),
    "bpmn.expression.types": (
        N_("The condition compares values of different kinds: %(left)s and %(right)s."),
        N_("Compare the variable with a value of its own kind."),
    ),
    "bpmn.variable.unknown": (
        N_("No step and no start sets the variable «%(name)s»."),
        N_("Choose a variable of a step of this diagram."),
    ),
    "bpmn.timer.definition": (
        N_("The timer has %(count)s definitions; exactly one is expected."),
        N_("Leave one timer definition."),
    ),
    "bpmn.timer.policy_missing": (
        N_("The timer names no deadline policy."),
        N_("Choose the deadline policy of the timer."),
    ),
    "bpmn.timer.content": (
        N_("The timer has a date or a duration of its own."),
        N_("Delete it and choose a deadline policy instead."),
    ),
    "bpmn.loop.automatic": (
        N_("This element is on a loop without a person or a timer, which would run without end."),
        N_("Put a user task or a timer into the loop."),
    ),
    "bpmn.loop.unclear": (
        N_("It is not clear at which step of this loop a new round begins."),
        N_("Mark the step at which the round begins as rework."),
    ),
}
"""Message and remedy by code; `%(name)s` are the parameters of the finding."""
