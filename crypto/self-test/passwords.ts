/** Known answer of what passwords are kept as. Its library is loaded here alone: a gateway without a desk has no passwords. */
import type { KnownAnswer } from './known-answer.ts';

export const PASSWORD_ANSWERS: readonly KnownAnswer[] = [
  {
    // RFC 9106 clause 5.3 has associated data, which the library does not take; this is of the authors' own tests.
    algorithm: 'Argon2id',
    source: 'the reference implementation of RFC 9106, test of version 19 with 2 passes over 256 KiB',
    given: async () => {
      const { hashRaw } = await import('@node-rs/argon2');
      return hashRaw('password', {
        ...{ memoryCost: 256, timeCost: 2, parallelism: 1, outputLen: 32, algorithm: 2 },
        salt: Buffer.from('somesalt'),
      });
    },
    answer: '9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe',
  },
];
