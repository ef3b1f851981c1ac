/**
 * The journal's identity beside its folder, so that a data file, a key or a whole folder that went missing is noticed.
 * While a journal is made, the file says so: what a crash leaves then was never used.
 */
import { join } from 'node:path';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { readIfThere, replacePrivateFile } from '../storage/private-files.ts';
import { JournalError } from './journal-error.ts';
import { identityJson, type JournalIdentity, readIdentity } from './journal-identity.ts';

export interface KeptIdentity {
  /** `making`: the journal was being made. */
  readonly identity: JournalIdentity | 'making';
  /** When `--new-journal` began it, milliseconds since 1970 UTC; null: it did not. */
  readonly begunAnewAtMs: number | null;
}

const IDENTITY_FILE = 'journal-identity.json';
const MAKING = { making: true };

const Making = Compile(Type.Object({ making: Type.Literal(true) }));
const BegunAnew = Compile(Type.Object({ begun_anew_at_ms: Type.Integer() }));

/** Of a data folder. */
export const identityFile = (dataFolder: string) => join(dataFolder, IDENTITY_FILE);

/** Null when there is no file. Throws JournalError `unusable` when it is damaged. */
export function keptIdentity(file: string): KeptIdentity | null {
  const bytes = readIfThere(file);
  if (bytes === null) return null;
  const value = parsed(bytes);
  const begunAnewAtMs = BegunAnew.Check(value) ? value.begun_anew_at_ms : null;
  const identity = Making.Check(value) ? 'making' : readIdentity(bytes);
  if (identity) return { identity, begunAnewAtMs };
  throw new JournalError(
    'unusable',
    `${file} does not say which journal this is: it is damaged. Where data file and key are known to be right, remove ` +
      'it: it is made again from them',
  );
}

export function keepIdentity(file: string, { identity, begunAnewAtMs }: KeptIdentity): void {
  const said: object = identity === 'making' ? MAKING : (JSON.parse(identityJson(identity)) as object);
  const begun = begunAnewAtMs === null ? {} : { begun_anew_at_ms: begunAnewAtMs };
  replacePrivateFile(file, `${JSON.stringify({ ...said, ...begun })}\n`);
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}
