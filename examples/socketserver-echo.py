# Sends each line back to its client. socketserver-echo.ts in the same folder is the same program, line by line.
import socketserver
import sys

port_number = int(sys.argv[1]) if len(sys.argv) > 1 else 9001


class EchoHandler(socketserver.StreamRequestHandler):
    timeout = 10

    def handle(self):
        for line in self.rfile:
            print(self.client_address[0], len(line), flush=True)
            self.wfile.write(line)


class EchoServer(socketserver.TCPServer):
    allow_reuse_address = True


with EchoServer(("127.0.0.1", port_number), EchoHandler) as server:
    server.serve_forever()
