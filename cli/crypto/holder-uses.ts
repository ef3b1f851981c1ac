/** The gateway's own keys, one for each use: what is asked of it, and where it is. */
import type { KeyUse } from '../../config/key-settings.ts';
import type { Settings } from '../../config/settings.ts';
import type { SignatureAlgorithm, WrapAlgorithm } from '../../crypto/algorithms.ts';
import { openKeyHolder } from '../../crypto/holders/open-holder.ts';
import type { KeyHolder } from '../../crypto/key-holder.ts';
import { keyWrap } from '../../crypto/sealing/key-wrap.ts';
import { makeSigningKey } from '../../crypto/signature/key-files.ts';
import { heldHere } from '../../crypto/signature/keys.ts';
import { algorithmFor } from '../../crypto/uses.ts';

/** Does once what the key is for. Rejects with CryptoError. */
export type UseOnce = () => Promise<void>;

export interface HolderUse {
  readonly use: KeyUse;
  readonly kind: Settings['crypto']['keys'][KeyUse]['holder'];
  /** Null: it is in a file of the gateway's. */
  readonly label: string | null;
  readonly algorithm: SignatureAlgorithm | WrapAlgorithm;
  /** Rejects with CryptoError where the key cannot be had. */
  ready(): Promise<UseOnce>;
  close(): Promise<void>;
}

const TRIED = Buffer.alloc(32, 0x5a);

export function holderUses(settings: Settings): readonly HolderUse[] {
  const { profile } = settings.crypto;
  return [
    signing('checkpoint', algorithmFor('journal-checkpoint', profile), settings),
    wrapping('register', algorithmFor('register-key-wrap', profile), settings),
    signing('receipt', algorithmFor('receipt-signature', profile), settings),
  ];
}

function signing(use: KeyUse, algorithm: SignatureAlgorithm, settings: Settings): HolderUse {
  return described(use, algorithm, settings, async (elsewhere) => {
    const key = elsewhere
      ? await elsewhere.holder.signingKey(elsewhere.label, algorithm)
      : // One like it: how fast it signs does not depend on which it is.
        heldHere(makeSigningKey(algorithm));
    return async () => void (await key.sign(TRIED));
  });
}

function wrapping(use: KeyUse, algorithm: WrapAlgorithm, settings: Settings): HolderUse {
  return described(use, algorithm, settings, async (elsewhere) => {
    if (!elsewhere) {
      const wrap = keyWrap(algorithm, TRIED);
      return async () => void wrap.unwrap(wrap.wrap(TRIED));
    }
    const wrap = await elsewhere.holder.keyWrap(elsewhere.label, algorithm);
    return async () => void (await wrap.wrap(TRIED));
  });
}

function described(
  use: KeyUse,
  algorithm: SignatureAlgorithm | WrapAlgorithm,
  { crypto }: Settings,
  ready: (elsewhere: { holder: KeyHolder; label: string } | null) => Promise<UseOnce>,
): HolderUse {
  const { holder: kind, label = null } = crypto.keys[use];
  if (kind === 'file' || label === null) {
    return { use, kind, label: null, algorithm, ready: () => ready(null), close: async () => {} };
  }
  const holder = openKeyHolder(kind, crypto, { answered: () => {}, failed: () => {} });
  return { use, kind, label, algorithm, ready: () => ready({ holder, label }), close: () => holder.close() };
}
