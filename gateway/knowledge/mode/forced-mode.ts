/** A mode that an operator forces: one small file in the data folder, written by `onecard mode`. */
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { OnecardError } from '../../../config/onecard-error.ts';
import { replacePrivateFile } from '../../storage/private-files.ts';
import { MODES, type Mode } from './mode.ts';

export const FORCED_MODE_BYTES_MAX = 4_096;
export const REASON_LENGTH_MAX = 500;

const timeMs = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 });
const FileSchema = Type.Object(
  {
    v: Type.Literal(1),
    /** `auto`: the gateway finds its mode itself; kept so that it is known who said so. */
    mode: Type.Enum([...MODES, 'auto']),
    by: Type.Object(
      { uid: Type.Integer({ minimum: -1 }), user: Type.String({ minLength: 1, maxLength: 64 }) },
      { additionalProperties: false },
    ),
    set_at_ms: timeMs,
    until_ms: Type.Union([timeMs, Type.Null()]),
    reason: Type.Union([Type.String({ maxLength: REASON_LENGTH_MAX }), Type.Null()]),
  },
  { additionalProperties: false },
);
type File = Static<typeof FileSchema>;

const compiled = Compile(FileSchema);

/** Who set it. */
export interface Operator {
  /** Of the operating system; -1 where it has none. */
  readonly uid: number;
  readonly user: string;
}

export interface ForcedMode {
  readonly mode: Mode;
  readonly by: Operator;
  /** Milliseconds since 1970 UTC. */
  readonly setAtMs: number;
  /** When it ends by itself; null: when an operator ends it. */
  readonly untilMs: number | null;
  readonly reason: string | null;
}

/** What an operator last said; `auto` ends an override. */
export type ModeOrder = Omit<ForcedMode, 'mode'> & { readonly mode: Mode | 'auto' };

/** The file cannot be used. */
export class ForcedModeError extends OnecardError {
  override readonly name = 'ForcedModeError';
  readonly code = 'mode_file_unusable';
}

export function forcedModeFile(dataFolder: string): string {
  return join(dataFolder, 'mode.json');
}

/** Replaces the file whole, for its owner alone (0600). */
export function writeModeOrder(file: string, order: ModeOrder): void {
  const { mode, by, setAtMs, untilMs, reason } = order;
  const content: File = { v: 1, mode, by, set_at_ms: setAtMs, until_ms: untilMs, reason };
  if (!compiled.Check(content))
    throw new ForcedModeError('this cannot be written as an override of the mode');
  replacePrivateFile(file, `${JSON.stringify(content)}\n`);
}

/** Throws ForcedModeError; its message has nothing of the content. */
export function parseModeOrder(content: Uint8Array): ModeOrder {
  if (content.length > FORCED_MODE_BYTES_MAX) throw new ForcedModeError('mode.json is too large');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content));
  } catch {
    throw new ForcedModeError('mode.json is no JSON');
  }
  if (!compiled.Check(value)) throw new ForcedModeError('mode.json does not say a mode as it should');
  const { mode, by, set_at_ms: setAtMs, until_ms: untilMs, reason } = value;
  return { mode, by, setAtMs, untilMs, reason };
}
