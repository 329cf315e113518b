"""http2_server.py CERTIFICATE KEY STREAMS SECONDS: an HTTP/2 server over TLS that allows so many streams in a
connection and answers each chat that long after it was asked. It prints its port, and for each chat a line: the number
of its connection, and how many streams that one had then. Below /flood an answer is its first token, then frames of
control without an end; below /refuse no chat is taken. Serves until its standard input ends."""
import asyncio
import ssl
import sys

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings

CERTIFICATE, KEY, STREAMS, SECONDS = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
CHAT = (b'data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}],'
        b'"usage":{"prompt_tokens":3,"completion_tokens":1}}\n\ndata: [DONE]\n\n')
FIRST = b'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n'
FLOOD = b"\0\0\5\2\0\0\0\0\1" + bytes(4) + b"\1"  # PRIORITY
MODELS = b'{"object":"list","data":[{"id":"m"}]}'


class Connection(asyncio.Protocol):
    count = 0

    def connection_made(self, transport):
        Connection.count += 1
        self.number, self.streams, self.transport = Connection.count, 0, transport
        config = h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        self.http = h2.connection.H2Connection(config)
        self.http.local_settings.update({h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: STREAMS})
        self.http.initiate_connection()
        self.flush()

    def data_received(self, data):
        for event in self.http.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                self.begin(event.stream_id, dict(event.headers)[":path"])
            elif isinstance(event, h2.events.DataReceived):
                self.http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        self.flush()

    def begin(self, stream, path):
        self.streams += 1
        if path.endswith("/chat/completions"):
            print(self.number, self.streams, flush=True)
            if path.startswith("/refuse/"):
                self.streams -= 1
                self.http.reset_stream(stream, h2.errors.ErrorCodes.REFUSED_STREAM)
                return
            if path.startswith("/flood/"):
                self.answer(stream, "text/event-stream", FIRST, False)
                self.flood()
                return
            asyncio.get_running_loop().call_later(SECONDS, self.answer, stream, "text/event-stream", CHAT)
        else:
            self.answer(stream, "application/json", MODELS)

    def flood(self):
        if not self.transport.is_closing():
            if self.transport.get_write_buffer_size() < 1 << 20:
                self.transport.write(FLOOD * 4096)
            asyncio.get_running_loop().call_soon(self.flood)

    def answer(self, stream, kind, body, whole=True):
        self.streams -= 1
        self.http.send_headers(stream, [(":status", "200"), ("content-type", kind)])
        self.http.send_data(stream, body, end_stream=whole)
        self.flush()

    def flush(self):
        self.transport.write(self.http.data_to_send())


async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, KEY)
    context.set_alpn_protocols(["h2"])
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0, ssl=context, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)

asyncio.run(main())
