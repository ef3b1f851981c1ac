/** What the process's memory is made of, by part (docs/operate.md says what bounds each). */
import { getHeapStatistics } from 'node:v8';
import { Gauge, type Registry } from 'prom-client';

/** Bytes by part, read when metrics are collected. Parts come from a closed set. */
export type MemoryParts = () => Iterable<readonly [part: string, bytes: number]>;

export function createMemoryMetrics(registry: Registry) {
  const watched: MemoryParts[] = [() => [['heap_main', getHeapStatistics().total_physical_size]]];
  new Gauge({
    name: 'onecard_memory_bytes',
    help: 'Memory that the gateway holds itself, by part; what native code allocates besides is in none.',
    labelNames: ['part'],
    registers: [registry],
    collect() {
      this.reset();
      for (const parts of watched) for (const [part, bytes] of parts()) this.labels(part).set(bytes);
    },
  });
  return {
    watch: (parts: MemoryParts): void => {
      watched.push(parts);
    },
  };
}
