/** What the hotel desk counts, as gauges. Names come from a closed set, and nothing of them is of a person. */
import { Gauge, type Registry } from 'prom-client';

/** `about`: description by name; `read`: the values as they were said last. */
export function watchDesk(
  registry: Registry,
  about: Readonly<Record<string, string>>,
  read: () => Readonly<Record<string, number>>,
): void {
  for (const [name, help] of Object.entries(about)) {
    new Gauge({
      name: `onecard_desk_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read()[name] ?? 0);
      },
    });
  }
}
