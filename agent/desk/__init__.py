"""What a page shows of a run: plain data, made through the tools from its journal, its comparison and its predictions.

A function a file gives it whole; `agent.session` hands it out, so that no panel opens a file or a library by itself.
"""
