"""Each case of a public body, played from the first way in to what was done about it."""
