/** A decision record as JSON: what the platform gets, and what `onecard journal show --json` prints. */
import { toHex } from '../../../workers/codecs/hex.ts';
import type { DecisionRecord } from './record.ts';

/** Byte strings become hex; everything else stays. */
export function recordJson(record: DecisionRecord) {
  const { digest, proof, replay, status } = record;
  return {
    ...record,
    digest: toHex(digest),
    proof: {
      ...proof,
      ...{ credential: hexOrNull(proof.credential), subject: hexOrNull(proof.subject) },
      ...(proof.former && {
        former: { credential: toHex(proof.former.credential), subject: toHex(proof.former.subject) },
      }),
    },
    status: { ...status, listKey: hexOrNull(status.listKey) },
    replay: { ...replay, key: hexOrNull(replay.key), shared: replay.shared.map(toHex) },
  };
}

function hexOrNull(bytes: Uint8Array | null): string | null {
  return bytes && toHex(bytes);
}
