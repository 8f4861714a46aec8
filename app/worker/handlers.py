"""THE SECOND MENU: which fact goes to which handlers. Facts come from the outbox; a fact not listed goes nowhere.

A handler runs inside one act together with the mark that its message is done; it must be safe to run again.
"""

from __future__ import annotations

from functools import cache
from uuid import UUID

from app.kernel.act import Act
from app.kernel.settings import Settings
from app.notices import commands as notices
from app.notices.mail import PostOffice
from app.notices.wording import FACTS
from app.outbox.relay import Delivery, Handler, Handlers
from app.worker.whom import addressed

NOT_WORDED = ("recipients", "role", "url", "by", "on_behalf_of")
"""Parts of a payload that say whom and where; a notice keeps the names instead of the ids."""


@cache
def handlers(settings: Settings) -> Handlers:
    """The menu of one installation."""
    told = dict.fromkeys(FACTS, (tell_people,))
    return {**told, notices.LETTER_DUE: (mailer(settings),)}


def tell_people(act: Act, delivery: Delivery) -> None:
    """Ring bells and put letters on their way."""
    to = addressed(delivery.payload, act.at)
    params = {name: value for name, value in delivery.payload.items() if name not in NOT_WORDED}
    url = delivery.payload.get("url") or "/notices"
    news = notices.News(delivery.fact, delivery.id, {**params, **to.names}, url)
    notices.tell(act, news, to.recipients)


def mailer(settings: Settings) -> Handler:
    """Sends the letter a message names."""
    post_office = PostOffice(settings.mail_url, settings.mail_from, settings.public_url)

    def send_letter(act: Act, delivery: Delivery) -> None:
        notices.send_letter(act, UUID(delivery.payload["letter"]), post_office)

    return send_letter
