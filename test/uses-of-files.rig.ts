/** Which row of the table of uses speaks for a file that asks node:crypto itself. */
import type { USES } from '../crypto/uses.ts';

/** Files and folders that call it themselves: the row of the table that says why. */
export const OF_A_USE: Readonly<Record<string, keyof typeof USES>> = {
  'workers/families/chip-oda/': 'credential-chip-oda',
  'workers/families/hcert/': 'credential-hcert',
  'workers/families/mdoc/': 'credential-mdoc',
  'workers/families/sd-jwt/': 'credential-sd-jwt',
  'workers/jose/': 'credential-sd-jwt',
  'workers/cose/': 'credential-mdoc',
  'workers/certificates/': 'credential-card-pki',
  'workers/short-digest.ts': 'credential-hcert',
  'workers/trust/bundle.ts': 'content-revision',
  'config/city-document/revision.ts': 'content-revision',
  'gateway/knowledge/clock/kept-time.ts': 'kept-clock',
  'gateway/transport/server-library.ts': 'server-library',
  'hotel/http/console-sources.ts': 'console-build',
  'reports/page.ts': 'page-policy',
  'hotel/people/passkeys.ts': 'passkeys',
  'hotel/phone/': 'wallet-request',
  'gateway/journal/reconcile.ts': 'journal-comparison',
  'gateway/knowledge/token-status/list-signature.ts': 'token-status-list',
  'gateway/knowledge/trust/verify-bundle.ts': 'tuf-metadata',
  'gateway/link/received-files.ts': 'tuf-metadata',
  'gateway/live/ecdh-envelope.ts': 'status-question',
  'workers/names/': 'journal-names',
  'workers/prefixed-digests.ts': 'journal-tree',
};
