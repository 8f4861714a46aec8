"""Commands of notices: send, mark as read, choose channels. Each runs inside `door.write`."""

from app.notices.commands.channels import save_chosen_mail_channels
from app.notices.commands.letters import (
    DueDigest,
    delete_sent_letters,
    lock_due_digest,
    send_digest,
    send_letter,
)
from app.notices.commands.mark_read import mark_notice_read, mark_notices_read_until
from app.notices.commands.notify import (
    DIGEST_DUE_EVENT,
    LETTER_DUE_EVENT,
    Notification,
    Recipient,
    add_bell_notices_and_queue_letters,
)

__all__ = [
    "DIGEST_DUE_EVENT",
    "LETTER_DUE_EVENT",
    "DueDigest",
    "Notification",
    "Recipient",
    "add_bell_notices_and_queue_letters",
    "delete_sent_letters",
    "lock_due_digest",
    "mark_notice_read",
    "mark_notices_read_until",
    "save_chosen_mail_channels",
    "send_digest",
    "send_letter",
]
