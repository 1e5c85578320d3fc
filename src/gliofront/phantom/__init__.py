"""Virtual patients with known truth."""
