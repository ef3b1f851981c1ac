/** Tells the parts of the desk when the gateway's mode changes. */
import type { Mode } from '../../gateway/verification.ts';

export type ModeListener = (mode: Mode, forced: boolean) => void;

export class ModeNews {
  readonly #listeners: ModeListener[] = [];

  /** Called after every change, as long as the desk runs. What it throws, or rejects with, is its own to deal with. */
  follow(listener: ModeListener): void {
    this.#listeners.push(listener);
  }

  changed(mode: Mode, forced: boolean): void {
    for (const listener of this.#listeners) listener(mode, forced);
  }
}
