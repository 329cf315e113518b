"""secure_server.py CERTIFICATE KEY PLAY LOG: what the simulated server does for clear text, over TLS: it answers by HTTP/2
or HTTP/1.1, whichever is asked for, as PLAY says (road.lua writes it), and writes to LOG what it got and sent. It prints
its address and serves until it is ended."""
import asyncio
import fcntl
import json
import socket
import ssl
import struct
import sys

import h2.config
import h2.connection
import h2.events
import h2.settings
from hyperframe import frame

CERTIFICATE, KEY, PLAY, LOG = sys.argv[1:]
ABOUT = {"models": b'{"object":"list","data":[{"id":"m"}]}', "show": b"{}",
         "tags": b'{"models":[{"name":"m:latest","model":"m:latest"}]}'}
NOISE = (frame.PingFrame(0, opaque_data=b"12345678"), frame.SettingsFrame(0), frame.WindowUpdateFrame(0, window_increment=9),
         frame.ExtensionFrame(type=0x77, stream_id=0, flag_byte=0),
         frame.GoAwayFrame(0, last_stream_id=2 ** 31 - 1))

with open(PLAY, encoding="utf-8") as play_file:
    play = json.load(play_file)
log = open(LOG, "w", encoding="utf-8", buffering=1)
SIOCOUTQNSD = 0x894B  # how many bytes the kernel has not sent yet
requests = 0
connections = 0
drop = None  # the one connection that will not take its next request


def note(**entry):
    print(json.dumps(entry), file=log)


class Connection(asyncio.Protocol):
    """TLS by hand, so that each end of it can be played."""

    def __init__(self, context):
        self.came, self.goes = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.came, self.goes, server_side=True)
        self.http, self.asked, self.task, self.packing, self.packed = None, 0, None, False, b""
        self.left = False

    def connection_made(self, transport):
        global connections
        connections += 1
        self.number, self.transport = connections, transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, error):
        if self.task:
            self.task.cancel()

    def data_received(self, data):
        if self.left:
            return
        self.came.write(data)
        try:
            if self.http is None:
                self.tls.do_handshake()
                self.http = Http2(self) if self.tls.selected_alpn_protocol() == "h2" else Http1(self)
            while data := self.tls.read(65536):
                self.http.take(data)
            self.transport.close()
        except ssl.SSLWantReadError:
            self.flush()
        except ssl.SSLError:
            self.flush()
            self.transport.close()

    def flush(self):
        if not self.left:
            self.transport.write(self.goes.read())

    def leave(self):
        """Sends no more, but takes what still comes: to close on that is a reset, which may overtake what was sent."""
        if not self.left:
            self.left = True
            try:
                self.transport.write_eof()
            except OSError:
                self.transport.close()  # the client did first

    def pack(self, packing):
        """What is sent from here on goes in one record when that ends."""
        data, self.packing, self.packed = self.packed, packing, b""
        self.send(data)

    def send(self, data):
        if self.packing:
            self.packed += data
        elif data and not self.transport.is_closing():
            self.tls.write(data)
            self.flush()

    def begin(self, stream, method, path):
        """A request is there."""
        global drop, requests
        self.asked += 1
        if self.task and not self.task.done():
            self.task.cancel()
        dropped, drop = drop is self, None if drop is self else drop
        requests += 1
        note(request=requests, method=method, path=path, connection=self.number, nth=self.asked, dropped=dropped,
             resumed=self.tls.session_reused, http=self.tls.selected_alpn_protocol())
        answer = play.get(path) if method == "POST" else None
        if dropped:
            self.end("CUT")
        elif answer and self.asked > 1 and (refusal := answer.pop("refused", None)):
            self.http.end(stream, **refusal)
        elif answer:
            self.task = asyncio.ensure_future(self.answer(stream, answer, requests))
            self.task.add_done_callback(lambda task: task.cancelled() or task.result())
        else:
            body = ABOUT.get(path.rsplit("/", 1)[1], b"")
            self.http.say(stream, "200" if body else "404", body)

    async def answer(self, stream, answer, number):
        loop = asyncio.get_running_loop()
        start = loop.time()
        for send in answer["sends"]:
            await asyncio.sleep(start + send["at_ms"] / 1e3 - loop.time())
            self.pack(answer["packed"] and send is answer["sends"][-1])
            if send.get("noise"):
                self.http.noise(send["noise"])
            began = loop.time()
            is_end = send is answer["sends"][-1] and any(act["act"] == "LAST" for act in answer["acts"])
            self.http.play(stream, send.get("head"), bytes.fromhex(send["data"]), is_end)
            note(request=number, sent_ms=(began - start) * 1e3, took_ms=(loop.time() - began) * 1e3)
        await asyncio.sleep(start + answer["end_ms"] / 1e3 - loop.time())
        for act in answer["acts"]:
            if act.get("wait_ms", 0) > 0:
                self.pack(False)
                await asyncio.sleep(act["wait_ms"] / 1e3)
            if act["act"] == "RST":
                await self.all_sent()
            self.http.end(stream, **act)
        self.pack(False)

    async def all_sent(self):
        """A reset drops what the kernel holds back until the client's has answered."""
        self.pack(False)
        while not self.transport.is_closing() and self.unsent() > 0:
            await asyncio.sleep(0.001)

    def unsent(self):
        number = fcntl.ioctl(self.transport.get_extra_info("socket").fileno(), SIOCOUTQNSD, bytes(4))
        return int.from_bytes(number, sys.byteorder)

    # --- ends ---

    def end(self, act):
        global drop
        self.pack(False)
        if act == "DROP":
            drop = drop or self
        elif act == "ALERT":  # OpenSSL writes one that is true: for what the client never sent
            self.came.write(b"\x17\x03\x03\x00\x20" + bytes(32))
            try:
                self.tls.read(1)
            except ssl.SSLError:
                self.flush()
            self.leave()
        elif act == "GARBAGE" and not self.left:
            self.transport.write(b"\x17\x03\x03\x00\x20" + bytes(32))
            self.leave()
        elif act == "CLOSE":
            try:
                self.tls.unwrap()
            except ssl.SSLError:
                pass
            self.flush()
            self.leave()
        elif act == "CUT":
            self.leave()
        elif act == "RST":
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()


class Http1:
    def __init__(self, connection):
        self.connection, self.came, self.ends_alike = connection, b"", False

    def take(self, data):
        self.came += data
        while b"\r\n\r\n" in self.came:
            head, rest = self.came.split(b"\r\n\r\n", 1)
            first, *lines = head.decode().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
            size = int(headers.get("content-length", 0))
            if len(rest) < size:
                return
            self.came = rest[size:]
            method, path, _ = first.split(" ")
            self.connection.begin(None, method, path)

    def say(self, _, status, body):
        self.connection.send(b"HTTP/1.1 %b X\r\nContent-Length: %d\r\n\r\n%b" % (status.encode(), len(body), body))

    def noise(self, _):
        pass

    def play(self, _, head, data, is_end):
        """head: what was meant for HTTP/2 is asked for by HTTP/1.1; its end is that of the connection."""
        self.ends_alike |= head is not None
        self.connection.send((head or "").encode() + data)

    def end(self, _, act, **how):
        self.connection.end("CLOSE" if self.ends_alike and act in ("END", "LAST", "TRAILERS") else act)


class Http2:
    def __init__(self, connection):
        self.connection = connection
        self.http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self.http.initiate_connection()
        self.flush()

    def flush(self):
        self.connection.send(self.http.data_to_send())

    def raw(self, one):
        self.flush()
        self.connection.send(one.serialize())

    def take(self, data):
        for event in self.http.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                self.asked = dict(event.headers)
            elif isinstance(event, h2.events.DataReceived):
                self.http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                self.connection.begin(event.stream_id, self.asked[":method"], self.asked[":path"])
            elif isinstance(event, h2.events.StreamReset) and self.connection.task:
                self.connection.task.cancel()
            elif isinstance(event, h2.events.ConnectionTerminated):
                self.connection.end("CLOSE")
                return
        self.flush()

    def say(self, stream, status, body):
        self.http.send_headers(stream, [(":status", status)])
        self.http.send_data(stream, body, end_stream=True)
        self.flush()

    def noise(self, which):
        self.raw(NOISE[which - 1])

    def play(self, stream, head, data, is_end):
        """head: those of HTTP/1.1, one behind the other, that are put into other words here."""
        for lines in filter(None, (head or "").split("\r\n\r\n")):
            first, *rest = lines.split("\r\n")
            headers = [line.split(": ", 1) for line in rest]
            self.http.send_headers(stream, [(":status", first.split(" ")[1])] + [(name.lower(), value)
                                   for name, value in headers if name.lower() != "connection"])
        for at in range(0, len(data) or is_end, 16384):
            self.http.send_data(stream, data[at:at + 16384], end_stream=is_end and at + 16384 >= len(data))
        self.flush()

    def end(self, stream, act, code=0, last=0, **how):
        if act == "END":
            self.http.end_stream(stream)
        elif act == "TRAILERS":
            self.http.send_headers(stream, [("x-trailer", "1")], end_stream=True)
        elif act == "RST_STREAM":
            self.raw(frame.RstStreamFrame(stream, error_code=code))
        elif act == "GOAWAY":
            self.raw(frame.GoAwayFrame(0, last_stream_id=stream if last else 0, error_code=code))
        elif act == "VIOLATION":  # the body of no request
            self.raw(frame.DataFrame(stream + 100, data=b"data: "))
        else:
            self.connection.end(act)
        self.flush()


async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, KEY)
    context.set_alpn_protocols(["h2", "http/1.1"])
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(context), "127.0.0.1", 0, backlog=1000)
    print("127.0.0.1:%d" % server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
