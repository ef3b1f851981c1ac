/** What an upload says of itself, without its records (gateway/outbox/upload-body.ts). */
import { Unpackr } from 'msgpackr';

export interface UploadHead {
  readonly gateway: string;
  readonly first: number;
  /** How many. */
  readonly records: number;
}

const unpackr = new Unpackr({ useRecords: false });

export function readUpload(body: Uint8Array): UploadHead {
  const { gateway, first, records } = unpackr.unpack(body) as {
    readonly gateway: string;
    readonly first: number;
    readonly records: readonly Uint8Array[];
  };
  return { gateway, first, records: records.length };
}
