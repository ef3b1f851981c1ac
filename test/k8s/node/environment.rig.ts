/** The environment of a container, by value or by what it refers to. */
import type { ApiClient } from '../api-client.rig.ts';
import type { ContainerSpec, EnvironmentVariable, KeyedData, Pod } from '../objects.rig.ts';
import { VolumeMissing } from './volumes.rig.ts';

export async function environmentOf(
  api: ApiClient,
  pod: Pod,
  { env = [] }: ContainerSpec,
  address: string,
): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const variable of env) {
    const value = await variableOf(api, pod, variable, address);
    values[variable.name] = value.replace(/\$\(([A-Z_]+)\)/g, (whole, name: string) => values[name] ?? whole);
  }
  return values;
}

async function variableOf(
  api: ApiClient,
  pod: Pod,
  { name, value = '', valueFrom }: EnvironmentVariable,
  address: string,
): Promise<string> {
  if (valueFrom === undefined) return value;
  const { fieldRef, secretKeyRef, configMapKeyRef } = valueFrom;
  if (fieldRef) return fieldOf(pod, fieldRef.fieldPath, address);
  const selected = secretKeyRef ?? configMapKeyRef;
  if (selected === undefined) throw new Error(`this kubelet does not know where ${name} is from`);
  const kind = secretKeyRef ? 'secrets' : 'configmaps';
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/${kind}/${selected.name}`;
  const text = (await api.find<KeyedData>(path))?.data?.[selected.key];
  if (text === undefined) throw new VolumeMissing(`${kind} "${selected.name}" has no key ${selected.key}`);
  return secretKeyRef ? Buffer.from(text, 'base64').toString() : text;
}

function fieldOf({ metadata, spec }: Pod, path: string, address: string): string {
  const fields: Readonly<Record<string, string | undefined>> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
    'spec.nodeName': spec.nodeName,
    'status.podIP': address,
  };
  const [, label] = /^metadata\.labels\['(.*)'\]$/.exec(path) ?? [];
  const value = label === undefined ? fields[path] : (metadata.labels?.[label] ?? '');
  if (value === undefined) throw new Error(`this kubelet does not know the field ${path}`);
  return value;
}
