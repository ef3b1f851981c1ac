/** Reads the manifests of `deploy/k8s` as kustomize puts them together, narrowly: what a test names must be there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseSettings, type Settings } from '../../config/settings.ts';
import { isThere, notThere, runTool } from './tools.rig.ts';

export const K8S = fileURLToPath(new URL('../../deploy/k8s/', import.meta.url));
export const OVERLAYS = ['single', 'station', 'city'] as const;
export type OverlayName = (typeof OVERLAYS)[number];

/** A value somewhere in a manifest. Reading what is not there throws, with the way to it. */
export class Field {
  readonly value: unknown;
  readonly way: string;

  constructor(value: unknown, way: string) {
    this.value = value;
    this.way = way;
  }

  at(...path: readonly (string | number)[]): Field {
    return path.reduce<Field>((field, key) => {
      const inner = (field.value as Readonly<Record<string | number, unknown>> | null | undefined)?.[key];
      if (inner === undefined) throw new Error(`${field.way} has no ${key}`);
      return new Field(inner, `${field.way}.${key}`);
    }, this);
  }

  each(): Field[] {
    if (!Array.isArray(this.value)) throw new Error(`${this.way} is no list`);
    return this.value.map((inner: unknown, i) => new Field(inner, `${this.way}[${i}]`));
  }

  named(name: string): Field {
    const found = this.each().find((field) => field.at('name').value === name);
    if (found === undefined) throw new Error(`${this.way} has none that is named ${name}`);
    return found;
  }

  get number(): number {
    if (typeof this.value !== 'number') throw new Error(`${this.way} is no number`);
    return this.value;
  }

  get text(): string {
    if (typeof this.value !== 'string') throw new Error(`${this.way} is no text`);
    return this.value;
  }
}

export function manifestsOf(yaml: string): Field[] {
  return parseAllDocuments(yaml).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    const value = document.toJS() as {
      readonly kind?: string;
      readonly metadata?: { readonly name?: string };
    };
    return value === null ? [] : [new Field(value, `${value.kind} ${value.metadata?.name ?? ''}`)];
  });
}

const KUSTOMIZE = isThere('kustomize')
  ? ['kustomize', 'build']
  : isThere('kubectl')
    ? ['kubectl', 'kustomize']
    : null;
const put = new Map<string, string>();

/** What kustomize makes of a folder of `deploy/k8s`, once. Skips the test where there is none. */
export function kustomized(context: TestContext, folder: string): string {
  return KUSTOMIZE === null ? context.skip(notThere('kustomize')) : putTogether(folder);
}

function putTogether(folder: string): string {
  if (KUSTOMIZE === null) throw new Error(notThere('kustomize'));
  const known = put.get(folder);
  if (known !== undefined) return known;
  const { status, output } = runTool([...KUSTOMIZE, join(K8S, folder)]);
  if (status !== 0) throw new Error(`kustomize cannot put ${folder} together: ${output}`);
  put.set(folder, output);
  return output;
}

export interface Overlay {
  readonly yaml: string;
  readonly manifests: readonly Field[];
  readonly set: Field;
  /** Of the pod. */
  readonly pod: Field;
  readonly gateway: Field;
  /** As the file has them. */
  readonly fileSettings: unknown;
  readonly settings: Settings;
  ofKind(kind: string): Field[];
  /** Throws unless there is one. */
  only(kind: string): Field;
}

/** Skips the test where there is no kustomize. */
export function overlayOf(context: TestContext, name: OverlayName): Overlay {
  kustomized(context, `overlays/${name}`);
  return readOverlay(name);
}

export function readOverlay(name: OverlayName): Overlay {
  const yaml = putTogether(`overlays/${name}`);
  const manifests = manifestsOf(yaml);
  const ofKind = (kind: string) => manifests.filter((manifest) => manifest.at('kind').value === kind);
  const only = (kind: string) => one(ofKind(kind));
  const set = only('StatefulSet');
  const pod = set.at('spec', 'template', 'spec');
  const fileSettings: unknown = JSON.parse(readFileSync(join(K8S, `overlays/${name}/gateway.json`), 'utf8'));
  const settings = parseSettings({
    ...(fileSettings as object),
    gateway_id: `${set.at('metadata', 'name').text}-0`,
  });
  const gateway = pod.at('containers').named('gateway');
  return { yaml, manifests, set, pod, gateway, fileSettings, settings, ofKind, only };
}

export function one(found: readonly Field[]): Field {
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`${found.length} found, one expected`);
  return first;
}

/** A file of values for a chart; its first line names the chart. */
export interface Values {
  readonly chart: string;
  readonly version: string;
  readonly repository: string;
  readonly values: Field;
}

export function valuesOf(path: string): Values {
  const text = readFileSync(join(K8S, path), 'utf8');
  const [, chart, version, repository] = /^# Chart (\S+) (\S+), (https:\S+)\n/.exec(text) ?? [];
  if (chart === undefined || version === undefined || repository === undefined) {
    throw new Error(`${path} does not name its chart`);
  }
  return { chart, version, repository, values: one(manifestsOf(text)) };
}

/** `nats` in `onecard-engines` at port 4222, of the address of a Service. */
export function serviceAt(url: string): {
  readonly name: string;
  readonly namespace: string;
  readonly port: number;
} {
  const { hostname, port } = new URL(url);
  const [name = '', namespace = '', kind] = hostname.split('.');
  if (kind !== 'svc') throw new Error(`${url} is no Service`);
  return { name, namespace, port: Number(port) };
}

/** Ports that the policies of a pod open, by direction. */
export function openedPorts(policies: readonly Field[], direction: 'ingress' | 'egress'): Set<number> {
  const rules = policies
    .filter(({ value }) => Object.hasOwn((value as { readonly spec: object }).spec, direction))
    .flatMap((policy) => policy.at('spec', direction).each());
  return new Set(
    rules.flatMap((rule) =>
      rule
        .at('ports')
        .each()
        .map((port) => port.at('port').number),
    ),
  );
}

const UNITS: Readonly<Record<string, number>> = { '': 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };

/** `768Mi` in bytes. Throws on other than a whole number with a binary unit. */
export function bytesOf(quantity: string): number {
  const [, count, unit = ''] = /^(\d+)([KMGT]i)?$/.exec(quantity) ?? [];
  const factor = UNITS[unit];
  if (count === undefined || factor === undefined) throw new Error(`${quantity} is no quantity`);
  return Number(count) * factor;
}
