"""Texts for the refusals of access: the rules of 3.2, requests for roles, their quarterly review."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_

ACCESS_MESSAGES: Mapping[str, str] = {
    "people.role.limits_of_auditor": N_(
        "Only the role of an auditor has limits. Leave them empty, or choose the role “Auditor”."
    ),
    "people.role.outside_ends": N_("The role of an auditor from outside ends by itself: enter its last day."),
    "people.role.kinds": N_("Choose at least one kind of what is audited."),
    "people.role.auditor_of_university": N_("For the whole university choose no unit."),
    "people.names.not_masked": N_("Names are hidden only from auditors: switch to the role of an auditor."),
    "people.names.short_reason": N_(
        "Say in at least %(least)s characters why you need the names, so that others understand it later."
    ),
    "people.erasure.still_here": N_(
        "This person belongs to a group or holds a role today, so nothing is erased. End these first."
    ),
    "people.erasure.too_early": N_(
        "The data of a person are kept for %(years)s years after the year of the last record. Come back on %(at)s."
    ),
    "people.erasure.done": N_("The texts of this person were erased on %(at)s already."),
    "people.erasure.not_sure": N_("Tick the box if you have read that this cannot be undone."),
    "audit.erasure.own": N_("Nobody erases their own texts. A colleague of the academic office does it."),
    "people.rules.not_accepted": N_(
        "Before anything else, read and accept the rules of personal access. What you entered is kept on the page."
    ),
    "people.rules.not_ticked": N_("Tick the box if you accept the rules. Without it nothing else opens."),
    "people.rules.other_version": N_("The rules have changed meanwhile. Read them again and accept them."),
    "people.access.oneself": N_("Nobody asks for a role for themselves. Your own head asks for it."),
    "people.access.not_his_person": N_(
        "This person is not in your unit. Choose one of your people, or someone who has no role yet."
    ),
    "people.access.unknown_name": N_(
        "Choose the person from the list: there is nobody called %(name)s in it."
    ),
    "people.access.role_not_yours": N_("You cannot ask for this role. Choose one of the list."),
    "people.access.no_unit": N_("This role is for the whole university: choose no unit."),
    "people.access.unit_needed": N_("This role is held in a unit: choose the unit."),
    "people.access.wrong_unit": N_("This role is not held in a unit of this kind. Choose another unit."),
    "people.access.unit_not_yours": N_("This unit is not yours. Choose your unit or one below it."),
    "people.access.only_deputy": N_("Your own role you can ask for only for a deputy: tick “As the deputy”."),
    "people.access.not_backwards": N_("A role is not changed backwards. Choose today or a later day."),
    "people.access.too_long": N_("A role ends by itself: the last day is %(at)s or earlier."),
    "people.access.held_already": N_("The person has this role already on some of these days."),
    "people.access.no_such_role": N_("This role has ended already. Look at the list again."),
    "people.access.ends_before": N_("The role ends on that day or earlier anyway."),
    "people.access.review_closed": N_(
        "The time to confirm these roles is over. Ask for a role again if it is needed."
    ),
    "people.access.confirmed_by_another": N_("This role is confirmed by someone else. Load the page again."),
    "people.access.reason_needed": N_("Say why this role is not confirmed."),
}
