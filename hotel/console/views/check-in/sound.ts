/** A tone for each outcome, so that a clerk need not look; off when it is switched off, and remembered so. */
import { signal } from '@preact/signals';
import type { Tone } from '../../components/sign.tsx';
import { remember, remembered } from '../../shell/remembered.ts';

export const isSounding = signal(remembered('sound') !== 'off');

export function switchSound(): void {
  isSounding.value = !isSounding.value;
  remember('sound', isSounding.value ? 'on' : 'off');
}

/** Frequencies in Hz, one after another: up for good, level for a clerk's decision, down for bad. */
const NOTES: Readonly<Record<Tone, readonly number[]>> = {
  good: [660, 990],
  refer: [550, 550],
  bad: [330, 220],
  plain: [440],
};
const NOTE_S = 0.12;
const LOUD = 0.15;
let context: AudioContext | null = null;

export function sound(tone: Tone): void {
  if (!isSounding.value || !('AudioContext' in globalThis)) return;
  context ??= new AudioContext();
  void context.resume();
  const start = context.currentTime;
  NOTES[tone].forEach((hertz, index) => {
    if (context === null) return;
    const gain = new GainNode(context, { gain: LOUD });
    const note = new OscillatorNode(context, { frequency: hertz, type: 'triangle' });
    note.connect(gain).connect(context.destination);
    note.start(start + index * NOTE_S);
    note.stop(start + (index + 0.9) * NOTE_S);
  });
}
