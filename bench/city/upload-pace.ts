/** How an outbox sends: what is there, then a pause, unless there is a whole message's worth. Pure. */

/** As in gateway/outbox/outbox.ts. */
export const UPLOAD_IDLE_MS = 200;
/** As `cluster.bus.upload_records` is by default. */
export const UPLOAD_RECORDS = 200;

/** Records of one gateway that are due. */
export interface Ticks {
  /** How many to send at this time, milliseconds from the start: all that came since, up to a message. */
  due(atMs: number): number;
}

export function ticksOf(perS: number, phase: number): Ticks {
  let sent = 0;
  return {
    due(atMs) {
      const count = Math.max(0, Math.min(UPLOAD_RECORDS, Math.floor((atMs * perS) / 1_000 + phase) - sent));
      sent += count;
      return count;
    },
  };
}

/** Messages a second of all gateways together, where each has `perS` records a second. */
export function uploadsPerS(gateways: number, perS: number): number {
  const most = 1_000 / UPLOAD_IDLE_MS;
  return gateways * Math.max(Math.min(perS, most), perS / UPLOAD_RECORDS);
}
