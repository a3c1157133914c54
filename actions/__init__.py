"""Actions, evidence, milestones, plans, effect, told back."""
