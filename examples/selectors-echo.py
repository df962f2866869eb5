# Sends the bytes of each client back to that client. selectors-echo.ts in the same folder is the same program.
import selectors
import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 9002
selector = selectors.DefaultSelector()
unsent = {}


def accept(listener, mask):
    connection, address = listener.accept()
    print(f"{address[0]} connected", flush=True)
    connection.setblocking(False)
    unsent[connection] = b""
    selector.register(connection, selectors.EVENT_READ, echo)


def echo(connection, mask):
    try:
        if mask & selectors.EVENT_READ:
            unsent[connection] = connection.recv(4096)
            if not unsent[connection]:
                hang_up(connection, "end of input")
                return
        sent = connection.send(unsent[connection])
        unsent[connection] = unsent[connection][sent:]
    except BlockingIOError:
        pass
    except ConnectionError:
        hang_up(connection, "connection lost")
        return
    # Read nothing while there are unsent bytes. Otherwise a client that never reads could fill the memory.
    interest = selectors.EVENT_WRITE if unsent[connection] else selectors.EVENT_READ
    selector.modify(connection, interest, echo)


def hang_up(connection, reason):
    print(reason, flush=True)
    selector.unregister(connection)
    del unsent[connection]
    connection.close()


listener = socket.create_server(("127.0.0.1", port))
listener.setblocking(False)
selector.register(listener, selectors.EVENT_READ, accept)
try:
    while True:
        for key, mask in selector.select(1):
            key.data(key.fileobj, mask)
except KeyboardInterrupt:
    print("interrupted", flush=True)
finally:
    for connection in unsent:
        connection.close()
    listener.close()
    selector.close()
