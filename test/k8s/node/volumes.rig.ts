/** Volumes of a pod as folders of this machine: files of ConfigMaps and Secrets, claims, empty folders. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { ApiClient } from '../api-client.rig.ts';
import type { FilesSource, KeyedData, PersistentVolume, Pod, Volume, VolumeClaim } from '../objects.rig.ts';

const FILE_MODE = 0o644;

/** What a pod waits for is not there yet, or not of this kind. */
export class VolumeMissing extends Error {
  override readonly name = 'VolumeMissing';
}

export class PodVolumes {
  readonly #api: ApiClient;
  readonly #pod: Pod;
  readonly #parent: string;
  readonly #folders = new Map<string, string>();
  #writes = 0;

  constructor(api: ApiClient, pod: Pod, parent: string) {
    this.#api = api;
    this.#pod = pod;
    this.#parent = parent;
  }

  get folders(): ReadonlyMap<string, string> {
    return this.#folders;
  }

  /** Rejects with VolumeMissing until everything is there. */
  async prepare(): Promise<void> {
    for (const volume of this.#pod.spec.volumes ?? []) {
      const folder = await this.#folderOf(volume);
      this.#folders.set(volume.name, folder);
    }
  }

  /** As a kubelet does from time to time: changed ConfigMaps and Secrets reach the files, all of a volume at once. */
  async refresh(): Promise<void> {
    for (const volume of this.#pod.spec.volumes ?? []) {
      const files = await this.#filesOf(volume);
      if (files !== null) this.#lay(join(this.#parent, volume.name), files);
    }
  }

  async #folderOf(volume: Volume): Promise<string> {
    if (volume.persistentVolumeClaim) return this.#claimed(volume.persistentVolumeClaim.claimName);
    const folder = join(this.#parent, volume.name);
    if (volume.emptyDir) {
      if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
      this.#own(folder, 0o2777);
      return folder;
    }
    const files = await this.#filesOf(volume);
    if (files === null)
      throw new VolumeMissing(`this kubelet does not know the kind of volume ${volume.name}`);
    this.#lay(folder, files);
    return folder;
  }

  async #claimed(name: string): Promise<string> {
    const { namespace } = this.#pod.metadata;
    const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`;
    const claim = await this.#api.find<VolumeClaim>(path);
    const volume = claim?.status?.phase === 'Bound' ? claim.spec.volumeName : undefined;
    if (volume === undefined) throw new VolumeMissing(`claim ${name} is not bound`);
    const { spec } = await this.#api.get<PersistentVolume>(`/api/v1/persistentvolumes/${volume}`);
    if (spec.local === undefined || !existsSync(spec.local.path)) {
      throw new VolumeMissing(`volume ${volume} has no folder here`);
    }
    this.#own(spec.local.path, 0o2770);
    return spec.local.path;
  }

  /** Null: a volume that has none of its own. */
  async #filesOf(volume: Volume): Promise<Map<string, { content: Buffer; mode: number }> | null> {
    const sources = sourcesOf(volume);
    if (sources === null) return null;
    const files = new Map<string, { content: Buffer; mode: number }>();
    for (const { kind, name, source, defaultMode } of sources) {
      const path = `/api/v1/namespaces/${this.#pod.metadata.namespace}/${kind}/${name}`;
      const object = await this.#api.find<KeyedData>(path);
      if (object === null) {
        if (source.optional === true) continue;
        throw new VolumeMissing(`${kind} "${name}" not found`);
      }
      const contents = contentsOf(kind, object);
      const items = source.items ?? [...contents.keys()].map((key) => ({ key, path: key }));
      for (const item of items) {
        const content = contents.get(item.key);
        if (content === undefined) {
          if (source.optional === true) continue;
          throw new VolumeMissing(`${kind} "${name}" has no key ${item.key}`);
        }
        files.set(item.path, { content, mode: ('mode' in item ? item.mode : undefined) ?? defaultMode });
      }
    }
    return files;
  }

  /** A new folder that one rename puts in the place of the old, as `..data`; nothing where nothing has changed. */
  #lay(folder: string, files: ReadonlyMap<string, { content: Buffer; mode: number }>): void {
    mkdirSync(folder, { recursive: true });
    const old = join(folder, '..data');
    if (existsSync(old)) {
      const same = [...files].every(
        ([name, { content }]) => existsSync(join(old, name)) && readFileSync(join(old, name)).equals(content),
      );
      if (same && readdirSync(old).length >= files.size) return;
    }
    const fresh = `..${++this.#writes}`;
    for (const [name, { content, mode }] of files) {
      const path = join(folder, fresh, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      this.#own(path, this.#fsGroup === undefined ? mode : mode | 0o040);
      const [first = name] = name.split('/');
      if (!existsSync(join(folder, first))) symlinkSync(join('..data', first), join(folder, first));
    }
    mkdirSync(join(folder, fresh), { recursive: true });
    symlinkSync(fresh, join(folder, '..next'));
    renameSync(join(folder, '..next'), old);
    rmSync(join(folder, `..${this.#writes - 1}`), { recursive: true, force: true });
  }

  get #fsGroup(): number | undefined {
    return this.#pod.spec.securityContext?.fsGroup;
  }

  /** What is of root is read by the pod's group. */
  #own(path: string, mode: number): void {
    chownSync(path, 0, this.#fsGroup ?? 0);
    chmodSync(path, mode);
  }
}

interface Source {
  readonly kind: 'configmaps' | 'secrets';
  readonly name: string;
  readonly source: FilesSource;
  readonly defaultMode: number;
}

function sourcesOf({ configMap, secret, projected }: Volume): Source[] | null {
  if (configMap) {
    const { name, defaultMode = FILE_MODE } = configMap;
    return [{ kind: 'configmaps', name, source: configMap, defaultMode }];
  }
  if (secret) {
    const { secretName, defaultMode = FILE_MODE } = secret;
    return [{ kind: 'secrets', name: secretName, source: secret, defaultMode }];
  }
  if (projected === undefined) return null;
  const { defaultMode = FILE_MODE } = projected;
  return projected.sources.map(({ configMap, secret }): Source => {
    if (configMap) return { kind: 'configmaps', name: configMap.name, source: configMap, defaultMode };
    if (secret) return { kind: 'secrets', name: secret.name, source: secret, defaultMode };
    throw new VolumeMissing('this kubelet projects ConfigMaps and Secrets alone');
  });
}

function contentsOf(kind: Source['kind'], { data = {}, binaryData = {} }: KeyedData): Map<string, Buffer> {
  const encoding = kind === 'secrets' ? 'base64' : 'utf8';
  return new Map([
    ...Object.entries(data).map(([key, text]) => [key, Buffer.from(text, encoding)] as const),
    ...Object.entries(binaryData).map(([key, text]) => [key, Buffer.from(text, 'base64')] as const),
  ]);
}
