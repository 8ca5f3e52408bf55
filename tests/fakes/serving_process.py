"""A second serving process for tests: `python -m tests.fakes.serving_process FOLDER ARCHIVES DATABASE REDIS`.

It says `ready` when it serves; for each line that it reads it greets ten people and prints which version answered whom.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from tests.integration.serving.conftest import start_server

PEOPLE = [f"user{number}" for number in range(10)]


async def main() -> None:
    folder, archives, database, redis = sys.argv[1:]
    paths = {name: Path(path) for name, path in json.loads(archives).items()}
    server = await start_server(Path(folder), paths, database, redis)
    print("ready", flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        answered = {person: (await server.say("hello", person)).model_version for person in PEOPLE}
        print(json.dumps(answered), flush=True)
    await server.models.stop()
    await server.services.close()


if __name__ == "__main__":
    asyncio.run(main())
