"""What every layer stands on: errors with a mend, findings, frozen settings."""
