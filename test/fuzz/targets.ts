/** What can be fuzzed: `npm run fuzz -- NAME`. A target is loaded only when it is asked for, with counters in its code. */
import type { FuzzTarget } from './driver.ts';

export interface TargetEntry {
  /** Of the sources that are given counters: parts of their addresses. */
  readonly counted: readonly string[];
  load(): Promise<{ readonly target: FuzzTarget }>;
}

export const TARGETS: ReadonlyMap<string, TargetEntry> = new Map<string, TargetEntry>([
  [
    'der',
    {
      counted: ['/workers/codecs/der-', '/workers/certificates/'],
      load: () => import('./der.target.ts'),
    },
  ],
  [
    'card-pki',
    {
      counted: ['/workers/families/card-pki/', '/workers/certificates/', '/workers/codecs/der-'],
      load: () => import('./card-pki.target.ts'),
    },
  ],
  [
    'hcert',
    {
      counted: [
        '/workers/families/hcert/',
        '/workers/codecs/cbor-',
        '/workers/cose/',
        '/workers/codecs/base45',
      ],
      load: () => import('./hcert.target.ts'),
    },
  ],
  [
    'mdoc',
    {
      counted: [
        '/workers/families/mdoc/',
        '/workers/codecs/cbor-',
        '/workers/cose/',
        '/workers/certificates/',
      ],
      load: () => import('./mdoc.target.ts'),
    },
  ],
  [
    'shc',
    {
      counted: [
        '/workers/families/shc/',
        '/workers/jose/',
        '/workers/codecs/strict-json',
        '/workers/codecs/base64url',
      ],
      load: () => import('./shc.target.ts'),
    },
  ],
  [
    'sd-jwt',
    {
      counted: ['/workers/families/sd-jwt/', '/workers/jose/'],
      load: () => import('./sd-jwt.target.ts'),
    },
  ],
]);
