/** Every code that a clerk can be shown has a next step, in both languages. */
import { expect, test } from 'vitest';
import { CODES, type Code, codeEntry } from '../../../../config/codes.ts';
import { nextStep } from '../../../../hotel/verification/next-steps.ts';

const shown = (Object.keys(CODES) as Code[]).filter((code) => codeEntry(code).kind !== 'connection');

test.each(shown)('%s', (code) => {
  const { outcome, kind } = codeEntry(code);
  const { step, zh, en } = nextStep(code);
  expect(zh).toMatch(/[一-鿿]/);
  expect(en).toMatch(/\.$/);
  // A check-in is offered after nothing but an allowed presentation, and after each of those.
  expect(step === 'check_in').toBe(outcome === 'allow');
  // The technician is called for faults of the system, not for what a guest shows.
  if (kind !== 'refusal' && code !== 'proof.internal') expect(step).not.toBe('technician');
});

test('what is still needed comes before the check-in', () => {
  expect(nextStep('allow.good', true).step).toBe('complete');
  expect(nextStep('deny.status_lost').step).toBe('lost');
  expect(nextStep('refer.could_not_ask').step).toBe('compare_offline');
});
