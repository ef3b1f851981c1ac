/** Asks the platform for the checkpoints it was given of a gateway's journal (docs/platform.md). */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { VerifyingKey } from '../../crypto/signature/keys.ts';
import { readCheckpoint, type SignedCheckpoint } from '../journal/log/checkpoint.ts';
import { keyOfText } from '../journal/log/checkpoint-key-text.ts';
import { PlatformError } from '../outbound/platform-error.ts';
import { type PlatformEndpoint, requestPlatform } from '../outbound/platform-request.ts';

export interface KeptCheckpoints {
  /** The gateway's keys as the platform knows them, the one in use first; none when it has none. */
  readonly keys: readonly VerifyingKey[];
  readonly checkpoints: readonly SignedCheckpoint[];
}

const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

const Answer = Compile(
  Type.Object({
    key: Type.Union([Type.Null(), Type.String({ maxLength: 128 })]),
    former_keys: Type.Optional(Type.Array(Type.String({ maxLength: 128 }), { maxItems: 64 })),
    checkpoints: Type.Array(Type.Object({ checkpoint: Type.String() })),
  }),
);

/** Rejects with PlatformError. Signatures are for the caller to check. */
export async function fetchKeptCheckpoints(
  endpoint: PlatformEndpoint,
  gatewayId: string,
): Promise<KeptCheckpoints> {
  const path = `/v1/journal/checkpoints/${gatewayId}`;
  const { body } = await requestPlatform(endpoint, { path, maxBytes: ANSWER_BYTES_MAX });
  let answer: unknown = null;
  try {
    answer = JSON.parse(body.toString('utf8'));
  } catch {
    // Told below, as any other wrong answer.
  }
  if (!Answer.Check(answer)) throw malformed();
  const { key, former_keys: former = [] } = answer;
  const keys = [...(key === null ? [] : [key]), ...former].map(keyOfText);
  if (!keys.every((each) => each !== null)) throw malformed();
  const checkpoints = answer.checkpoints.map(({ checkpoint }) => readCheckpoint(checkpoint));
  if (!checkpoints.every((each) => each !== null)) throw malformed();
  return { keys, checkpoints };
}

function malformed(): PlatformError {
  return new PlatformError('malformed', "the platform's answer is no list of checkpoints");
}
