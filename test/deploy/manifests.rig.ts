/** Reads the manifests of `deploy/k8s`, narrowly: what a test names must be there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

export const BASE = fileURLToPath(new URL('../../deploy/k8s/base/', import.meta.url));
export const SINGLE = fileURLToPath(new URL('../../deploy/k8s/overlays/single/', import.meta.url));

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

/** Of both folders, as they are written. */
export function writtenManifests(): Field[] {
  return [BASE, SINGLE].flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.yaml') && file !== 'kustomization.yaml')
      .flatMap((file) => manifestsOf(readFileSync(join(folder, file), 'utf8'))),
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
