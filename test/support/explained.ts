import { explainProcess, type ProcessReport } from '../../src/explain/process.ts';
import { Child, until } from './child.ts';

// Some fds, whose numbers are printed as JSON.
const FDS = `
import json, os, select, socket, time
a, b = socket.socketpair()
r, w = os.pipe()
server = socket.create_server(('127.0.0.1', 0))
client = socket.create_connection(server.getsockname())
peer = server.accept()[0]
client.sendall(b'hello')
waiting = socket.create_connection(server.getsockname())
fds = {name: file.fileno() for name, file in dict(a=a, b=b, server=server, client=client, peer=peer).items()}
fds.update(r=r, w=w, port=server.getsockname()[1])
print(json.dumps(fds), flush=True)
`;

/** The fds of the Python program, by their names there, and the port that it listens on. */
export type Fds = Record<'a' | 'b' | 'r' | 'w' | 'server' | 'client' | 'peer' | 'port', number>;

/** A Python program with some fds. */
export class PythonProgram extends Child {
  /**
   * @param code What it does with them: the sockets a and b, which are a pair, the pipe ends r and w, a TCP server with a
   *   connection to accept, and a connection from client to peer with 5 bytes to read.
   */
  constructor(code: string) {
    super('python3', '-c', `${FDS}${code}`);
  }

  /** Waits until the fds are there. */
  async fds(): Promise<Fds> {
    return JSON.parse(await until(() => /^\{.*\}\n/.exec(this.stdout)?.[0])) as Fds;
  }

  /** Explains it once it does what is waited for. */
  async report(isThere: (report: ProcessReport) => boolean): Promise<ProcessReport> {
    await this.fds();
    return until(() => {
      const report = explainProcess(this.pid);
      return isThere(report) && report;
    });
  }
}
