"""Stand-ins for Piston, Judge0 and snekbox on a socket of this machine: their answers as recorded, with our process.

Each takes requests in its own form, runs the harness that it was sent (only our own, harmless submissions come here),
and answers in its own form. `orders` overrules the next executions: an HTTP status and body, or an ending.
"""

from __future__ import annotations

import asyncio
import json
import sys
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web


@dataclass
class Far:
    """One stand-in: what it was asked, and what it is told to do."""

    folder: Path
    address: str = ""
    version: str = "1.13.1"
    asked: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    orders: list[tuple[int, Any] | str] = field(default_factory=list)
    queue: int = 2
    waiting: int = 0
    _results: dict[str, dict[str, Any]] = field(default_factory=dict)

    def application(self) -> web.Application:
        application = web.Application(client_max_size=1 << 26, middlewares=[self._noted])
        application.router.add_get("/api/v2/runtimes", self._runtimes)
        application.router.add_post("/api/v2/execute", self._execute)
        application.router.add_get("/about", self._about)
        application.router.add_get("/languages", self._languages)
        application.router.add_post("/submissions", self._submit)
        application.router.add_get("/submissions/{token}", self._result)
        application.router.add_post("/eval", self._eval)
        return application

    def requests(self) -> list[dict[str, Any]]:
        """What the harness was given, run by run, whatever the dialect."""
        found = []
        for asked in self.asked:
            if "files" in asked and "args" in asked:
                found.append(json.loads(b64decode(asked["files"][1]["content"])))
            elif "source_code" in asked:
                found.append(json.loads(b64decode(asked["stdin"])))
            else:
                found.append(json.loads(asked["stdin"]))
        return found

    @web.middleware
    async def _noted(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.paths.append(request.path)
        self.headers.append(dict(request.headers))
        executes = request.method == "POST"
        if executes:
            self.asked.append(await request.json())
        match self.orders:
            case [(int(status), str(body)), *_] if executes:
                self.orders.pop(0)
                return web.Response(status=status, text=body)
            case [(int(status), body), *_] if executes:
                self.orders.pop(0)
                return web.json_response(body, status=status)
        answer: web.StreamResponse = await handler(request)
        return answer

    def _order(self) -> str:
        return str(self.orders.pop(0)) if self.orders else ""

    async def _run(self, program: str, request: str, order: str) -> tuple[str, str, int]:
        main, given = self.folder / "main.py", self.folder / "request.json"
        main.write_text(program)
        given.write_text(request)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(main), str(given)), stdout=-1, stderr=-1, cwd=self.folder
        )
        printed, complaint = await process.communicate()
        lines = printed.decode().splitlines(keepends=True)
        if order:
            lines = lines[: int(order.partition(" ")[2] or 0)]
        return "".join(lines), complaint.decode(), process.returncode or 0

    async def _runtimes(self, request: web.Request) -> web.Response:
        return web.json_response(
            [
                {"language": "python", "version": "3.9.4", "aliases": ["py"]},
                {"language": "python", "version": "3.12.0", "aliases": ["py", "py3"]},
                {"language": "bash", "version": "5.2.0", "aliases": ["sh"]},
            ]
        )

    async def _execute(self, request: web.Request) -> web.Response:
        asked, order = self.asked[-1], self._order()
        printed, complaint, code = await self._run(asked["files"][0]["content"], asked["stdin"], order)
        run: dict[str, Any] = {"stdout": printed, "stderr": complaint, "output": printed + complaint}
        run |= {"code": code, "signal": None, "memory": 11_200_000, "message": None, "status": None}
        run |= {"cpu_time": 30, "wall_time": 55}
        if order.startswith("timeout"):
            run |= {"code": None, "signal": "SIGKILL", "message": "Time limit exceeded (wall clock)", "status": "TO"}
            run |= {"wall_time": asked["run_timeout"]}
        elif order.startswith("killed"):
            run |= {"code": None, "signal": "SIGSEGV", "message": "Caught fatal signal 11", "status": "SG"}
        elif order.startswith("fault"):
            run |= {"code": None, "signal": "SIGKILL", "message": "stdout length exceeded", "status": "OL"}
        return web.json_response({"run": run, "language": "python", "version": "3.12.0"})

    async def _about(self, request: web.Request) -> web.Response:
        return web.json_response({"version": self.version, "homepage": "", "source_code": "", "maintainer": ""})

    async def _languages(self, request: web.Request) -> web.Response:
        names = {70: "Python (2.7.17)", 71: "Python (3.8.1)", 92: "Python (3.11.2)", 46: "Bash (5.0.0)"}
        return web.json_response([{"id": number, "name": name} for number, name in names.items()])

    async def _submit(self, request: web.Request) -> web.Response:
        asked, order = self.asked[-1], self._order()
        program, stdin = (b64decode(asked[name]).decode() for name in ("source_code", "stdin"))
        printed, complaint, code = await self._run(program, stdin, order)
        token = f"token-{len(self._results)}"
        status, message = (3, None) if code == 0 else (11, "Exited with error status 1")
        if order.startswith("timeout"):
            status, message = 5, "Time limit exceeded"
        elif order.startswith("killed"):
            status, message = 7, "Caught fatal signal 11"
        elif order.startswith("fault"):
            status, message = 13, "No such file or directory"
        encoded = {
            name: b64encode(said.encode()).decode() if said else None
            for name, said in (("stdout", printed), ("stderr", complaint), ("message", message))
        }
        time = asked["wall_time_limit"] if status == 5 else 0.04
        self._results[token] = {"status_id": status, "wall_time": str(time), **encoded}
        self.waiting = self.queue
        return web.json_response({"token": token}, status=201)

    async def _result(self, request: web.Request) -> web.Response:
        if self.waiting:
            self.waiting -= 1
            nothing = dict.fromkeys(("stdout", "stderr", "message", "wall_time"))
            return web.json_response({"status_id": 1 + (self.waiting == 0), **nothing})
        return web.json_response(self._results[request.match_info["token"]])

    async def _eval(self, request: web.Request) -> web.Response:
        asked, order = self.asked[-1], self._order()
        program, given = (b64decode(file["content"]).decode() for file in asked["files"])
        printed, complaint, code = await self._run(program, given, order)
        ended = {"timeout": 137, "killed": 139, "fault": 255}.get(order.partition(" ")[0], code)
        return web.json_response({"stdout": printed + complaint, "returncode": ended, "files": []})


@asynccontextmanager
async def far(folder: Path, **told: Any) -> AsyncIterator[Far]:
    """Have a stand-in listen for the length of the block."""
    stands_in = Far(folder, **told)
    runner = web.AppRunner(stands_in.application())
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        assert site.name
        stands_in.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield stands_in
    finally:
        await runner.cleanup()
