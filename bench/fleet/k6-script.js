// Sends the taps of this folder to a gateway, each once, at a fixed rate, and holds every answer against expected.csv.
// README.md says how the gateway is started. Runs as it is: k6 run k6.js
import { check } from 'k6';
import { SharedArray } from 'k6/data';
import encoding from 'k6/encoding';
import exec from 'k6/execution';
import http from 'k6/http';
import { Counter, Trend } from 'k6/metrics';

const url = __ENV.URL || 'http://127.0.0.1:8790';
const device = __ENV.DEVICE || 'desk-1';
const gateway = __ENV.GATEWAY_ID || 'bench';
const key = JSON.parse(open(__ENV.DEVICE_KEY || `./${device}.jwk`));
const lines = (file) => open(file).trim().split('\n');
const taps = new SharedArray('taps', () => lines('./requests.jsonl'));
const expected = new SharedArray('expected', () =>
  lines('./expected.csv')
    .slice(1)
    .map((row) => row.split(',')[2]),
);
const rate = Number(__ENV.RATE || 200);

const judged = new Counter('taps_judged');
const refused = new Counter('taps_refused');
const lost = new Counter('taps_lost');
const wrong = new Counter('taps_wrong');
const latency = new Trend('tap_duration', true);

export const options = {
  scenarios: {
    taps: {
      executor: 'constant-arrival-rate',
      rate,
      timeUnit: '1s',
      duration: `${Math.max(1, Math.floor(taps.length / rate))}s`,
      preAllocatedVUs: Math.min(500, Math.max(20, rate)),
      maxVUs: 1000,
    },
  },
  thresholds: {
    taps_judged: ['count>0'],
    taps_refused: ['count==0'],
    taps_lost: ['count==0'],
    taps_wrong: ['count==0'],
    dropped_iterations: ['count==0'],
    tap_duration: [`p(99)<${Number(__ENV.P99_MS || 100)}`],
  },
};

/** A device token is good once (docs/protocol.md); the session it opens serves the whole run. */
export async function setup() {
  const answer = http.post(`${url}/v1/sessions`, null, {
    headers: { Authorization: `Bearer ${await deviceToken()}` },
  });
  if (answer.status !== 201) exec.test.abort(`no session for ${device}: ${answer.status} ${answer.body}`);
  return { token: answer.json('token') };
}

export default function ({ token }) {
  const i = exec.scenario.iterationInTest;
  if (i >= taps.length) return;
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  const answer = http.post(`${url}/v1/verifications`, taps[i], { headers, tags: { name: 'verify' } });
  latency.add(answer.timings.duration);
  const code = answer.status === 0 ? null : answer.json('code');
  const counter =
    code === null ? lost : answer.status !== 200 ? refused : code === expected[i] ? judged : wrong;
  counter.add(1, answer.status === 200 ? {} : { code: code || 'none' });
  check(answer, { 'answered as expected': () => counter === judged });
}

/** JWS of RFC 7515 with ES256, as a device makes it. */
async function deviceToken() {
  const iat = Math.floor(Date.now() / 1000);
  const part = (value) => encoding.b64encode(JSON.stringify(value), 'rawurl');
  const jti = encoding.b64encode(crypto.getRandomValues(new Uint8Array(16)).buffer, 'rawurl');
  const claims = { iss: device, sub: device, aud: gateway, iat, exp: iat + 60, jti };
  const text = `${part({ alg: 'ES256', typ: 'onecard-device+jwt', kid: device })}.${part(claims)}`;
  const of = { name: 'ECDSA', namedCurve: 'P-256' };
  const signer = await crypto.subtle.importKey('jwk', { ...key, key_ops: ['sign'], ext: true }, of, false, [
    'sign',
  ]);
  const bytes = new Uint8Array([...text].map((c) => c.charCodeAt(0)));
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, signer, bytes);
  return `${text}.${encoding.b64encode(signature, 'rawurl')}`;
}
