# Connects without blocking in `connect`, sends a text, and prints the answer. connect-ex-client.ts is the same program.
import errno
import select
import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 9002
text = sys.argv[2] if len(sys.argv) > 2 else "Hello Server!"
timeout = 5


def fail(reason):
    print("connect-ex-client:", reason, file=sys.stderr)
    sys.exit(1)


client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.setblocking(False)
error = client.connect_ex(("127.0.0.1", port))
if error == errno.EINPROGRESS:
    readable, writable, exceptional = select.select([], [client], [], timeout)
    if not writable:
        fail("timed out")
    error = client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
if error != 0:
    fail(errno.errorcode[error])

unsent = text.encode()
answer = b""
outputs = [client]
while True:
    readable, writable, exceptional = select.select([client], outputs, [], timeout)
    if not readable and not writable:
        fail("timed out")
    if writable:
        sent = client.send(unsent)
        unsent = unsent[sent:]
        if not unsent:
            outputs.remove(client)
            client.shutdown(socket.SHUT_WR)
    if readable:
        chunk = client.recv(4096)
        if not chunk:
            break
        answer += chunk
client.close()
print(answer.decode())
