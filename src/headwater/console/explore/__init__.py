"""The pages that explore: counts over time, funnels, what is special about an audience; each question is its address."""
