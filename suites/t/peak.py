"""Runs a command, and writes how much memory it had at most, in KiB: peak.py FILE COMMAND..."""
import os
import sys

pid = os.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
_, status, used = os.wait4(pid, 0)
with open(sys.argv[1], "w") as f:
    f.write("%d\n" % used.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status) % 256)
