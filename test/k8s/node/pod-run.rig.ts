/** One pod on its node: volumes, container, probes, restarts, and its end with grace. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RefusedByApi } from '../api-client.rig.ts';
import type { PodNetwork } from '../network.rig.ts';
import type { ContainerSpec, Pod } from '../objects.rig.ts';
import { bundleOf } from './bundle.rig.ts';
import { RunningContainer } from './container.rig.ts';
import { environmentOf } from './environment.rig.ts';
import type { NodeEvent } from './ledger.rig.ts';
import { type ContainerState, statusOf } from './pod-status.rig.ts';
import type { PodWorld } from './pod-world.rig.ts';
import { runProbe } from './probes.rig.ts';
import { PodVolumes, VolumeMissing } from './volumes.rig.ts';

const AGAIN_MS = 500;
const REFRESH_MS = 2_000;
const RESTART_FIRST_MS = 1_000;
const RESTART_MAX_MS = 10_000;
/** After preStop a container has this long at least, as the kubelet's `minimumGracePeriodInSeconds`. */
const GRACE_MS_MIN = 2_000;

export class PodRun {
  readonly #world: PodWorld;
  readonly #folder: string;
  readonly #volumes: PodVolumes;
  readonly #spec: ContainerSpec;
  /** Of everything; and of probes and restarts, which end when the pod is to end. */
  readonly #over = new AbortController();
  readonly #leaving = new AbortController();
  #pod: Pod;
  #network: PodNetwork | null = null;
  #container: RunningContainer | null = null;
  #state: ContainerState = { waiting: { reason: 'ContainerCreating', message: '' } };
  #started = false;
  #ready = false;
  #readyChangedAt = new Date().toISOString();
  #restarts = 0;
  #told: Promise<void> = Promise.resolve();
  #ending: Promise<void> | null = null;
  readonly #life: Promise<void>;

  constructor(world: PodWorld, pod: Pod) {
    this.#world = world;
    this.#pod = pod;
    const [spec, ...others] = pod.spec.containers;
    if (spec === undefined || others.length > 0 || pod.spec.initContainers?.length) {
      throw new Error(`this kubelet runs pods of one container, which ${pod.metadata.name} is not`);
    }
    this.#spec = spec;
    this.#folder = join(world.folder, pod.metadata.uid);
    mkdirSync(this.#folder, { recursive: true });
    this.#volumes = new PodVolumes(world.api, pod, join(this.#folder, 'volumes'));
    this.#life = this.#live();
  }

  get pod(): Pod {
    return this.#pod;
  }

  get container(): RunningContainer | null {
    return this.#container;
  }

  changed(pod: Pod): void {
    this.#pod = pod;
    const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
    if (deletionTimestamp !== undefined) this.#ending ??= this.#terminate(deletionGracePeriodSeconds * 1_000);
  }

  /** At once, as when the object is gone, or the node. */
  async end(): Promise<void> {
    this.#over.abort();
    this.#leaving.abort();
    await this.#container?.kill('KILL');
    await this.#life;
    await this.#told;
    this.#network?.remove();
    this.#network = null;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #live(): Promise<void> {
    let pauseMs = RESTART_FIRST_MS;
    void this.#refresh();
    while (!this.#leaving.signal.aborted) {
      const container = await this.#start();
      if (container === null) return;
      const probing = new AbortController();
      void this.#probe(container, AbortSignal.any([probing.signal, this.#over.signal]));
      const status = await container.exited;
      probing.abort();
      this.#line('exited', status);
      this.#container = null;
      this.#setReady(false);
      this.#started = false;
      if (this.#leaving.signal.aborted) {
        this.#tell(terminated(container, status));
        return;
      }
      this.#restarts++;
      this.#tell({ waiting: { reason: 'CrashLoopBackOff', message: container.output.slice(-2_000) } });
      await sleep(pauseMs, undefined, { signal: this.#leaving.signal }).catch(() => {});
      pauseMs = Math.min(RESTART_MAX_MS, pauseMs * 2);
    }
  }

  /** Null: the pod is to end before it could. */
  async #start(): Promise<RunningContainer | null> {
    while (!this.#leaving.signal.aborted) {
      try {
        await this.#volumes.prepare();
        this.#network ??= this.#world.network.addPod();
        const env = await environmentOf(this.#world.api, this.#pod, this.#spec, this.#network.address);
        if (this.#leaving.signal.aborted) return null;
        const bundle = bundleOf({
          pod: this.#pod,
          container: this.#spec,
          root: this.#world.roots(this.#spec.image),
          env,
          volumes: this.#volumes.folders,
          hostsFile: this.#writeHosts(),
          networkPath: this.#network.namespacePath,
        });
        const container = new RunningContainer(join(this.#folder, 'bundles'), bundle);
        this.#container = container;
        this.#line('started');
        this.#started = this.#spec.startupProbe === undefined;
        this.#tell({ running: { startedAt: container.startedAt } });
        return container;
      } catch (cause) {
        if (!(cause instanceof VolumeMissing || cause instanceof RefusedByApi)) throw cause;
        this.#tell({ waiting: { reason: 'ContainerCreating', message: cause.message } });
        await sleep(AGAIN_MS, undefined, { signal: this.#leaving.signal }).catch(() => {});
      }
    }
    return null;
  }

  async #probe(container: RunningContainer, signal: AbortSignal): Promise<void> {
    const { startupProbe, livenessProbe, readinessProbe } = this.#spec;
    const probed = { address: this.#network?.address ?? '', spec: this.#spec, container };
    const untilLeaving = AbortSignal.any([signal, this.#leaving.signal]);
    if (startupProbe !== undefined) {
      const starting = new AbortController();
      const within = AbortSignal.any([untilLeaving, starting.signal]);
      let succeeded = false;
      await runProbe(
        startupProbe,
        probed,
        (healthy) => {
          starting.abort();
          succeeded = healthy;
        },
        within,
      );
      if (untilLeaving.aborted) return;
      if (!succeeded) return void this.#stopContainer(container, this.#graceMs);
      this.#line('startup probe succeeded');
      this.#started = true;
      this.#tell(this.#state);
    }
    if (livenessProbe !== undefined) {
      const failing = new AbortController();
      const within = AbortSignal.any([untilLeaving, failing.signal]);
      void runProbe(
        livenessProbe,
        probed,
        (healthy) => {
          if (healthy) return;
          failing.abort();
          this.#line('liveness probe failed');
          void this.#stopContainer(container, this.#graceMs);
        },
        within,
      );
    }
    // It goes on while the pod ends.
    if (readinessProbe === undefined) this.#setReady(true);
    else await runProbe(readinessProbe, probed, (healthy) => this.#setReady(healthy), signal);
  }

  async #terminate(graceMs: number): Promise<void> {
    this.#line('terminating');
    this.#leaving.abort();
    if (this.#container !== null) await this.#stopContainer(this.#container, graceMs);
    await this.#life;
    await this.#told;
    const { namespace, name, uid } = this.#pod.metadata;
    // Another of its name is not meant.
    await this.#world.api.remove(`/api/v1/namespaces/${namespace}/pods/${name}`, {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds: 0,
      preconditions: { uid },
    });
    this.#line('removed');
  }

  /** preStop, SIGTERM, and SIGKILL where the grace, which both share, is over. */
  async #stopContainer(container: RunningContainer, graceMs: number): Promise<void> {
    const untilMs = performance.now() + graceMs;
    const preStop = this.#spec.lifecycle?.preStop;
    if (preStop !== undefined) {
      if (preStop.sleep === undefined) throw new Error('this kubelet knows preStop.sleep alone');
      await Promise.race([sleep(Math.min(preStop.sleep.seconds * 1_000, graceMs)), container.exited]);
      this.#line('preStop ended');
    }
    this.#line('SIGTERM');
    await container.kill('TERM');
    const leftMs = Math.max(GRACE_MS_MIN, untilMs - performance.now());
    const waiting = new AbortController();
    const late = sleep(leftMs, true, { signal: waiting.signal }).catch(() => false);
    if (await Promise.race([late, container.exited.then(() => false)])) {
      this.#line('grace ended');
      await container.kill('KILL');
    }
    waiting.abort();
    await container.exited;
  }

  async #refresh(): Promise<void> {
    while (!this.#over.signal.aborted) {
      await sleep(REFRESH_MS, undefined, { signal: this.#over.signal }).catch(() => {});
      if (this.#container === null || this.#over.signal.aborted) continue;
      this.#writeHosts();
      // One that was taken away stays as it was, as on a node.
      await this.#volumes.refresh().catch(() => {});
    }
  }

  /** In place: the container has this very file. */
  #writeHosts(): string {
    const file = join(this.#folder, 'hosts');
    writeFileSync(file, this.#world.hosts(this.#pod, this.#network?.address ?? ''));
    return file;
  }

  get #graceMs(): number {
    return this.#pod.spec.terminationGracePeriodSeconds * 1_000;
  }

  #setReady(ready: boolean): void {
    if (ready === this.#ready) return;
    this.#ready = ready;
    this.#readyChangedAt = new Date().toISOString();
    this.#line(ready ? 'ready' : 'not ready');
    this.#tell(this.#state);
  }

  /** One after another, each how it is by then. */
  #tell(state: ContainerState): void {
    this.#state = state;
    this.#told = this.#told.then(async () => {
      if (this.#over.signal.aborted) return;
      const { namespace, name } = this.#pod.metadata;
      const status = statusOf(this.#pod, {
        state: this.#state,
        started: this.#started,
        ready: this.#ready,
        restarts: this.#restarts,
        address: this.#network?.address ?? null,
        hostAddress: this.#world.hostAddress,
        readyChangedAt: this.#readyChangedAt,
      });
      const change = { metadata: { uid: this.#pod.metadata.uid }, status };
      // A pod that is gone, or another of its name, is told nothing.
      await this.#world.api
        .patch(`/api/v1/namespaces/${namespace}/pods/${name}/status`, change)
        .catch(() => {});
    });
  }

  #line(event: NodeEvent, status?: number): void {
    const { name: pod, uid } = this.#pod.metadata;
    const { ledger, node } = this.#world;
    ledger.add({ node, pod, uid, event, ...(status !== undefined && { status }) });
  }
}

function terminated({ startedAt }: RunningContainer, exitCode: number): ContainerState {
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  return { terminated: { exitCode, reason, startedAt, finishedAt: new Date().toISOString() } };
}
