import { explainProcess, type ProcessReport } from '../../src/explain/process.ts';
import { Child, until } from './child.ts';

// Opens some fds and prints their numbers as JSON.
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

/** The fds of the Python program, with the names that they have there, and the port on which it listens. */
export type Fds = Record<'a' | 'b' | 'r' | 'w' | 'server' | 'client' | 'peer' | 'port', number>;

/** A Python program that has opened some fds. */
export class PythonProgram extends Child {
  /**
   * @param code The code that runs after the fds are open. Its variables are the sockets `a` and `b`, which are a pair; the
   *   ends `r` and `w` of a pipe; a TCP `server` with a connection to accept; and the sockets `client` and `peer`, which
   *   are connected, with 5 bytes to read at `peer`.
   */
  constructor(code: string) {
    super('python3', '-IS', '-c', `${FDS}${code}`);
  }

  /** Waits until the program has opened its fds. */
  async fds(): Promise<Fds> {
    return JSON.parse(await until(() => /^\{.*\}\n/.exec(this.stdout)?.[0])) as Fds;
  }

  /** Explains the program again and again, until a report satisfies the condition. */
  async report(isExpected: (report: ProcessReport) => boolean): Promise<ProcessReport> {
    await this.fds();
    return until(() => {
      const report = explainProcess(this.pid);
      return isExpected(report) && report;
    });
  }
}
