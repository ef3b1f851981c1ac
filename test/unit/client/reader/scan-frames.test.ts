/** Codes of serial scanners come in pieces of 255 bytes, and may hold any byte. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SCAN_GAP_MS, ScanFrames } from '../../../../client/reader/sources/scan-frames.ts';
import { SCANNED_BYTES_MAX } from '../../../../client/reader/wire.ts';

let codes: string[];
let frames: ScanFrames;
beforeEach(() => {
  vi.useFakeTimers();
  codes = [];
  frames = new ScanFrames((code) => codes.push(Buffer.from(code).toString('hex')));
});
afterEach(() => vi.useRealTimers());

const silence = () => vi.advanceTimersByTime(SCAN_GAP_MS);
const bytes = (...values: number[]) => Uint8Array.from(values);

test('pieces without silence between them are one code', () => {
  const code = Uint8Array.from({ length: 332 }, (_, i) => i % 256);
  frames.push(code.slice(0, 255));
  vi.advanceTimersByTime(SCAN_GAP_MS - 1);
  frames.push(code.slice(255));
  expect(codes).toEqual([]);
  silence();
  frames.push(bytes(1));
  silence();
  expect(codes).toEqual([Buffer.from(code).toString('hex'), '01']);
});

test.each([
  ['a text loses CR and LF', 'HC1:AB\r\n', 'HC1:AB'],
  ['a binary code keeps what it ends in', '\x80\x01\r\n', '\x80\x01\r\n'],
  ['a line end alone is no code', '\r\n', null],
])('%s', (_, sent, kept) => {
  frames.push(Uint8Array.from(Buffer.from(sent, 'latin1')));
  silence();
  expect(codes).toEqual(kept === null ? [] : [Buffer.from(kept, 'latin1').toString('hex')]);
});

test('what is longer than any code is dropped, and the next is whole', () => {
  for (let sent = 0; sent <= SCANNED_BYTES_MAX; sent += 255) frames.push(new Uint8Array(255).fill(0x41));
  silence();
  frames.push(bytes(0x42));
  silence();
  expect(codes).toEqual(['42']);
});
