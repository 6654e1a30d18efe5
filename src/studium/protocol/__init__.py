"""The schema that the hub, the project server and the page share.

Pure data: ids, errors and messages as msgspec structs. The TypeScript in ``web/src/protocol/generated.ts`` is
made from these modules by ``scripts/generate_protocol.py``; a test fails when the two differ.
"""
