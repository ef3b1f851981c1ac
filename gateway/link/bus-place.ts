/** Where a cursor of this gateway stands, on disk. One that is damaged is as none: what was missed is fetched then. */
import { dirname } from 'node:path';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { parseStrictJson } from '../../workers/codecs/strict-json.ts';
import type { CursorPlace } from '../cluster/bus/cursor-place.ts';
import { makePrivateFolder, readIfThere, replacePrivateFile } from '../storage/private-files.ts';

const Place = Compile(
  Type.Object(
    {
      made: Type.String({ maxLength: 64 }),
      sequence: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    },
    { additionalProperties: false },
  ),
);

export function readPlace(file: string): CursorPlace | null {
  const read = parseStrictJson(readIfThere(file)?.toString('utf8') ?? '', { depth: 1, entries: 8 });
  return read.ok && Place.Check(read.value) ? read.value : null;
}

/** Throws the system's errors; then the old place stays. */
export function writePlace(file: string, { made, sequence }: CursorPlace): void {
  makePrivateFolder(dirname(file));
  replacePrivateFile(file, `${JSON.stringify({ made, sequence })}\n`);
}
