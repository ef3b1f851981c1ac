/** One consistent snapshot of the TUF repository, as gateways would fetch it. */
import type { MetadataSource } from '../tuf/repository.ts';

export interface CurrentSet {
  readonly version: number;
  /** By the names they are fetched under, all roots after the first among them. */
  readonly metadata: ReadonlyMap<string, Buffer>;
  /** Paths of targets over HTTP, below `targets/`. */
  readonly targets: readonly string[];
}

interface Signed {
  readonly signed: {
    readonly version: number;
    readonly meta?: Readonly<Record<string, { readonly version: number }>>;
    readonly targets?: Readonly<Record<string, { readonly hashes: { readonly sha256: string } }>>;
  };
}

/** Asking for it signs anew what grows old. Null: nothing is published yet. */
export function currentSet(source: MetadataSource): CurrentSet | null {
  const metadata = new Map<string, Buffer>();
  const targets: string[] = [];
  const take = (file: string): Signed | null => {
    const bytes = source.metadata(file);
    if (bytes === null) return null;
    metadata.set(file, bytes);
    const read = JSON.parse(bytes.toString('utf8')) as Signed;
    for (const [path, { hashes }] of Object.entries(read.signed.targets ?? {})) {
      const slash = path.lastIndexOf('/') + 1;
      targets.push(`${path.slice(0, slash)}${hashes.sha256}.${path.slice(slash)}`);
    }
    for (const [name, { version }] of Object.entries(read.signed.meta ?? {})) take(`${version}.${name}`);
    return read;
  };
  const timestamp = take('timestamp.json');
  if (timestamp === null) return null;
  for (let root = 2; ; root += 1) {
    if (take(`${root}.root.json`) === null) break;
  }
  return { version: timestamp.signed.version, metadata, targets };
}
