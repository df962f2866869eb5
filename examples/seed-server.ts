// seed-server.py line by line, with its defects: a client that has closed stays in `inputs`, so that the loop spins;
// a message is cut after 1024 bytes; nothing closes the sockets. select-server.ts is the same program without them.
import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';
import process from 'node:process';
import * as threading from './threading.ts';

const portNumber = Number(process.argv[2] ?? 9001);
const maxClients = 5;


function handleClient(client: socket.Socket, _address: socket.Address) {
  const requestBytes = client.recv(1024);

  if (requestBytes.length === 0) {
    console.log('Connection closed');
    client.close(); }
  const requestStr = requestBytes.toString();
  console.log(requestStr); }


const serverSocket = socket.socket(socket.AF_INET, socket.SOCK_STREAM);
serverSocket.bind(['0.0.0.0', portNumber]);
serverSocket.listen(maxClients);


const inputs = [serverSocket];
const outputs: socket.Socket[] = [];

while (true) {
  const [readable, _writable, _exceptional] = select.select(
    inputs, outputs, inputs, 1);
  for (const s of readable) {
    if (s === serverSocket) {
      const [connection, clientAddress] = s.accept();
      connection.setblocking(false);
      inputs.push(connection);
      new threading.Thread({ target: handleClient, args: [connection, clientAddress] }).start(); } } }
