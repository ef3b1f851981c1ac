/** What `onecard mode show` prints: what an operator set, and what a running gateway says of itself. */
import type { ModeOrder } from '../gateway/knowledge/mode/forced-mode.ts';

/** `/readyz` of a running gateway. */
export interface GatewayReport {
  readonly ready: boolean;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ModeReport {
  /** What an operator said last; null: nothing. */
  readonly order: ModeOrder | null;
  /** Whether it is in force: not `auto`, and not past its end. */
  readonly inForce: boolean;
  /** Null unless a gateway was asked. */
  readonly gateway: GatewayReport | null;
}

export function reportLines({ order, inForce, gateway }: ModeReport): string[] {
  const rows: [string, string][] = [['override', overrideText(order, inForce)]];
  if (order !== null) {
    rows.push(['set', `${instant(order.setAtMs)} by ${order.by.user} (uid ${order.by.uid})`]);
    if (order.untilMs !== null) rows.push([inForce ? 'ends' : 'ended', instant(order.untilMs)]);
    if (order.reason !== null) rows.push(['reason', order.reason]);
  }
  if (gateway !== null) {
    rows.push(['gateway', gateway.ready ? 'ready' : 'not ready']);
    rows.push(...bodyRows(gateway.body));
  }
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}`);
}

/** A line for each member; those of an object inside stand in its place. */
function bodyRows(body: object): [string, string][] {
  return Object.entries(body).flatMap(([name, value]): [string, string][] => {
    const isGroup = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isGroup ? bodyRows(value) : [[`  ${name}`, plain(value)]];
  });
}

function overrideText(order: ModeOrder | null, inForce: boolean): string {
  if (order === null || order.mode === 'auto') return 'none: the gateway finds its mode itself';
  return inForce ? order.mode : `none: ${order.mode} has ended`;
}

const instant = (ms: number) => new Date(ms).toISOString();
const plain = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

/** What others wrote must not steer the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}|\p{Cf}/gu, '?');
}
