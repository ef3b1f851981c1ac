/** The one table of suites. */
import { cborSuite } from './cbor.ts';
import { coseSuite } from './cose.ts';
import { hcertSuite } from './hcert.ts';
import { mdocSuite } from './mdoc.ts';
import { sdJwtSuite } from './sd-jwt.ts';
import { shcSuite } from './shc.ts';
import { sm2Suite } from './sm2.ts';
import { statusListSuite } from './status-list.ts';
import type { Suite } from './suite.ts';
import { wycheproofSuite } from './wycheproof.ts';
import { x509LimboSuite } from './x509-limbo.ts';

export const SUITES: readonly Suite[] = [
  cborSuite,
  coseSuite,
  x509LimboSuite,
  sdJwtSuite,
  shcSuite,
  hcertSuite,
  mdocSuite,
  statusListSuite,
  wycheproofSuite,
  sm2Suite,
];
