"""Commands of notices: send, mark as read, choose channels. Each runs inside `door.write`."""

from app.notices.commands.channels import choose_channels
from app.notices.commands.letters import DueDigest, delete_sent, lock_due_digest, send_digest, send_letter
from app.notices.commands.mark_read import mark_all_read, mark_read
from app.notices.commands.notify import DIGEST_DUE, LETTER_DUE, Notification, Recipient, send_notification

__all__ = [
    "DIGEST_DUE",
    "LETTER_DUE",
    "DueDigest",
    "Notification",
    "Recipient",
    "choose_channels",
    "delete_sent",
    "lock_due_digest",
    "mark_all_read",
    "mark_read",
    "send_digest",
    "send_letter",
    "send_notification",
]
