/**
 * Stands for `helm`, which would fetch charts from registries: `helm upgrade --install NAME … -f VALUES`. It makes servers of its
 * own from what the values say that matters to gateways (ports, TLS, users and their rights, secrets, how many), and applies them.
 * What else a chart does with its values is not tried.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { type NatsValues, natsManifests } from './nats.rig.ts';
import { type ValkeyValues, valkeyManifests } from './valkey.rig.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    install: { type: 'boolean' },
    wait: { type: 'boolean' },
    repo: { type: 'string' },
    version: { type: 'string' },
    namespace: { type: 'string', short: 'n' },
    values: { type: 'string', short: 'f' },
  },
});
const [verb, name, chart] = positionals;
const { namespace, version, repo, values: file } = values;
if (verb !== 'upgrade' || values.install !== true || !namespace || !version || !repo || !file) {
  throw new Error('this helm knows upgrade --install NAME CHART --repo --version -n -f alone');
}
const text = readFileSync(file, 'utf8');
// The page and the file name the same chart, version and place.
const named = `# Chart ${chart} ${version}, ${repo.replace(/\/$/, '')}`;
if (!text.startsWith(named)) throw new Error(`${file} does not begin with "${named}"`);

const manifests = manifestsOf(name ?? '', parse(text));
if (manifests.length > 0) {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
  kubectl(['-n', namespace, 'apply', '-f', '-'], list);
  if (values.wait === true)
    kubectl(['-n', namespace, 'rollout', 'status', `statefulset/${name}`, '--timeout=3m']);
}

function manifestsOf(release: string, read: unknown): readonly object[] {
  if (release === 'nats') return natsManifests(read as NatsValues);
  if (release === 'valkey') return valkeyManifests(read as ValkeyValues);
  // No metrics come: the autoscaler goes on saying <unknown>.
  if (release === 'prometheus-adapter') return [];
  throw new Error(`nothing stands for the chart ${release}`);
}

function kubectl(args: readonly string[], input = ''): void {
  const { status } = spawnSync('kubectl', args, { input, stdio: ['pipe', 'inherit', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}
