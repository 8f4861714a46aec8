"""Error messages of appeals, protocols and academic corrections, by error code (6.3, 4.4.3b)."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_

APPEAL_MESSAGES: Mapping[str, str] = {
    "journal.result.changed": N_("This result has another version meanwhile. Look at it again."),
    "journal.dispute.open_already": N_("A dispute of this result waits for its answer."),
    "journal.proposal.nothing_waits": N_("No accepted points wait for a commission here."),
    "journal.proposal.sum_taken_over": N_(
        "This result was taken over as a sum, so points of make-up work cannot be added to it."
    ),
    "journal.appeal.open_already": N_("An appeal against this result is under way."),
    "journal.appeal.decided_already": N_("A commission has decided about this result."),
    "journal.appeal.late_needs_words": N_(
        "The deadline passed: %(at)s. Please explain why you appeal only now. The commission may restore it."
    ),
    "journal.appeal.term_not_restored": N_(
        "This appeal came after the deadline: restore the deadline with a reason, or do not admit the appeal."
    ),
    "journal.appeal.nothing_to_restore": N_("This appeal came in time; there is no deadline to restore."),
    "journal.appeal.no_commission": N_(
        "There is no valid commission that may decide this. Form one by an order first."
    ),
    "journal.appeal.not_yours_to_close": N_("Only the chair or the secretary can refuse to admit an appeal."),
    "journal.appeal.not_yours": N_("An appeal is ended by a person."),
    "journal.appeal.ended": N_("This appeal has ended meanwhile."),
    "journal.hearing.in_the_past": N_("The hearing has to lie ahead."),
    "journal.hearing.notice_too_short": N_(
        "Who is invited needs time to prepare: choose %(day)s or a later day."
    ),
    "journal.hearing.too_late": N_("The hearing has to be held until %(at)s."),
    "journal.hearing.no_moment": N_("Please give day and time of the hearing."),
    "journal.hearing.no_place": N_("Please give the place of the hearing."),
    "journal.hearing.not_your_seat": N_(
        "This step belongs to a seat in the commission that is not yours. A seat goes to its reserve."
    ),
    "journal.hearing.not_sitting": N_("One of the people named here does not hear this appeal."),
    "journal.hearing.too_few_left": N_(
        "Too few members are left who may decide. The academic office has to form a commission by another order."
    ),
    "journal.protocol.not_heard_yet": N_("The hearing begins %(at)s; the minutes are written after it."),
    "journal.protocol.votes_missing": N_("Chair and members all need a vote, or are marked as not present."),
    "journal.protocol.no_chair": N_("Without the chair nothing is decided; set another day."),
    "journal.protocol.no_quorum": N_("%(quorum)s votes are needed; set another day."),
    "journal.protocol.tied": N_("The votes are tied and the chair's vote decides nothing; vote once more."),
    "journal.protocol.no_points_wanted": N_("Points are given only when they are raised or lowered."),
    "journal.protocol.counted_or_not": N_(
        "Here it is decided only whether the accepted points count or not."
    ),
    "journal.protocol.points_as_accepted": N_("Make-up points count as they were accepted: %(points)s."),
    "journal.protocol.wrong_way": N_("These points do not go the way the votes went."),
    "journal.protocol.not_warned": N_(
        "Points can be lowered only if the student was told that this may happen."
    ),
    "journal.protocol.secretary_writes": N_("The secretary of the hearing writes the minutes."),
    "journal.protocol.chair_signs": N_(
        "Only the chair of the hearing signs the minutes, never the person who wrote them."
    ),
    "journal.correction.no_protocol": N_(
        "A module or final grade changes only by a signed commission decision."
    ),
}
