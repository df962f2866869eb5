import { type Socket, socketpair } from '../../src/socket.ts';

/** A socket to make files from, and its peer, closed by `using`. */
export interface FileEnds extends Disposable {
  file: Socket;
  peer: Socket;
}

/** Makes a blocking pair of connected sockets. */
export function ends(): FileEnds {
  const [file, peer] = socketpair();
  return {
    file,
    peer,
    [Symbol.dispose]: () => {
      file.close();
      peer.close();
    },
  };
}
