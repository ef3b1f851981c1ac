/**
 * Which claims of a credential may be disclosed one by one (RFC 9901 clause 4.2), and which of them are. Written apart from the
 * verifier, as all that the platform issues.
 */
import { createHash } from 'node:crypto';

/**
 * `_sd`: names of members, or places of elements, that are disclosed on their own. Under any other name: the frame of what is
 * inside that member or element.
 */
export interface DisclosureFrame {
  readonly _sd?: readonly (string | number)[];
  readonly [name: string]: DisclosureFrame | readonly (string | number)[] | undefined;
}

/** What is shown: `true`, or what of its inside is shown too. */
export interface ShownFrame {
  readonly [name: string]: boolean | ShownFrame;
}

export interface PackedClaims {
  /** With digests in the place of what is disclosed on its own. */
  readonly claims: unknown;
  /** By the path of names and places, with full stops between them. */
  readonly disclosures: ReadonlyMap<string, string>;
}

/** `salt`: of the disclosure at a path. */
export function packClaims(
  claims: unknown,
  frame: DisclosureFrame,
  salt: (path: string) => string,
): PackedClaims {
  const disclosures = new Map<string, string>();
  const hide = (path: string, content: readonly unknown[]): string => {
    const disclosure = Buffer.from(JSON.stringify([salt(path), ...content])).toString('base64url');
    disclosures.set(path, disclosure);
    return createHash('sha256').update(disclosure, 'ascii').digest('base64url');
  };
  const pack = (value: unknown, inside: DisclosureFrame, path: string): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const hidden = new Set((inside._sd ?? []).map(String));
    const members = Object.entries(value).map(([name, member]) => {
      const at = path === '' ? name : `${path}.${name}`;
      const packed = pack(member, frameAt(inside, name), at);
      return { name, at, packed, isHidden: hidden.has(name) };
    });
    if (Array.isArray(value)) {
      return members.map(({ at, packed, isHidden }) => (isHidden ? { '...': hide(at, [packed]) } : packed));
    }
    const plain = members.filter(({ isHidden }) => !isHidden).map(({ name, packed }) => [name, packed]);
    const digests = members
      .filter(({ isHidden }) => isHidden)
      .map(({ name, at, packed }) => hide(at, [name, packed]))
      // The order of the claims says something of them (clause 9.7).
      .sort();
    return { ...Object.fromEntries(plain), ...(digests.length > 0 && { _sd: digests }) };
  };
  return { claims: pack(claims, frame, ''), disclosures };
}

function frameAt(frame: DisclosureFrame, name: string): DisclosureFrame {
  const inside = frame[name];
  return name === '_sd' || inside === undefined || Array.isArray(inside) ? {} : (inside as DisclosureFrame);
}

/** The disclosures of what is shown, in the order in which they were made. */
export function shownDisclosures({ disclosures }: PackedClaims, shown: ShownFrame): string[] {
  const paths = new Set<string>();
  const collect = (inside: ShownFrame, path: string) => {
    for (const [name, each] of Object.entries(inside)) {
      if (each === false) continue;
      const at = path === '' ? name : `${path}.${name}`;
      paths.add(at);
      if (each !== true) collect(each, at);
    }
  };
  collect(shown, '');
  return [...disclosures].filter(([path]) => paths.has(path)).map(([, disclosure]) => disclosure);
}
