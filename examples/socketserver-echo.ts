// socketserver-echo.py line by line. A class attribute of Python becomes a static field, and `with` becomes `using`.
import * as socketserver from 'tripoll/socketserver';
import process from 'node:process';

const portNumber = Number(process.argv[2] ?? 9001);


class EchoHandler extends socketserver.StreamRequestHandler {
  static override timeout = 10;

  override handle() {
    for (const line of this.rfile) {
      console.log(this.clientAddress[0], line.length);
      this.wfile.write(line); } } }


class EchoServer extends socketserver.TCPServer {
  static override allowReuseAddress = true; }


using server = new EchoServer(['127.0.0.1', portNumber], EchoHandler);
server.serveForever();
