"""The chat in the browser, a file a panel. `show(session, state)` draws it, or nothing where it has nothing to show.

A panel reads the `Session` and the core types, never a run's files or an ML library. What a person or a file wrote goes through
`markup.py`; what takes time (a message, an approval) goes through `turns.py`.
"""
