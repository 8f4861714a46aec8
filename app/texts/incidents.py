"""Texts of incidents: their kinds, what each means, what can be done, and how they were solved."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.seals import FINDING_LABELS
from app.texts.translate import N_

KIND_LABELS: Mapping[str, str] = {
    "timer": N_("A deadline could not take effect"),
    "state": N_("A case cannot go on"),
    "operation": N_("A change was refused"),
    "owner": N_("Nobody can do a step"),
    "message": N_("A message was not delivered"),
    "clock": N_("The clock of a worker is wrong"),
    "backup": N_("A backup failed"),
    "seal": N_("A seal of the audit does not hold"),
}

MEANINGS: Mapping[str, str] = {
    "timer": N_(
        "The deadline of a step has passed, and what follows from it failed. Depter tries again every five minutes."
    ),
    "state": N_(
        "The stored state of the case cannot be read, or its diagram leads nowhere. Its tasks are hidden, and nothing "
        "was changed."
    ),
    "operation": N_(
        "A step was completed, but the change that follows was refused. Nothing was written; the step is open."
    ),
    "owner": N_("A step is open, but nobody in this unit holds the role it needs today."),
    "clock": N_(
        "The clock of a machine differs from that of PostgreSQL by more than a minute. Its worker stopped: no deadline "
        "takes effect and no letter leaves at a wrong moment."
    ),
    "backup": N_(
        "The backup by the approved schedule was not made, or is not whole. The journal works as before."
    ),
    "seal": N_(
        "The sealer, its witness or the comparison of the night found that the audit, its seals and the journal do not "
        "agree, or that nothing is sealed any more."
    ),
    "message": N_("Depter tried eight times to deliver a message or to do the work it asks for, and failed."),
}
"""What an incident of each kind means."""

ADVICE: Mapping[str, str] = {
    "timer": N_("Remove the cause, then let the deadline take effect again. No approval is skipped by this."),
    "state": N_("Repair the data from a backup or the diagram, then take the case back to work."),
    "operation": N_(
        "Remove the cause, then ask the owner of the step to send it again: the decision is "
        "theirs. If they cannot, give the step to another holder of the role."
    ),
    "owner": N_("Give someone the role in this unit, then look for an owner again."),
    "clock": N_("Set the clock of the machine (NTP). The worker goes on by itself when the clocks agree."),
    "backup": N_("Remove the cause. The next backup by the schedule settles this incident."),
    "seal": N_(
        "Change nothing in the database. Look at the page of the seals, keep a copy of the database, and tell the "
        "auditor. Then close the incident with what you found."
    ),
    "message": N_("Remove the cause, then deliver again. Eight new attempts begin at once."),
}
"""What helps against an incident of each kind."""

RETRY_LABELS: Mapping[str, str] = {
    "timer": N_("Let the deadline take effect again"),
    "state": N_("Take back to work"),
    "operation": N_("Ask the owner to send it again"),
    "owner": N_("Look for an owner again"),
    "message": N_("Deliver again"),
    "clock": N_("Look at the clock again"),
    "backup": N_("Look at the last backup again"),
    "seal": N_("Look at the seals again"),
}

CAUSES: Mapping[str, str] = {
    "cases.timer.failed": N_("An unexpected error stopped the step that follows from the deadline."),
    "cases.task.nobody": N_(
        "Nobody holds the role of this step who has not asked for it or approved it before."
    ),
    "worker.clock.differs": N_("The clocks of a worker and of PostgreSQL do not agree."),
    "backups.run.no_place": N_(
        "It is not set where backups go: BACKUP_DIR, BACKUP_KEYS_DIR and BACKUP_KEYS_LOCK."
    ),
    "backups.run.failed": N_("The backup was not made."),
    "backups.run.files_lost": N_(
        "Files that the database names are lost on the disk; the copy holds the rest."
    ),
    "backups.run.wal_off": N_(
        "The copy is whole, but the server does not archive its WAL as the schedule says."
    ),
    "backups.run.interrupted": N_("The backup was cut short."),
    **{code: text for code, text in FINDING_LABELS.items() if code},
    "outbox.message.died": N_("All attempts to deliver the message failed."),
}
"""Causes whose code is no refusal with a message of its own."""

SOLUTION_LABELS: Mapping[str, str] = {
    "retried": N_("tried again with success"),
    "assigned": N_("given to another person"),
    "closed": N_("closed with a reason"),
    "settled": N_("settled by itself"),
    "delivered": N_("delivered"),
}

MESSAGE_LABELS: Mapping[str, str] = {
    "notices.letter.due": N_("a letter"),
    "notices.digest.due": N_("a daily letter"),
    "exchange.import.queued": N_("an import"),
    "exchange.import.planning": N_("the preview of an import"),
    "regulation.calendar.changed": N_("counting deadlines anew"),
    "cases.recount.continued": N_("counting deadlines anew"),
    "people.membership.changed": N_("an order about students"),
    "people.substitute.over": N_("giving tasks back after a substitution"),
}
"""What a message asks for, by event type; others are notices or follow-up cases."""
MESSAGE_LABEL = N_("a notice or a follow-up")
