"""What is wrong with an order about students: texts by error code, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_

ORDER_MESSAGES: Mapping[str, str] = {
    "people.order.not_yours": N_("The directorate drafts orders about the students of its institute."),
    "people.order.not_signed": N_("The rector has to sign this order first."),
    "people.order.ended": N_("The way of this order has ended: it was refused, withdrawn or replaced."),
    "people.order.absurd_date": N_("This day does not fit: choose one from %(first)s to %(last)s."),
    "people.order.scan_needed": N_("Attach the scan of the signed order."),
    "people.order.number_taken": N_(
        "There is an order № %(number)s of %(at)s already. Open it below, or correct the number."
    ),
    "people.order.empty": N_("The order names no student. Choose at least one."),
    "people.order.too_many": N_("An order has at most %(most)s students. Make another one for the rest."),
    "people.order.student_twice": N_("A student is in the order twice. Leave one of the lines out."),
    "people.order.email_taken": N_(
        "Someone in the university has one of these e-mail addresses already. A former student is restored, not"
        " enrolled again."
    ),
    "people.order.several_units": N_(
        "The students are of several institutes. Make an order for each of them."
    ),
    "people.order.other_unit": N_("A student is of another institute: its directorate drafts the order."),
    "people.order.group_needed": N_("%(student)s: name the group."),
    "people.order.group_ended": N_("%(student)s: the group %(group)s ended on %(at)s."),
    "people.order.own_group": N_("%(student)s is in the group %(group)s already."),
    "people.order.names_needed": N_("%(student)s: family name and given name are needed."),
    "people.order.names_too_long": N_("%(student)s: a name has at most %(most)s letters."),
    "people.order.no_email": N_("%(student)s: this is not an e-mail address."),
    "people.order.same_names": N_("%(student)s: these are the present names. Write the new ones."),
    "people.order.no_student": N_("%(student)s is in no group on the effective day."),
    "people.order.later_order": N_(
        "%(student)s: a later order changes the group from %(at)s on. Choose an effective day after it."
    ),
    "people.order.not_on_leave": N_("%(student)s is not on academic leave on the effective day."),
    "people.order.not_expelled": N_("%(student)s was not expelled before the effective day."),
    "people.order.expelled_already": N_("%(student)s was expelled by order № %(order)s from %(at)s on."),
    "people.order.graduated_already": N_("%(student)s graduated by order № %(order)s from %(at)s on."),
    "people.order.on_leave": N_(
        "%(student)s is on academic leave by order № %(order)s since %(at)s. Return the student first."
    ),
    "people.order.leave_end": N_(
        "%(student)s: name the last day of the leave, after %(at)s and within three years."
    ),
    "people.order.sheet.no_student": N_("No student “%(text)s” in your institute."),
    "people.order.sheet.several_students": N_(
        "Several students are called “%(text)s”. Write the group in its column."
    ),
    "people.order.sheet.no_group": N_("There is no group “%(text)s” here."),
    "people.order.sheet.several_groups": N_("Several institutes have a group “%(text)s”."),
    "people.order.sheet.empty": N_("The sheet has no rows with students."),
}
ORDER_NEXT_STEPS: Mapping[str, str] = {
    "people.order.not_signed": N_("Send the order to the rector."),
    "people.order.ended": N_("Draft a new order."),
}
