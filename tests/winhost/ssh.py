# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
r"""An sshd as Win32-OpenSSH is one with cmd.exe as its shell: COMMAND runs as `"c:\windows\system32\cmd.exe" /c
"COMMAND"`.

That line has no /d, so AutoRun applies, as it does on Windows. No terminal, no sftp, no forwarding.
Needs asyncssh, which is imported when a server is started.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .counters import Counters
from .faults import Faults
from .server import names_of
from .service import Programs, lookup

SHELL = r"c:\windows\system32\cmd.exe"
GRACE = 1.0
"""How long an output stream may stay open when the program has ended."""


class SshServer:
    def __init__(
        self,
        programs: Programs,
        accounts: Iterable[Any],
        directory: Path,
        *,
        counters: Counters,
        faults: Faults,
        stale_environment: bool = True,
        port: int = 0,
    ) -> None:
        try:
            import asyncssh
        except ImportError as error:
            raise RuntimeError(
                "an sshd for the tests needs the Python package asyncssh (pip install asyncssh)"
            ) from error
        self._asyncssh = asyncssh
        self._programs = programs
        self._accounts = tuple(accounts)
        self._counters = counters
        self._faults = faults
        self._wish = port
        self.client_key = directory / "ssh_client_key"
        self._host_key = asyncssh.generate_private_key("ssh-ed25519")
        key = asyncssh.generate_private_key("ssh-ed25519")
        self.client_key.touch(0o600)
        self.client_key.write_bytes(key.export_private_key())
        self._authorised = key.convert_to_public()
        self._stale = (
            {account.name: programs.environment(account) for account in self._accounts} if stale_environment else {}
        )
        self._threads = ThreadPoolExecutor(max_workers=128, thread_name_prefix="sshd")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="sshd")
        self._running: set[Any] = set()
        self._server: Any = None
        self.port = 0

    def start(self) -> None:
        self._thread.start()
        self._server = self._call(self._listen()).result(30)
        self.port = int(self._server.get_port())

    def stop(self) -> None:
        if self._server is None:
            return
        server, self._server = self._server, None
        with contextlib.suppress(Exception):
            self._call(self._close(server)).result(10)
        for process in list(self._running):
            with contextlib.suppress(OSError):
                process.kill()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def environment(self, account: Any) -> dict[str, str]:
        """Of the day the sshd was started, or of now."""
        stale = self._stale.get(account.name)
        return dict(stale) if stale is not None else self._programs.environment(account)

    def account(self, user: str) -> Any:
        return next((account for account in self._accounts if user.lower() in names_of(account)), None)

    def password_fits(self, user: str, password: str) -> bool:
        account = self.account(user)
        return account is not None and hmac.compare_digest(password.encode(), account.password.encode())

    def key_fits(self, user: str, key: Any) -> bool:
        return self.account(user) is not None and key == self._authorised

    def _call(self, coroutine: Any) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    async def _listen(self) -> Any:
        owner = self

        class Login(self._asyncssh.SSHServer):  # type: ignore[misc,name-defined]
            def begin_auth(self, username: str) -> bool:
                return True

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return owner.password_fits(username, password)

            def public_key_auth_supported(self) -> bool:
                return True

            def validate_public_key(self, username: str, key: Any) -> bool:
                return owner.key_fits(username, key)

        return await self._asyncssh.listen(
            "127.0.0.1",
            self._wish,
            server_factory=Login,
            server_host_keys=[self._host_key],
            process_factory=self._session,
            encoding=None,
            allow_pty=False,
            server_version="OpenSSH_for_Windows_9.5",
        )

    async def _close(self, server: Any) -> None:
        server.close()
        await asyncio.wait_for(server.wait_closed(), 2)
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _session(self, session: Any) -> None:
        self._counters.action("Exec")
        struck = self._faults.take("Exec", session.command or "")
        await self._in_thread(struck.call, "before")
        delay = struck.first("delay")
        if delay is not None:
            await asyncio.sleep(delay.seconds)
        if struck.first("drop_before"):
            session.channel.get_connection().abort()
            return
        account = self.account(session.get_extra_info("username"))
        try:
            process = await self._in_thread(self._start, account, session.command)
        except OSError as error:
            session.stderr.write(f"{error}\r\n".encode())
            session.exit(1)
            return
        self._running.add(process)
        try:
            code = await self._carry(session, process)
        finally:
            self._running.discard(process)
        await self._in_thread(struck.call, "after")
        if struck.first("drop_after"):
            session.channel.get_connection().abort()
            return
        with contextlib.suppress(OSError, self._asyncssh.Error):
            session.exit(code & 0xFFFFFFFF)

    def _start(self, account: Any, command: str | None) -> Any:
        line = f'"{SHELL}"' if command is None else f'"{SHELL}" /c "{command}"'
        environment = self.environment(account)
        process = self._programs.popen(
            line, account=account, env=environment, cwd=lookup(environment, "USERPROFILE") or None
        )
        self._counters.add(processes=1)
        return process

    async def _carry(self, session: Any, process: Any) -> int:
        reader = asyncio.ensure_future(self._to_program(session, process))
        writers = [
            asyncio.ensure_future(self._to_client(process.stdout, session.stdout)),
            asyncio.ensure_future(self._to_client(process.stderr, session.stderr)),
        ]
        code = int(await self._in_thread(process.wait))
        await asyncio.wait(writers, timeout=GRACE)
        for task in (reader, *writers):
            task.cancel()
        await asyncio.gather(reader, *writers, return_exceptions=True)
        with contextlib.suppress(OSError, ValueError):
            process.stdin.close()
        return code

    async def _to_program(self, session: Any, process: Any) -> None:
        with contextlib.suppress(OSError, ValueError, self._asyncssh.Error):
            while data := await session.stdin.read(65536):
                await self._in_thread(_write, process.stdin, data)
        with contextlib.suppress(OSError, ValueError):
            process.stdin.close()

    async def _to_client(self, pipe: Any, stream: Any) -> None:
        with contextlib.suppress(OSError, ValueError, self._asyncssh.Error):
            while data := await self._in_thread(os.read, pipe.fileno(), 65536):
                stream.write(data)
                await stream.drain()
            pipe.close()

    async def _in_thread(self, function: Any, *args: Any) -> Any:
        return await self._loop.run_in_executor(self._threads, function, *args)


def _write(pipe: Any, data: bytes) -> None:
    pipe.write(data)
    pipe.flush()
