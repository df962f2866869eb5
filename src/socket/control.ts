import { CMSG_ALIGNMENT, SIZEOF_CMSGHDR } from '../system/constants/layout.ts';
import { OSError } from '../system/errors.ts';
import { typeName } from '../system/type-name.ts';
import { INT_MAX } from '../system/integer.ts';
import { toBytes, toInt, toList, toSize } from './arguments.ts';

/** One record of ancillary data: the level and type of its struct cmsghdr, and the data after it. */
export type AncillaryData<Bytes extends Uint8Array = Buffer> = [level: number, type: number, data: Bytes];

const SIZEOF_INT = 4;
// struct cmsghdr: size_t cmsg_len, int cmsg_level, int cmsg_type. The supported machines are little-endian, and no
// length needs the upper half of a 64-bit size_t.
const OFFSETOF_TYPE = SIZEOF_CMSGHDR - SIZEOF_INT;
const OFFSETOF_LEVEL = OFFSETOF_TYPE - SIZEOF_INT;

/**
 * Returns the size of a record in bytes, without the padding after it. As `ancbufsize` it has room for exactly one
 * record.
 * @param length The size of the record's data in bytes, 0 or more.
 * @throws {RangeError} When `length` is negative, or the result is over 2**31 - 1.
 * @see cmsg(3)
 */
export function CMSG_LEN(length: number): number {
  const size = toSize(length);
  if (size < 0 || size > INT_MAX - SIZEOF_CMSGHDR) throw new RangeError('CMSG_LEN() argument out of range');
  return SIZEOF_CMSGHDR + size;
}

/**
 * Returns the size of a record in bytes, with the padding after it: its share of `ancbufsize` when several records are
 * expected.
 * @param length The size of the record's data in bytes, 0 or more.
 * @throws {RangeError} When `length` is negative, or the result is over 2**31 - 1.
 * @see cmsg(3)
 */
export function CMSG_SPACE(length: number): number {
  const size = toSize(length);
  // CPython's `get_CMSG_SPACE` leaves room for the padding even if none is needed.
  const maxSize = INT_MAX - SIZEOF_CMSGHDR - CMSG_ALIGNMENT;
  if (size < 0 || size > maxSize) throw new RangeError('CMSG_SPACE() argument out of range');
  return SIZEOF_CMSGHDR + aligned(size);
}

function aligned(size: number): number {
  return Math.ceil(size / CMSG_ALIGNMENT) * CMSG_ALIGNMENT;
}

/** Lays out records for sendmsg(2), as CPython's `sock_sendmsg` does. Returns `null` if there are none. */
export function packControl(ancdata: unknown): Buffer | null {
  const records = toList(ancdata, 'sendmsg', 2).map(toRecord);
  const size = records.reduce((total, [, , data]) => total + SIZEOF_CMSGHDR + aligned(data.length), 0);
  if (size === 0) return null;
  if (size > INT_MAX) throw new OSError('too much ancillary data');
  const control = Buffer.alloc(size);
  let offset = 0;
  for (const [level, type, data] of records) {
    control.writeUInt32LE(SIZEOF_CMSGHDR + data.length, offset);
    control.writeInt32LE(level, offset + OFFSETOF_LEVEL);
    control.writeInt32LE(type, offset + OFFSETOF_TYPE);
    control.set(data, offset + SIZEOF_CMSGHDR);
    offset += SIZEOF_CMSGHDR + aligned(data.length);
  }
  return control;
}

function toRecord(item: unknown): AncillaryData<Uint8Array> {
  const prefix = '[sendmsg() ancillary data items]() argument must be';
  if (!Array.isArray(item)) throw new TypeError(`${prefix} 3-item sequence, not ${typeName(item)}`);
  const record: unknown[] = item;
  if (record.length !== 3) throw new TypeError(`${prefix} sequence of length 3, not ${record.length}`);
  return [toInt(record[0]), toInt(record[1]), toBytes(record[2])];
}

/** Reads the records that recvmsg(2) wrote. If a record was cut off (MSG_CTRUNC), its data is the part that arrived. */
export function unpackControl(control: Buffer): AncillaryData[] {
  const records: AncillaryData[] = [];
  let offset = 0;
  while (offset + SIZEOF_CMSGHDR <= control.length) {
    const length = control.readUInt32LE(offset);
    if (length < SIZEOF_CMSGHDR) break;
    const data = control.subarray(offset + SIZEOF_CMSGHDR, offset + length);
    const level = control.readInt32LE(offset + OFFSETOF_LEVEL);
    records.push([level, control.readInt32LE(offset + OFFSETOF_TYPE), Buffer.from(data)]);
    offset += aligned(length);
  }
  return records;
}
