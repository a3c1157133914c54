"""Surveys: questionnaire, publishing, answering, counting."""
