/** Where a gateway in profile `sm` may listen and what it may ask: its own TLS has no suite of SM4. */
import { expect, test } from 'vitest';
import { parseSettings } from '../../../config/settings.ts';

const settings = (over: object) => ({ gateway_id: 'gw-1', trust_file: '/trust.json', ...over });
const files = { cert_file: '/c', key_file: '/k' };
const hotel = (host: string) => ({ hotel_id: 'harbour', key_file: '/key', listen: { host, tls: files } });
const platform = (url: string) => ({ url, root_file: '/root.json', token_file: '/token' });
const cluster = (parts: object) => ({ name: 'city', keys_file: '/keys', ...parts });

const AWAY: readonly [name: string, over: object][] = [
  ['listen.host', { listen: { host: '0.0.0.0' } }],
  ['listen.host', { listen: { host: '::', tls: files } }],
  ['admin.host', { admin: { host: '10.0.0.4', token_file: '/token', tls: files } }],
  ['hotel.listen.host', { hotel: hotel('0.0.0.0') }],
  ['platform.url', { platform: platform('https://platform.example') }],
  ['cluster.store.urls', { cluster: cluster({ store: { urls: ['rediss://127.0.0.1', 'rediss://store'] } }) }],
  [
    'cluster.bus.servers',
    { cluster: cluster({ bus: { servers: ['tls://bus:4222'] } }), platform: platform('http://127.0.0.1:1') },
  ],
  ['trace.url', { trace: { url: 'https://traces.example/v1/traces' } }],
];

const HERE = {
  listen: { host: '::1' },
  admin: { host: '127.0.0.1' },
  platform: platform('http://127.0.0.1:19443'),
  cluster: cluster({
    store: { urls: ['redis://127.0.0.1:16379'] },
    bus: { servers: ['nats://localhost:14222'] },
  }),
  trace: { url: 'http://127.0.0.2:4318/v1/traces' },
};

test.each(AWAY)('in profile sm, another machine at %s is refused', (name, over) => {
  const refused = new RegExp(`^  ${name.replaceAll('.', '\\.')}: crypto\\.profile is sm`, 'm');
  expect(() => parseSettings(settings({ ...over, crypto: { profile: 'sm' } }))).toThrow(refused);
  for (const crypto of [
    { profile: 'international' },
    { profile: 'sm', changing_over: true },
    { profile: 'sm', transport_elsewhere: true },
  ]) {
    expect(() => parseSettings(settings({ ...over, crypto }))).not.toThrow();
  }
});

test('in profile sm, everything of this machine is taken: what is behind a front, and what goes through one', () => {
  expect(() => parseSettings(settings({ ...HERE, crypto: { profile: 'sm' } }))).not.toThrow();
});
