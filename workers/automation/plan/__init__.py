"""An automation as a typed plan: triggers, conditions, actions. Pure, frozen, hashable."""
