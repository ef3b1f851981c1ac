/** A gateway in profile sm behind a front, each a process, and taps through TLCP of another implementation. */
import type { JsonWebKey } from 'node:crypto';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';
import { GateLoad } from '../k8s/gate-load.rig.ts';
import { becomes } from '../outage/outage.rig.ts';
import { makeToken, PlainClient } from '../protocol/plain-client.rig.ts';
import { freePort, startGateway } from '../system/gateway-under-test.rig.ts';
import { chipTapOf, goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';
import { Front, otherClient } from './front-process.rig.ts';
import { Authority, SERVER_NAME } from './pairs.rig.ts';
import { missing } from './tools.rig.ts';

const here = (port: number) => `127.0.0.1:${port}`;
const GATES = ['gate-1', 'gate-2', 'gate-3'];

/** Devices and platform of the other profile are taken too, unless all are of this one. */
const SM = { profile: 'sm', changing_over: TEST_PROFILE !== 'sm' };

/** With the platform behind a front of its own, as at another machine. */
async function world() {
  const folder = temporaryFolder();
  const ca = new Authority(folder, 'ca');
  const [listen, platform, toPlatform] = [
    here(await freePort()),
    here(await freePort()),
    here(await freePort()),
  ];
  const gateway = await startGateway({
    devices: [
      ...GATES.map((deviceId) => ({ deviceId, class: 'gate' as const, scenes: ['29/entry'] })),
      { deviceId: 'desk-1', class: 'desk', scenes: ['29/entry'] },
    ],
    settings: { crypto: SM },
  });
  onTestFinished(() => gateway.stop());
  const settings = {
    accept: [
      { name: 'gates', listen, to: new URL(gateway.http).host, pair: ca.pair('front') },
      {
        name: 'platform',
        listen: platform,
        to: new URL(gateway.platform.url).host,
        pair: ca.pair('platform'),
      },
    ],
    connect: [
      {
        ...{
          name: 'to-platform',
          listen: toPlatform,
          to: platform,
          server_name: SERVER_NAME,
          protocol: 'tls13',
        },
        servers: { ca_file: ca.caFile },
      },
    ],
  };
  const front = await Front.start(join(folder, 'front.json'), settings, new URL(gateway.http).host);
  const tunnel = await otherClient(listen, ca.caFile);
  return { gateway, front, tunnel, toPlatform };
}

const skipped = missing() !== null;

test.skipIf(skipped)(
  'taps over WebSocket and REST through TLCP, and the platform through TLS 1.3 with SM4',
  async () => {
    const { gateway, front, tunnel, toPlatform } = await world();
    const { city } = gateway;
    const client = await PlainClient.connect({ ...gateway.target(), url: `ws://${tunnel}/v1/gate` });
    const shown = [
      chipTapOf(city, goodCards(city, 'sm2')[0] ?? 0),
      rideCodeOf(city, goodCards(city, 'sm2')[1] ?? 0),
    ];
    const answers = await Promise.all(
      shown.map(({ binary }, seq) => client.tap(seq, { ...binary, scene: '29/entry' })),
    );
    expect(answers.map(({ message }) => message['code'])).toEqual(['allow.good', 'allow.good']);
    await client.bye();
    const post = async (path: string, token: string, body?: object) => {
      const headers = {
        authorization: `Bearer ${token}`,
        ...(body && { 'content-type': 'application/json' }),
      };
      const reply = await fetch(`http://${tunnel}${path}`, {
        ...{ method: 'POST', headers, ...(body && { body: JSON.stringify(body) }) },
      });
      return (await reply.json()) as Readonly<Record<string, unknown>>;
    };
    const { token } = await post('/v1/sessions', makeToken(gateway.target('desk-1')));
    const { json } = rideCodeOf(city, goodCards(city, 'sm2')[2] ?? 0);
    const decided = await post('/v1/verifications', String(token), json);
    expect(decided).toMatchObject({ code: 'allow.good' });
    const asked = { headers: { authorization: 'Bearer test-platform-token' } };
    const metadata = await fetch(`http://${toPlatform}/v1/tuf/metadata/timestamp.json`, asked);
    expect([metadata.status, await metadata.text()]).toEqual([200, expect.stringContaining('timestamp')]);
    expect(await front.count('handshakes_total', 'way="to-platform",ended="tls13"')).toBe(1);
    expect([
      await front.health('/livez'),
      await front.health('/readyz'),
      await front.health('/gateway/livez'),
    ]).toEqual([200, 200, 200]);
    await gateway.kill('SIGKILL');
    expect([
      await front.health('/livez'),
      await front.health('/readyz'),
      await front.health('/gateway/livez'),
    ]).toEqual([200, 503, 503]);
  },
);

test.skipIf(skipped)(
  'a front that is killed and started again under load: no tap is lost, none decided twice',
  async () => {
    const { gateway, front, tunnel } = await world();
    const gates = GATES.map((deviceId) => {
      const privateJwk: JsonWebKey = gateway.target(deviceId).privateKey;
      return { deviceId, publicJwk: {}, privateJwk };
    });
    const url = `ws://${tunnel}/v1/gate`;
    const load = new GateLoad({ city: gateway.city, url, audience: { gatewayId: gateway.gatewayId }, gates });
    onTestFinished(() => load.stop());
    await load.ready();
    load.run(5);
    const some = (count: number) =>
      becomes(
        'taps are answered',
        async () => load.tapped.length,
        (n) => n >= count,
      );
    for (const signal of ['SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
      await some(load.tapped.length + 40);
      await front.kill(signal);
      await front.start();
      await load.ready();
    }
    await some(load.tapped.length + 40);
    await load.stop();
    // Codes of one card within one second are one code: shown before is no loss.
    const said = new Set(load.tapped.map((tap) => tap.said));
    expect([...said].filter((each) => !/^decision (allow\.good|deny\.replayed)$/.test(each))).toEqual([]);
    expect(load.tapped.some(({ byReconnect }) => byReconnect)).toBe(true);
    expect([...load.decisions.values()].every((count) => count === 1)).toBe(true);
    expect(load.decisions.size).toBe(load.tapped.length);
  },
);
