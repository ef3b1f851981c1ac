/**
 * `onecard desk operator reset` for whoever is locked out: the command leaves a request in the desk's folder, and the desk takes
 * it at its start or before the next sign-in. So the desk alone writes the accounts, and nobody stops a gateway for it.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { readIfThere, replacePrivateFile } from '../../gateway/storage/private-files.ts';
import { ACCOUNT_PATTERN } from './account.ts';

const Request = Compile(
  Type.Object(
    {
      account: Type.String({ pattern: ACCOUNT_PATTERN }),
      /** Of the one-time password that the command said. */
      password_hash: Type.String({ pattern: '^\\$(?:hmac-sm3-)?argon2id\\$', maxLength: 512 }),
    },
    { additionalProperties: false },
  ),
);

export interface ResetRequest {
  readonly account: string;
  readonly passwordHash: string;
}

/** `desk`: the desk's own folder. */
export function leaveReset(desk: string, { account, passwordHash }: ResetRequest): void {
  replacePrivateFile(fileIn(desk), JSON.stringify({ account, password_hash: passwordHash }));
}

/** Null: there is none; `damaged`: it is none that was written by the command. */
export function readReset(desk: string): ResetRequest | 'damaged' | null {
  const kept = readIfThere(fileIn(desk));
  if (kept === null) return null;
  try {
    const read: unknown = JSON.parse(kept.toString('utf8'));
    if (Request.Check(read)) return { account: read.account, passwordHash: read.password_hash };
  } catch {
    // As what is JSON and no request.
  }
  return 'damaged';
}

export function dropReset(desk: string): void {
  rmSync(fileIn(desk), { force: true });
}

const fileIn = (desk: string) => join(desk, 'operator-reset.json');
