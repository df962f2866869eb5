import * as socket from 'tripoll/socket';
import * as select from 'tripoll/select';

const data = 'Hello Server!';
let i = 0;
while (i < 15) {
  const clientSocket = socket.socket(socket.AF_INET, socket.SOCK_STREAM);
  clientSocket.connect(['127.0.0.1', 9001]);
  const dataO = data + String(i);
  clientSocket.send(Buffer.from(dataO));
  select.select([], [], [], 0.15);
  i += 1;
  clientSocket.close(); }
