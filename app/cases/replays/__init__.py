"""Replays of finished cases on another version: which would have gone another way, and where they part."""
