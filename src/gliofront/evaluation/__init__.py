"""What a model is worth: scores within patients, beside their nulls, with intervals."""
