"""The verifier that is given to auditors. It imports nothing of ours and is imported by nothing but tests."""
