# The server of the article that tripoll began with. Only the indentation is corrected, and the two numbers are filled in.
# seed-server.ts in the same folder is the same program, line by line.
import select
import socket
import sys
import threading

port_number = int(sys.argv[1]) if len(sys.argv) > 1 else 9001
max_clients = 5


def handle_client(client, address):
    request_bytes = b"" + client.recv(1024)

    if not request_bytes:
        print("Connection closed")
        client.close()
    request_str = request_bytes.decode()
    print(request_str)


server_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server_socket.bind(("0.0.0.0", port_number))
server_socket.listen(max_clients)


inputs = [server_socket]
outputs = []

while True:
    readable, writable, exceptional = select.select(
        inputs, outputs, inputs, 1)
    for s in readable:
        if s is server_socket:
            connection, client_address = s.accept()
            connection.setblocking(0)
            inputs.append(connection)
            threading.Thread(target=handle_client, args=(connection, client_address)).start()
