"""What a hub itself asks of a project server, on nobody's behalf. Its answers are read within bounds: a project that
somebody has broken into cannot fill a hub's memory."""

import aiohttp


async def read_answer(answer: aiohttp.ClientResponse, most_bytes: int) -> bytes:
    """The body of a good answer. Raises ``aiohttp.ClientError`` for any other, and for one that is too long."""
    if answer.status != 200:
        raise aiohttp.ClientError(f"the project server answered {answer.status}")
    body = bytearray()
    while part := await answer.content.read(most_bytes + 1 - len(body)):
        body += part
        if len(body) > most_bytes:
            raise aiohttp.ClientError(f"the project server answers with more than {most_bytes} bytes")
    return bytes(body)
