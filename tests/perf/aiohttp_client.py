"""aiohttp_client.py streams PORT STREAMS ROUNDS TOKENS | requests PORT STREAMS REQUESTS

A client of the paced server as the usual tools write it: aiohttp, a line at a time, json.loads, the clock
when a line is there. Prints one JSON object: tokens and the error of their times in µs, or requests/s."""
import asyncio
import json
import sys
import time

import aiohttp

from ground import quantile

NO_LIMIT = aiohttp.ClientTimeout(total=None)


async def stream(session, url, tokens, errors):
    body = {"model": "paced", "messages": [{"role": "user", "content": "hi"}], "stream": True, "max_tokens": tokens}
    async with session.post(url, json=body) as response:
        async for line in response.content:
            line = line.strip()
            if not line.startswith(b"data: ") or line == b"data: [DONE]":
                continue
            now = time.monotonic_ns()
            text = json.loads(line[6:])["choices"][0]["delta"]["content"]
            errors.append(abs(now - int(text)) / 1000)


async def streams(port, count, rounds, tokens):
    errors = []

    async def user(session):
        for _ in range(rounds):
            await stream(session, f"http://127.0.0.1:{port}/v1/chat/completions", tokens, errors)

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=NO_LIMIT) as session:
        await asyncio.gather(*(user(session) for _ in range(count)))
    errors.sort()
    return {"tokens": len(errors), "p50": quantile(errors, 0.5), "p99": quantile(errors, 0.99), "max": errors[-1]}


async def requests(port, count, total):
    async def user(session):
        for _ in range(total // count):
            async with session.get(f"http://127.0.0.1:{port}/tiny") as response:
                json.loads(await response.read())

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        began = time.monotonic()
        await asyncio.gather(*(user(session) for _ in range(count)))
        return {"per_second": total // count * count / (time.monotonic() - began)}


what, numbers = sys.argv[1], [int(text) for text in sys.argv[2:]]
print(json.dumps(asyncio.run({"streams": streams, "requests": requests}[what](*numbers))))
