"""System checks for what would go wrong in operation."""
