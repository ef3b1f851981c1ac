/** Gate connections that were greeted, by device and enrolment. */
import type { Enrolled } from '../../devices/standing.ts';
import type { GateConnection } from './gate-connection.ts';

export class DeviceConnections {
  readonly #byDevice = new Map<string, Set<GateConnection>>();

  /** Those of a device now, whichever enrolment they belong to. */
  of(deviceId: string): readonly GateConnection[] {
    return [...(this.#byDevice.get(deviceId) ?? [])];
  }

  /** Those of one enrolment now. */
  under({ deviceId, enrolment }: Enrolled): readonly GateConnection[] {
    return this.of(deviceId).filter(({ device }) => device?.enrolment === enrolment);
  }

  add(deviceId: string, connection: GateConnection): void {
    const connections = this.#byDevice.get(deviceId) ?? new Set();
    connections.add(connection);
    this.#byDevice.set(deviceId, connections);
  }

  remove(deviceId: string, connection: GateConnection): void {
    const connections = this.#byDevice.get(deviceId);
    connections?.delete(connection);
    if (connections?.size === 0) this.#byDevice.delete(deviceId);
  }

  /** Enrolments that have a connection now, each once. */
  *enrolments(): Generator<Enrolled> {
    for (const connections of this.#byDevice.values()) {
      const told = new Set<string>();
      for (const { device } of connections) {
        if (device === null || told.has(device.enrolment)) continue;
        told.add(device.enrolment);
        yield device;
      }
    }
  }
}
