/**
 * Run in a copy of the sources to which a family was added: starts a gateway whose scene takes badges, and taps. Prints the code
 * of each answer.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startComposed } from '../composed/composed-gateway.rig.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';

interface Order {
  readonly anchor: { readonly family: string; readonly region: string };
  readonly scenesFile: string;
  /** Hex. */
  readonly badges: readonly string[];
}

const { anchor, scenesFile, badges } = JSON.parse(readFileSync(0, 'utf8')) as Order;
const composed = await startComposed({ settings: { city: scenesFile } });
try {
  const inForce = () => composed.logLines.filter(({ msg }) => msg === 'new trust in force').length;
  const before = inForce();
  const trust = composed.city.trustDocument();
  await composed.platform.publish({ trust: { ...trust, anchors: [...trust.anchors, anchor] } });
  while (inForce() === before) await sleep(50);
  const gate = await PlainClient.connect(composed.target());
  const codes: unknown[] = [];
  for (const [i, hex] of badges.entries()) {
    const credential = { bin: Buffer.from(hex, 'hex') };
    const tap = { scene: '29/entry', family: anchor.family, credential, context: {} };
    codes.push((await gate.tap(i + 1, tap)).message['code']);
  }
  await gate.bye();
  process.stdout.write(JSON.stringify(codes));
} finally {
  await composed.stop();
}
