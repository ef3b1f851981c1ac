/** The bill of materials of the image, as it is made of this clone. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { billOfMaterials } from '../../deploy/image/sbom.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LIBC = 'Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.36-9+deb12u14\n';

test('it names npm packages, crates, packages of the base and Node, each once, and refers to addresses alone', (context) => {
  if (spawnSync('cargo', ['--version']).error)
    return context.skip('cargo is not here, which tells the crates');
  const base = temporaryFolder();
  mkdirSync(join(base, 'status.d'));
  writeFileSync(join(base, 'status.d/libc6'), LIBC);
  writeFileSync(join(base, 'status.d/libc6.md5sums'), 'ffff usr/lib/libc.so.6\n');
  const bill = billOfMaterials(ROOT, base);
  const names = bill.components.map((component) => component['bom-ref']);
  expect(new Set(names).size).toBe(names.length);
  const purls = bill.components.map(({ purl }) => purl);
  for (const part of ['pkg:npm/lmdb@', 'pkg:cargo/napi@', 'pkg:generic/node@22.']) {
    expect(purls.filter((purl) => purl.startsWith(part))).toHaveLength(1);
  }
  expect(purls).toContain('pkg:deb/debian/libc6@2.36-9%2Bdeb12u14?arch=amd64');
  expect(purls.filter((purl) => /^pkg:npm\/(vitest|typescript|node)@/.test(purl))).toEqual([]);
  const references = bill.components.flatMap(({ externalReferences = [] }) =>
    externalReferences.map(({ url }) => url),
  );
  expect(references.length).toBeGreaterThan(50);
  expect(references.filter((url) => !URL.canParse(url))).toEqual([]);
  expect(bill.metadata.component).toMatchObject({ type: 'application', name: 'onecard-gateway' });
});
