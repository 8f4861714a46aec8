"""For any WSGI server: `gunicorn wsgi:application`. Settings come from the environment, see docs/running.md."""

import os

from app import create_app
from app.kernel.settings import Settings

application = create_app(Settings.from_env(os.environ))
