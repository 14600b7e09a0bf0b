"""Language models: which one a name means, what it costs, and the clients that ask it, for brains and for prompting."""
