"""far_network.py MILLISECONDS LOSE COMMAND...: a network between this one, 10.9.0.1 and fd09::1, and a new one, 10.9.0.2
and fd09::2, in which COMMAND runs: a packet takes so long each way, and of those with data that come from there each LOSE-th is lost (0: none).
Ends with its standard input. 77: this user can make no such networks here."""
import ctypes
import fcntl
import os
import select
import struct
import subprocess
import sys
import time

DELAY, LOSE, COMMAND = float(sys.argv[1]) / 1000, int(sys.argv[2]), sys.argv[3:]
TUNSETIFF, IFF_TUN, IFF_NO_PI, CLONE_NEWNET = 0x400454CA, 0x0001, 0x1000, 0x40000000
WITH_DATA = 150  # bytes: more than a packet of TCP has without


def open_end(number):
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH", b"way", IFF_TUN | IFF_NO_PI))
    for words in (f"addr add 10.9.0.{number}/24 dev way", f"addr add fd09::{number}/64 dev way nodad",
                  "link set dev way up", "link set dev lo up"):
        subprocess.run(["ip", *words.split()], check=True)
    return end


def read_all(end):
    try:
        while True:
            yield os.read(end, 65536)
    except BlockingIOError:
        return


def carry(near, far):
    waiting, with_data = [], 0
    while True:
        wait = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        readable = select.select([near, far, sys.stdin], [], [], wait)[0]
        if sys.stdin in readable:
            return
        for end, other in (near, far), (far, near):
            for packet in read_all(end) if end in readable else ():
                with_data += end == far and len(packet) > WITH_DATA
                if not LOSE or end == near or len(packet) <= WITH_DATA or with_data % LOSE:
                    waiting.append((time.monotonic() + DELAY, other, packet))
        while waiting and waiting[0][0] <= time.monotonic():
            _, end, packet = waiting.pop(0)
            os.write(end, packet)


def main():
    try:
        near = open_end(1)
        if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
            sys.exit(77)
        far = open_end(2)
    except OSError:
        sys.exit(77)
    with subprocess.Popen(COMMAND, stdin=subprocess.DEVNULL) as server:
        carry(near, far)
        server.terminate()


main()
