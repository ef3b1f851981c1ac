/** Deliberately bad views of a repository, for the platform's faults and for tests. The repository stays as it is. */
import type { MetadataSource, TufRepository } from './repository.ts';
import { type SignedFile, signRoot } from './sign-metadata.ts';

/** Serves `files` in place of the source's own; null takes a file away. */
export function withFiles(
  source: MetadataSource,
  files: Readonly<Record<string, Buffer | null>>,
): MetadataSource {
  const replaced = new Map(Object.entries(files));
  return {
    metadata: (file) => replaced.get(file) ?? (replaced.has(file) ? null : source.metadata(file)),
    target: (path) => source.target(path),
  };
}

/** The source as it is now, however much it publishes later: its timestamp is not renewed either. */
export function frozen(source: MetadataSource): MetadataSource {
  const files: Record<string, Buffer | null> = {};
  const take = (file: string): unknown => {
    const bytes = source.metadata(file);
    files[file] = bytes;
    return bytes && JSON.parse(bytes.toString('utf8'));
  };
  const takeNamed = (named: unknown): void => {
    for (const [name, { version }] of Object.entries((named as Naming | null)?.signed.meta ?? {})) {
      takeNamed(take(`${version}.${name}`));
    }
  };
  takeNamed(take('timestamp.json'));
  return withFiles(source, files);
}

/** Metadata that names other metadata. */
interface Naming {
  readonly signed: { readonly meta?: Readonly<Record<string, { readonly version: number }>> };
}

/** All metadata with its signatures spoilt. Content, and so hashes of what is inside, stay. */
export function badlySigned(source: MetadataSource): MetadataSource {
  return {
    metadata: (file) => {
      const bytes = source.metadata(file);
      return bytes && spoilSignatures(bytes);
    },
    target: (path) => source.target(path),
  };
}

/** Flips one bit of each signature. */
export function spoilSignatures(bytes: Buffer): Buffer {
  return resigned(bytes, (signatures) =>
    signatures.map(({ keyid, sig }) => {
      const spoilt = Buffer.from(sig, 'hex');
      spoilt.writeUInt8(spoilt.readUInt8(0) ^ 1, 0);
      return { keyid, sig: spoilt.toString('hex') };
    }),
  );
}

/** Keeps only the first `count` signatures. */
export function underSigned(bytes: Buffer, count: number): Buffer {
  return resigned(bytes, (signatures) => signatures.slice(0, count));
}

/** The next root, rightly signed by the keys in force, of any version and expiry. */
export function nextRoot(
  repository: TufRepository,
  edition: { readonly version: number; readonly expiresAtMs: number },
): SignedFile {
  const keys = repository.keys();
  return signRoot(edition, keys, keys.root);
}

interface PlainSignature {
  readonly keyid: string;
  readonly sig: string;
}

function resigned(bytes: Buffer, change: (signatures: PlainSignature[]) => PlainSignature[]): Buffer {
  const metadata: { signatures: PlainSignature[] } = JSON.parse(bytes.toString('utf8'));
  return Buffer.from(JSON.stringify({ ...metadata, signatures: change(metadata.signatures) }));
}
