"""Runs a command on a terminal of 24 by 80, as a person would: on_tty.py COMMAND... < lines of "what is waited for<TAB>what is typed".

Prints all that the terminal showed; ends with the command's status.
"""
import fcntl
import os
import pty
import select
import struct
import sys
import termios

steps = [line.rstrip("\n").split("\t") for line in sys.stdin]
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    os.execvp(sys.argv[1], sys.argv[1:])
shown, at = b"", 0
while True:
    if not select.select([fd], [], [], 60)[0]:
        sys.exit("nothing for 60 s; waiting for %r; shown: %r" % (steps[:1], shown[-300:]))
    try:
        got = os.read(fd, 4096)
    except OSError:  # EIO: the other end is closed
        got = b""
    if not got:
        break
    shown += got
    while steps and steps[0][0].encode() in shown[at:]:
        at = len(shown)
        os.write(fd, steps.pop(0)[1].encode().decode("unicode_escape").encode())
sys.stdout.buffer.write(shown)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
