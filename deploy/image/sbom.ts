/**
 * The bill of materials, CycloneDX 1.5 (ECMA-424): npm's own of the production packages, and beside them the crates of the
 * engine, the packages of the base, and Node.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Component {
  readonly 'bom-ref': string;
  readonly type: 'library' | 'platform';
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly externalReferences?: readonly { readonly type: string; readonly url: string }[];
}

export interface BillOfMaterials {
  readonly bomFormat: 'CycloneDX';
  readonly metadata: { readonly component: Readonly<Record<string, unknown>> };
  readonly components: readonly Component[];
}

/** `basePackages`: dpkg's folder of the base; null: none is told of. */
export function billOfMaterials(root: string, basePackages: string | null): BillOfMaterials {
  const text = run(root, 'npm', ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev']);
  const bill = JSON.parse(text) as BillOfMaterials;
  const components = [
    ...bill.components.map(withAddresses),
    ...crates(root),
    ...(basePackages === null ? [] : debianPackages(basePackages)),
    node(root),
  ];
  // npm names it after the folder it was built in.
  const component = { ...bill.metadata.component, type: 'application', name: 'onecard-gateway' };
  return { ...bill, metadata: { ...bill.metadata, component }, components };
}

/** Of some packages npm passes on `git@host:path`, which is no IRI and so no reference (CycloneDX 1.5, externalReferences). */
function withAddresses(component: Component): Component {
  const { externalReferences } = component;
  if (externalReferences === undefined) return component;
  const asAddress = (url: string) => url.replace(/^(\w+@[\w.-]+):(?!\/)/, 'ssh://$1/');
  return {
    ...component,
    externalReferences: externalReferences
      .map((reference) => ({ ...reference, url: asAddress(reference.url) }))
      .filter(({ url }) => URL.canParse(url)),
  };
}

function node(root: string): Component {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules/node/package.json'), 'utf8')) as {
    readonly version: string;
  };
  const purl = `pkg:generic/node@${version}`;
  return { 'bom-ref': purl, type: 'platform', name: 'node', version, purl };
}

/** What is compiled into the addon, as cargo resolves it; hashes are the registry's, of Cargo.lock. */
function crates(root: string): Component[] {
  const lock = readFileSync(join(root, 'native/Cargo.lock'), 'utf8');
  const checksums = new Map(
    lock.split('[[package]]').map((entry) => {
      const field = (name: string) => new RegExp(`^${name} = "(.*)"$`, 'm').exec(entry)?.[1] ?? '';
      return [`${field('name')} ${field('version')}`, field('checksum')];
    }),
  );
  const tree = ['tree', '--locked', '--package', 'onecard-engine-node', '--edges', 'normal'];
  const lines = run(join(root, 'native'), 'cargo', [...tree, '--prefix', 'none', '--format', '{p}']);
  const names = new Set(
    lines
      .split('\n')
      .map((line) => /^(\S+) v(\S+)/.exec(line))
      .flatMap((found) => (found ? [`${found[1]} ${found[2]}`] : [])),
  );
  return [...names].sort().map((named) => {
    const [name = '', version = ''] = named.split(' ');
    const purl = `pkg:cargo/${name}@${version}`;
    const content = checksums.get(named);
    const hashes = content ? [{ alg: 'SHA-256', content } as const] : [];
    return { 'bom-ref': purl, type: 'library', name, version, purl, ...(hashes.length > 0 && { hashes }) };
  });
}

/** Of a Debian system (`status`) or of one without package tools (`status.d`). */
function debianPackages(folder: string): Component[] {
  const [status, parts] = [join(folder, 'status'), join(folder, 'status.d')];
  const files = [
    ...(existsSync(status) ? [status] : []),
    ...(existsSync(parts)
      ? readdirSync(parts)
          .filter((name) => !name.endsWith('.md5sums'))
          .map((name) => join(parts, name))
      : []),
  ];
  const entries = files.flatMap((file) => readFileSync(file, 'utf8').split(/\n\n+/));
  return entries.flatMap((entry) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(entry)?.[1];
    const [name, version, architecture] = [field('Package'), field('Version'), field('Architecture')];
    if (name === undefined || version === undefined) return [];
    const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture ?? 'all'}`;
    return [{ 'bom-ref': purl, type: 'library', name, version, purl }];
  });
}

function run(cwd: string, command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 * 1_048_576,
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: status ${status}\n${stderr}`);
  return stdout;
}
