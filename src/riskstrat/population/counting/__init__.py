"""Who is counted, where and in which group: true counts of one index date, never a row about a person."""
