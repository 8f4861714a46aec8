"""What every page shares: visitor, access policy, navigation, error pages, headers, uploads."""
