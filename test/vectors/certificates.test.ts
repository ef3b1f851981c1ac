import { describe, expect, test } from 'vitest';
import { parseCertificate } from '../../workers/certificates/parse.ts';
import { holds, signedBy } from '../../workers/certificates/signature-check.ts';
import { fromHex } from '../../workers/codecs/hex.ts';
import { createPortableEngine } from '../../workers/engine/portable.ts';
import { readVectorText, vectorsPresent } from '../fixtures/vectors.ts';

const read = (file: string) => {
  const certificate = parseCertificate(fromHex(readVectorText(`sm2/${file}`).trim()));
  if (typeof certificate === 'string') throw new TypeError(`${file}: ${certificate}`);
  return certificate;
};

describe.skipIf(!vectorsPresent)('published SM2 certificates', () => {
  const engine = createPortableEngine();

  test('each is read whole, and is signed by the one key that signed it', () => {
    const files = ['sm_root', 'sm_root1', 'sm_ca1', 'sm_sign'].map((name) => `${name}.der.hex`);
    const signers = files.map((file) =>
      files.filter((issuer) => holds(engine, signedBy(read(file), read(issuer).key))),
    );
    expect(signers).toEqual([['sm_root.der.hex'], [], ['sm_root1.der.hex'], ['sm_root.der.hex']]);
    expect(files.map((file) => read(file).extensions.basicConstraints?.ca)).toEqual([
      true,
      true,
      false,
      true,
    ]);
  });
});
