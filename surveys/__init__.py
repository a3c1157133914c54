"""Questionnaires, waves, collectors, ballot box, answers, tallies, publications."""
