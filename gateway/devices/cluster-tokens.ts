/** Tokens that are good at every gateway of a cluster, once in all of it: taken in what all have in common. */
import { macOf } from '../../crypto/digest.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import type { ClusterKey, ClusterKeys } from '../cluster/cluster-keys.ts';
import type { ClusterTokens, TokenTaken } from './auth.ts';

const NAME_BYTES = 16;

/** What takes names once, for all gateways. */
export interface NamesTakenOnce {
  /**
   * Takes all of some names until a time, milliseconds since 1970 UTC. `sinceMs`: since when what was taken is remembered
   * without a gap. Null: there was no answer in time. Never rejects.
   */
  take(
    names: readonly string[],
    untilMs: number,
  ): Promise<{ readonly taken: 'first' | 'seen'; readonly sinceMs: number } | null>;
}

export interface ClusterTokensOptions {
  readonly cluster: string;
  readonly keys: ClusterKeys;
  /** Null: there is none, so that nothing can be told of other gateways. */
  readonly names: NamesTakenOnce | null;
  /** By how much clocks may differ, milliseconds. */
  readonly toleranceMs: number;
}

export function clusterTokens({ cluster, keys, names, toleranceMs }: ClusterTokensOptions): ClusterTokens {
  return {
    cluster,
    async take({ deviceId, tokenId, issuedAtMs, untilMs }): Promise<TokenTaken> {
      if (names === null) return 'unanswered';
      const named = keys.map((key) => nameOf(key, deviceId, tokenId));
      const answer = await names.take(named, untilMs);
      if (answer === null) return 'unanswered';
      if (answer.taken === 'seen') return 'used';
      // It may have been used before what is remembered began: whoever remembers has lost that then.
      // Clocks of device and gateway may differ by the tolerance, and those of two gateways.
      return issuedAtMs > answer.sinceMs + 2 * toleranceMs ? 'first' : 'unanswered';
    },
  };
}

/** One of SM3 says so; one of SHA-256 says nothing, as ever. */
function nameOf({ profile, of }: ClusterKey, deviceId: string, tokenId: string): string {
  const algorithm = algorithmFor('cluster-token', profile);
  const mac = macOf(algorithm, of.token, Buffer.from(`${deviceId}\0${tokenId}`));
  const digits = mac.subarray(0, NAME_BYTES).toString('hex');
  return algorithm === 'HMAC-SM3' ? `${digits}.sm3` : digits;
}
