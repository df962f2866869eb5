import { OSError, osError } from '../system/errors.ts';
import { addressRepr } from './address-text.ts';
import type { AddressInput } from './address.ts';
import type { Socket } from './socket.ts';

/** Binds a socket; the message of an error contains the address. */
export function bindTo(socket: Socket, address: AddressInput): void {
  try {
    socket.bind(address);
  } catch (error) {
    if (!(error instanceof OSError)) throw error;
    const where = `(while attempting to bind on address ${addressRepr(address)})`;
    if (error.syscall === 'bind' && error.errno !== undefined) throw osError(error.errno, 'bind', where);
    // A gaierror stays a gaierror, because its class carries the meaning. The stack repeats the message.
    const message = `${error.message} ${where}`;
    error.stack = error.stack?.replace(error.message, message) ?? message;
    error.message = message;
    throw error;
  }
}
