import { type Socket, socketpair } from '../../src/socket.ts';

/** A socket to make files of, and its peer, closed by `using`. */
export interface FileEnds extends Disposable {
  file: Socket;
  peer: Socket;
}

/**
 * Connects two sockets without a network.
 * @returns Both ends, which block.
 */
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
