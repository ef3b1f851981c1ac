/** What a running demonstration leaves in its folder for `onecard tap`: where it is, who its people are, whose devices tap. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { UnusableError } from '../unusable.ts';

/** One chip in so many says who its holder is, as few do. */
export const DEMO_HOLDER_ON_CHIPS = 4;

const NAME = 'demo.json';
const PRIVATE = 0o600;

const NoteSchema = Type.Object({
  http: Type.String(),
  gateway_id: Type.String(),
  seed: Type.String(),
  cards: Type.Integer({ minimum: 1 }),
  neighbours: Type.Array(Type.String()),
  now_ms: Type.Integer(),
  devices: Type.Array(
    Type.Object({
      device_id: Type.String(),
      scenes: Type.Array(Type.String()),
      private_key: Type.Object({
        kty: Type.String(),
        crv: Type.String(),
        x: Type.String(),
        y: Type.Optional(Type.String()),
        d: Type.String(),
      }),
    }),
  ),
});
export type DemoNote = Static<typeof NoteSchema>;

const compiled = Compile(NoteSchema);

/** Only its owner can read it: it holds the keys of the demonstration's devices. */
export function writeDemoNote(folder: string, note: DemoNote): void {
  writeFileSync(join(folder, NAME), JSON.stringify(note), { mode: PRIVATE });
}

/** Throws UnusableError where no demonstration has left one. */
export function readDemoNote(folder: string): DemoNote {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(join(folder, NAME), 'utf8'));
  } catch {
    value = null;
  }
  if (compiled.Check(value)) return value;
  throw new UnusableError(
    `no demonstration has run in ${folder}: start one with npm start in another terminal, or name its folder with --data`,
  );
}
