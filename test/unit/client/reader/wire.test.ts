/** What is no message of the protocol is read as none, whatever it is. */
import { describe, expect, test } from 'vitest';
import { readFromAgent, readFromDesk } from '../../../../client/reader/wire.ts';

const reader = { name: 'Virtual PCD 00 00', kind: 'chip', card: null };

describe('from an agent', () => {
  test.each([
    { t: 'hello', token: 'a', readers: [reader], fault: null },
    { t: 'readers', readers: [], fault: 'no_service' },
    { t: 'step', reading: 'r', step: 'signing' },
    { t: 'read', reading: 'r', credential: {}, context: {} },
    { t: 'failed', reading: 'r', code: 'card.removed' },
    { t: 'scanned', reader: 'x', hex: '00ff' },
  ])('%o is read', (message) => {
    expect(readFromAgent(JSON.stringify(message))).toEqual(message);
  });

  test.each([
    '',
    'null',
    '[]',
    '{"t":',
    '{"t":"hello","readers":[],"fault":null}',
    '{"t":"hello","token":7,"readers":[],"fault":null}',
    JSON.stringify({ t: 'readers', readers: Array.from({ length: 17 }, () => reader), fault: null }),
    JSON.stringify({ t: 'readers', readers: [{ ...reader, name: 'x'.repeat(129) }], fault: null }),
    JSON.stringify({ t: 'readers', readers: [{ ...reader, card: -1 }], fault: null }),
    JSON.stringify({ t: 'readers', readers: [], fault: 'other' }),
    JSON.stringify({ t: 'step', reading: 'r', step: 'other' }),
    JSON.stringify({ t: 'failed', reading: 'r', code: 'other' }),
    JSON.stringify({ t: 'scanned', reader: 'x', hex: '0' }),
    JSON.stringify({ t: 'scanned', reader: 'x', hex: '00'.repeat(8_193) }),
    JSON.stringify({ t: 'read', reading: 'r', credential: [], context: {} }),
    JSON.stringify({ t: 'read', reading: 'r', credential: {}, context: null }),
  ])('%s is none', (text) => {
    expect(readFromAgent(text)).toBeNull();
  });
});

describe('from a desk', () => {
  const read = { t: 'read', reading: 'r', reader: 'x', challenge: '63afc600', timeout_ms: 9 };
  test.each([{ t: 'beat' }, { t: 'welcome', desk: 'front-1', beat_ms: 1 }, read])('%o is read', (message) => {
    expect(readFromDesk(JSON.stringify(message))).toEqual(message);
  });
  test.each([{ ...read, challenge: '63afc6' }, { ...read, challenge: 4 }, { t: 'later' }, 'beat'])(
    '%o is none',
    (message) => {
      expect(readFromDesk(JSON.stringify(message))).toBeNull();
    },
  );
});
