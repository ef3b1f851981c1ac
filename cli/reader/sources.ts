/** Readers that the command line names. */
import { InvalidArgumentError } from 'commander';
import { PcscSource } from '../../client/reader/sources/pcsc.ts';
import { SerialSource } from '../../client/reader/sources/serial.ts';
import type { ReaderSource } from '../../client/reader/sources/source.ts';
import { VirtualSource } from '../../client/reader/sources/virtual.ts';

export interface SourceOptions {
  readonly serial?: readonly string[];
  readonly baud: number;
  readonly virtual?: readonly { readonly host: string; readonly port: number }[];
  /** Of commander: --no-pcsc. */
  readonly pcsc: boolean;
}

export function sourcesOf({ serial = [], baud, virtual = [], pcsc }: SourceOptions): readonly ReaderSource[] {
  return [
    ...(pcsc ? [new PcscSource()] : []),
    ...serial.map((path) => new SerialSource({ path, baud })),
    ...virtual.map((place) => new VirtualSource(place)),
  ];
}

/** HOST:PORT, collected. */
export function virtualPlaces(
  text: string,
  before: readonly { readonly host: string; readonly port: number }[] = [],
): readonly { readonly host: string; readonly port: number }[] {
  const [, host, port] = /^([^:]+):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535)
    throw new InvalidArgumentError('It must be like 127.0.0.1:35964.');
  return [...before, { host, port: Number(port) }];
}
