/**
 * One bare SM2 signature, so that published test data can be run through `onecard verify`. No gate takes it: a
 * signature on its own says nothing about a card.
 */
import { Type } from 'typebox';
import type { ByteForm, Family } from '../family.ts';
import { type BareSignature, beginBareSignature, type Hash, MESSAGE_BYTES_MAX } from './prove.ts';

interface Context {
  readonly curve: string;
  readonly publicKeyHex: unknown;
  readonly hash: Hash;
  readonly idHex?: unknown;
  readonly messageHex: unknown;
}

export const sm2Signature: Family<BareSignature, Parameters<typeof beginBareSignature>[1]> = {
  name: 'sm2-signature',
  presentable: false,
  cardMode: null,
  claims: [],
  discloses: [],
  about: 'One bare SM2 signature, for published test data.',
  example: null,
  anchorSchemas: [],
  anchorKeys: () => [],
  credentialSchema: (bytes) => Type.Object({ hex: bytes.schema(1024) }, { additionalProperties: false }),
  contextSchema: (bytes) =>
    Type.Object(
      {
        curve: Type.String({ minLength: 1, maxLength: 64, description: 'sm2p256v1; others are unsupported' }),
        publicKeyHex: bytes.schema(128),
        hash: Type.Union([Type.Literal('sm3'), Type.Literal('sha256'), Type.Literal('raw')]),
        idHex: Type.Optional(bytes.schema(8191)),
        messageHex: bytes.schema(MESSAGE_BYTES_MAX),
      },
      { additionalProperties: false },
    ),
  read: readBareSignature,
  costKey: () => 'sm2-signature',
  // biome-ignore lint/correctness/useYield: there is nothing to load.
  *loadTrust(_document, setting) {
    return setting.engine;
  },
  begin: beginBareSignature,
};

function readBareSignature(credential: unknown, context: unknown, bytes: ByteForm): BareSignature {
  const { curve, publicKeyHex, hash, idHex, messageHex } = context as Context;
  return {
    signature: bytes.read((credential as { readonly hex: unknown }).hex),
    curve,
    publicKey: bytes.read(publicKeyHex),
    hash,
    id: idHex === undefined ? null : bytes.read(idHex),
    message: bytes.read(messageHex),
  };
}
