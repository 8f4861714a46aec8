"""Shared parts of every page: visitor, access policy, navigation, error pages, headers, uploads."""
