"""Pages of the own account: sign-in, invitation, settings, devices, calendar feed."""
