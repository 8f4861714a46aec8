"""For any WSGI server: `gunicorn wsgi:application`. Settings come from the environment, see docs/running.md."""

import os

from app import create_app
from app.kernel import keycheck
from app.kernel.settings import Settings

settings = Settings.from_env(os.environ)
keycheck.verify_or_store_key_check(settings)
application = create_app(settings)
