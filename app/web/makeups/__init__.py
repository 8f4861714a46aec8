"""The log of make-up work and the form field of missed lessons."""
