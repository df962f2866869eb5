import socket
import time

data = "Hello Server!";
i = 0
while i < 15:
    clientSocket = socket.socket(socket.AF_INET, socket.SOCK_STREAM);
    clientSocket.connect(("127.0.0.1", 9001));
    data_o = data + str(i)
    clientSocket.send(data_o.encode());
    time.sleep(0.15)
    i += 1
    clientSocket.close()
