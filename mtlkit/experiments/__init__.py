"""Many runs: comparisons, searches, maps, encoder rankings, costs."""
