"""Texts for the refusals of requests that cannot be read, whatever they are about."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_

KERNEL_MESSAGES: Mapping[str, str] = {
    "kernel.object.missing": N_("There is no such page, or it is not for you."),
    "kernel.input.invalid": N_("Some fields need another look."),
    "kernel.input.not_an_id": N_("This is not a known identifier."),
    "kernel.input.not_an_object": N_("An object with fields was expected."),
    "kernel.input.not_json": N_("The request could not be read as JSON."),
    "kernel.input.not_a_text": N_("Enter text."),
    "kernel.input.not_a_number": N_("A whole number was expected."),
    "kernel.day.unreadable": N_("This is not a day. Write it as day.month.year, for example 30.11.2026."),
    "kernel.day.two_ways": N_(
        "Day and month can be read in two ways here. Write it with points, for example %(day)s."
    ),
    "kernel.day.year": N_("A day lies between the years %(least)s and %(most)s. Check the year."),
    "kernel.moment.unreadable": N_("This is not a day with a time. Write it like this: 30.11.2026 14:30."),
    "kernel.number.unreadable": N_(
        "This is not a number. Write it with a comma or a point, for example 87,5."
    ),
    "kernel.input.no_token": N_("This form was drawn too long ago and could not be checked."),
    "kernel.input.wrong_method": N_("This address does not take such a request."),
    "kernel.input.too_large": N_("What you sent is larger than 12 MB."),
    "kernel.input.wrong_type": N_("This kind of content cannot be read here."),
    "kernel.input.unreadable": N_("The request could not be read."),
}
