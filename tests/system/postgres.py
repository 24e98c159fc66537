"""A PostgreSQL server of Debian's package, in a temporary folder, for as long as a test wants it."""

import glob
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile

import world


class Postgres:
    def __enter__(self):
        self.bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="jackfield-postgres-"))
        self.port = world.free_port()
        if os.getuid() == 0:  # the server refuses to run as root
            os.chown(self.folder, pwd.getpwnam("postgres").pw_uid, -1)
        self.run("initdb", "-D", str(self.folder / "data"), "-U", "jackfield", "--auth=trust", "--no-locale", "-E", "UTF8")
        self.start()
        return self

    def start(self):
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-w", "-o",
                 f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}", "start")

    def stop(self):
        """As by a power cut: no session is told."""
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")

    def __exit__(self, kind, value, trace):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, program, *arguments):
        command = [f"{self.bin}/{program}", *arguments]
        if os.getuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=self.folder, timeout=120)
        assert done.returncode == 0, (command, done.stderr.decode(errors="replace"))

    @property
    def url(self):
        return f"postgresql://jackfield@127.0.0.1:{self.port}/postgres"
