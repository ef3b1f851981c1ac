/** The overlay of the profile sm: what the front hands on, what the gateway listens on and what the cluster is told agree. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type TestContext, test } from 'vitest';
import { parseSettings } from '../../config/settings.ts';
import { K8S, kustomized, manifestsOf, one, openedPorts } from './manifests.rig.ts';
import { isThere, notThere, runTool } from './tools.rig.ts';

const read = (path: string) => readFileSync(join(K8S, path), 'utf8');
const FRONT = JSON.parse(read('tlcp/front.json')) as {
  readonly health: { readonly listen: string; readonly gateway: string };
  readonly accept: readonly { readonly listen: string; readonly to: string; readonly pair: object }[];
  readonly connect: readonly { readonly listen: string; readonly to: string }[];
};
const portOf = (address: string) => Number(address.slice(address.lastIndexOf(':') + 1));

function overlay(context: TestContext) {
  const yaml = kustomized(context, 'overlays/sm');
  const manifests = manifestsOf(yaml);
  const ofKind = (kind: string) => manifests.filter((manifest) => manifest.at('kind').value === kind);
  const pod = one(ofKind('StatefulSet')).at('spec', 'template', 'spec');
  const [gateway, front] = [pod.at('containers').named('gateway'), pod.at('initContainers').named('front')];
  return { yaml, ofKind, pod, gateway, front };
}

test('the gateway listens on this machine alone, and the front hands on to it', () => {
  const fileSettings = JSON.parse(read('overlays/sm/gateway.json')) as object;
  const { crypto, listen, admin, platform } = parseSettings({
    ...fileSettings,
    gateway_id: 'onecard-gateway-0',
  });
  expect([crypto.profile, crypto.changing_over, crypto.transport_elsewhere]).toEqual(['sm', false, false]);
  expect(FRONT.accept.map(({ to }) => to)).toEqual([`127.0.0.1:${listen.port}`, `127.0.0.1:${admin.port}`]);
  expect(FRONT.health.gateway).toBe(`127.0.0.1:${listen.port}`);
  expect(FRONT.connect.map(({ listen }) => `http://${listen}`)).toEqual([platform?.url]);
});

test('the front has the ports that services and policies know, and the gateway none', (context) => {
  const { gateway, front, ofKind } = overlay(context);
  expect(gateway.at('ports').value).toEqual([]);
  const ports = new Map(
    front
      .at('ports')
      .each()
      .map((port) => [port.at('name').text, port.at('containerPort').number]),
  );
  const listening = [...FRONT.accept.map(({ listen }) => listen), FRONT.health.listen].map(portOf);
  expect([...ports.values()]).toEqual(listening);
  for (const service of ofKind('Service')) {
    for (const port of service.at('spec', 'ports').each()) {
      expect(ports.get(port.at('targetPort').text)).toBe(port.at('port').value);
    }
  }
  const policies = ofKind('NetworkPolicy');
  expect(openedPorts(policies, 'ingress')).toEqual(new Set(FRONT.accept.map(({ listen }) => portOf(listen))));
  expect(openedPorts(policies, 'egress')).toEqual(
    new Set([53, ...FRONT.connect.map(({ to }) => portOf(to))]),
  );
});

test('the front starts first and stops last, and passes on what probes ask the gateway', (context) => {
  const { gateway, front } = overlay(context);
  expect(front.at('restartPolicy').value).toBe('Always');
  expect(front.at('startupProbe', 'httpGet').value).toEqual({ path: '/livez', port: 'health' });
  const asked = ['startupProbe', 'livenessProbe', 'readinessProbe'].map(
    (name) => gateway.at(name, 'httpGet').value,
  );
  const [live, ready] = ['/gateway/livez', '/readyz'].map((path) => ({
    path,
    port: portOf(FRONT.health.listen),
  }));
  expect(asked).toEqual([live, live, ready]);
});

test('every file that the front reads is mounted, for its group alone, and it keeps to "restricted"', (context) => {
  const { pod, front } = overlay(context);
  const mounts = front
    .at('volumeMounts')
    .each()
    .map((mount) => `${mount.at('mountPath').text}/`);
  const files = [
    front.at('args', 1).text,
    ...FRONT.accept.flatMap(({ pair }) => Object.values(pair) as string[]),
  ];
  for (const file of files)
    expect(
      mounts.some((mount) => file.startsWith(mount)),
      file,
    ).toBe(true);
  expect(pod.at('volumes').named('front-pair').at('secret', 'defaultMode').number).toBe(0o440);
  const own = front.at('securityContext');
  expect(own.at('allowPrivilegeEscalation').value).toBe(false);
  expect(own.at('capabilities').value).toEqual({ drop: ['ALL'] });
  expect(own.at('readOnlyRootFilesystem').value).toBe(true);
  expect([own.at('runAsNonRoot').value, own.at('runAsUser').value]).toEqual([true, 10_001]);
  expect(own.at('seccompProfile', 'type').value).toBe('RuntimeDefault');
  expect(front.at('resources', 'limits').value).toEqual(front.at('resources', 'requests').value);
});

test.for([
  ['kubernetes-validate', ['-k', '1.37', '--strict', '-']],
  ['kube-score', ['score', '-']],
] as const)('%s finds nothing to hold against the overlay', ([tool, args], context) => {
  if (!isThere(tool)) return context.skip(notThere(tool));
  const { yaml } = overlay(context);
  const { status, output } = runTool([tool, ...args], yaml);
  expect(status, output).toBe(0);
});

test('the image is of the bases of the gateway’s, and hadolint finds nothing to hold against its Dockerfile', (context) => {
  const basesIn = (path: string) =>
    [...read(path).matchAll(/^ARG \w+_IMAGE=(.*)$/gm)].map(([, image]) => image ?? '');
  const bases = basesIn('../tlcp-front/Dockerfile');
  expect(bases).toHaveLength(2);
  expect(basesIn('../image/Dockerfile')).toEqual(expect.arrayContaining(bases));
  if (!isThere('hadolint')) return context.skip(notThere('hadolint'));
  const { status, output } = runTool(['hadolint', join(K8S, '../tlcp-front/Dockerfile')]);
  expect(status, output).toBe(0);
});
