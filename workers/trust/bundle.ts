/** One revision of trust, checked whole and prepared for every family. */
import { createHash } from 'node:crypto';
import type { TObject, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { CacheSpace } from '../cache/slab-cache.ts';
import type { CurveName } from '../engine/job.ts';
import type { TrustSetting } from '../families/family.ts';
import { FAMILIES } from '../families/table.ts';
import {
  ANCHOR_KINDS,
  ANCHORS_MAX,
  REVOCATIONS_MAX,
  type TrustDocument,
  TrustDocumentSchema,
} from './document.ts';
import { TrustError } from './error.ts';
import { finish, type Loading } from './loading.ts';
import { checkStatusKeys } from './status-keys.ts';
import { checkStatusLists } from './status-lists.ts';

export interface LoadedTrust {
  readonly revision: string;
  readonly document: TrustDocument;
  /** What the family's `loadTrust` returned. Throws RangeError on a family that is not in the table. */
  of(familyName: string): unknown;
  /** Gives up the tables of its keys, and what was proven under it. It proves on without them. */
  release(): void;
}

/**
 * CAs whose keys get a table, the first of the document. The addon has 64 for all revisions and issuers together; a key
 * without one is verified all the same, at about twice the cost, and only where its chain is not remembered.
 */
const CA_TABLES_MAX = 24;
/** Anchors or revocations whose shape is checked at once. */
const PIECE_ITEMS = 128;
const REVISION_BYTES = 16;

const compiled = Compile(TrustDocumentSchema);

/**
 * Checks and prepares a trust document; nothing of it is used when any part is wrong. Throws TrustError, with a line
 * for every fault of shape.
 */
export function loadTrust(value: unknown, setting: Omit<TrustSetting, 'openSpace'>): LoadedTrust {
  return finish(loadTrustInSteps(value, setting));
}

/** The same step by step; one that is given up (`return`) leaves nothing behind. `name`: in place of its own revision. */
export function* loadTrustInSteps(
  value: unknown,
  { engine, cache, counters }: Omit<TrustSetting, 'openSpace'>,
  name?: string,
): Loading<LoadedTrust> {
  const document = yield* checkShape(value);
  checkStatusLists(document, engine);
  checkStatusKeys(document, engine);
  const owner = {};
  let tablesLeft = CA_TABLES_MAX;
  const owned = {
    ...engine,
    prepare(curve: CurveName, publicKey: Uint8Array) {
      if (tablesLeft > 0) engine.prepare(curve, publicKey, owner);
      tablesLeft -= 1;
    },
  };
  const spaces: CacheSpace[] = [];
  const openSpace = (part: string) => {
    const space = cache.open(part);
    spaces.push(space);
    return space;
  };
  const release = () => {
    engine.release(owner);
    for (const space of spaces.splice(0)) cache.close(space);
  };
  const loaded = new Map<string, unknown>();
  const setting = { engine: owned, cache, openSpace, counters };
  let done = false;
  try {
    for (const family of FAMILIES) {
      yield;
      loaded.set(family.name, yield* family.loadTrust(document, setting));
    }
    // From here on it is issuers' keys, as they come.
    tablesLeft = Number.POSITIVE_INFINITY;
    done = true;
  } finally {
    if (!done) release();
  }
  return {
    revision: name ?? trustRevision(document),
    document,
    of: (familyName) => {
      if (!loaded.has(familyName)) throw new RangeError(`no trust for a family named ${familyName}`);
      return loaded.get(familyName);
    },
    release,
  };
}

/** As `parseTrustDocument`, piece by piece: 4,096 anchors at once take 10 ms, and 50 when the check is new to the thread. */
function* checkShape(value: unknown): Loading<TrustDocument> {
  const { anchors, revocations = [], ...rest } = (value ?? {}) as Partial<TrustDocument>;
  let ok =
    Array.isArray(anchors) &&
    Array.isArray(revocations) &&
    anchors.length <= ANCHORS_MAX &&
    revocations.length <= REVOCATIONS_MAX &&
    compiled.Check({ ...rest, anchors: [] });
  for (let at = 0; ok && at < (anchors?.length ?? 0); at += PIECE_ITEMS) {
    yield;
    ok = compiled.Check({ anchors: anchors?.slice(at, at + PIECE_ITEMS) });
  }
  for (let at = 0; ok && at < revocations.length; at += PIECE_ITEMS) {
    yield;
    ok = compiled.Check({ anchors: [], revocations: revocations.slice(at, at + PIECE_ITEMS) });
  }
  yield;
  // What is wrong is said of the whole.
  return ok ? (value as TrustDocument) : parseTrustDocument(value);
}

/** Checks the shape of a trust document. Throws TrustError. */
export function parseTrustDocument(value: unknown): TrustDocument {
  if (compiled.Check(value)) return value as TrustDocument;
  throw new TrustError(`the trust document is not usable:\n${describeFaults(value).join('\n')}`);
}

/** The revision the document names, or one derived from its content, whatever the order of its keys. */
export function trustRevision(document: TrustDocument): string {
  if (document.revision !== undefined) return document.revision;
  const digest = createHash('sha256')
    .update(JSON.stringify(withSortedKeys(document)))
    .digest();
  return digest.toString('hex', 0, REVISION_BYTES);
}

function withSortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, withSortedKeys(inner)]));
}

/** An anchor is described by the faults of its own kind, not of every kind it is not. */
function describeFaults(value: unknown): string[] {
  const anchors: unknown = (value as { readonly anchors?: unknown } | null)?.anchors;
  if (!Array.isArray(anchors)) return faultsOf(TrustDocumentSchema, value, '');
  const lines = [
    ...faultsOf(TrustDocumentSchema, { ...(value as object), anchors: [] }, ''),
    ...anchors.flatMap((anchor, i) => anchorFaults(anchor, `/anchors/${i}`)),
  ];
  // Each anchor in order: then there are too many.
  return lines.length > 0 ? lines : faultsOf(TrustDocumentSchema, value, '');
}

function anchorFaults(anchor: unknown, path: string): string[] {
  const kind = ANCHOR_KINDS.find((schema) => namesItself(schema, anchor));
  return kind === undefined
    ? [`  ${path.slice(1)}: its family and alg name no kind of anchor`]
    : faultsOf(kind, anchor, path);
}

/** Whether the properties in which kinds of anchor differ, those of one fixed value, have the values of this kind. */
function namesItself(schema: TObject, anchor: unknown): boolean {
  const fields = (anchor ?? {}) as Readonly<Record<string, unknown>>;
  return Object.entries(schema.properties).every(
    ([name, property]) => !('const' in property) || fields[name] === property.const,
  );
}

function faultsOf(schema: TSchema, value: unknown, path: string): string[] {
  return Compile(schema)
    .Errors(value)
    .filter((error) => error.keyword !== 'additionalProperties' && error.keyword !== 'anyOf')
    .map(({ instancePath, message }) => {
      const at = (path + instancePath).slice(1) || 'the document';
      return `  ${at}: ${message === 'schema is false' ? 'is not a known property' : message}`;
    });
}
