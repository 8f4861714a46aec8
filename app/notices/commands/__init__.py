"""Commands of notices: send, mark as read, choose channels. Each runs inside `door.write`."""

from app.notices.commands.channels import choose
from app.notices.commands.letters import DueDigest, due_digest, forget_sent, send_digest, send_letter
from app.notices.commands.mark_read import read, read_all
from app.notices.commands.notify import DIGEST_DUE, LETTER_DUE, News, Recipient, tell

__all__ = [
    "DIGEST_DUE",
    "LETTER_DUE",
    "DueDigest",
    "News",
    "Recipient",
    "choose",
    "due_digest",
    "forget_sent",
    "read",
    "read_all",
    "send_digest",
    "send_letter",
    "tell",
]
