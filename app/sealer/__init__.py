"""The sealer: a Merkle tree over the audit, signed checkpoints, their publication, and the export for auditors."""
