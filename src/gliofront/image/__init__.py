"""Grid, volume, labels; verified reading, atomic writing, checks. Files are touched here."""
