"""Pages of the seals of the audit: what is sealed, proofs to download, and the endpoint of a witness."""
