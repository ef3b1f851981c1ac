/** What an upload of records says (docs/platform.md, Journal): MessagePack, each record as it is stored. */
import { Packr } from 'msgpackr';
import type { StoredBatch } from '../journal/outbox-reader.ts';

/** Head of an array or of bytes, at most. */
const HEAD_BYTES = 5;

const packr = new Packr({ useRecords: false });

/** `records` is put behind the other fields by hand: a packer would look at every record to see what it is. */
export function uploadBody(
  gateway: string,
  { epoch, first, records }: Pick<StoredBatch, 'epoch' | 'first' | 'records'>,
): Uint8Array<ArrayBuffer> {
  const before = packr.pack({ gateway, epoch, first, records: [] });
  // Its last byte is the head of the empty array.
  const start = before.length - 1;
  let most = start + HEAD_BYTES;
  for (const record of records) most += HEAD_BYTES + record.length;
  const body = new Uint8Array(most);
  body.set(before);
  const view = new DataView(body.buffer);
  let at = writeArrayHead(view, start, records.length);
  for (const record of records) {
    at = writeBytesHead(view, at, record.length);
    body.set(record, at);
    at += record.length;
  }
  return body.subarray(0, at);
}

/** MessagePack specification: fixarray, array 16 and array 32. */
function writeArrayHead(view: DataView, at: number, items: number): number {
  if (items < 0x10) {
    view.setUint8(at, 0x90 | items);
    return at + 1;
  }
  if (items < 0x1_0000) {
    view.setUint8(at, 0xdc);
    view.setUint16(at + 1, items);
    return at + 3;
  }
  view.setUint8(at, 0xdd);
  view.setUint32(at + 1, items);
  return at + 5;
}

/** MessagePack specification: bin 8, bin 16 and bin 32. */
function writeBytesHead(view: DataView, at: number, length: number): number {
  if (length < 0x100) {
    view.setUint8(at, 0xc4);
    view.setUint8(at + 1, length);
    return at + 2;
  }
  if (length < 0x1_0000) {
    view.setUint8(at, 0xc5);
    view.setUint16(at + 1, length);
    return at + 3;
  }
  view.setUint8(at, 0xc6);
  view.setUint32(at + 1, length);
  return at + 5;
}
