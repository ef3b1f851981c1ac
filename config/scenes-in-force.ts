/** The scenes that hold now, which may be others later: whoever asks is answered by the newest. */
import type { Service } from './policy-schema.ts';
import type { Policy, Scene, SceneTable } from './scenes.ts';

export class ScenesInForce implements SceneTable {
  #table: SceneTable;

  constructor(table: SceneTable) {
    this.#table = table;
  }

  put(table: SceneTable): void {
    this.#table = table;
  }

  policyOf(scene: string): Policy | null {
    return this.#table.policyOf(scene);
  }

  sceneOf(scene: string): Scene | null {
    return this.#table.sceneOf(scene);
  }

  get revision(): string {
    return this.#table.revision;
  }

  get scenes(): readonly string[] {
    return this.#table.scenes;
  }

  get described(): readonly Scene[] {
    return this.#table.described;
  }

  get services(): readonly Service[] {
    return this.#table.services;
  }

  get document(): unknown {
    return this.#table.document;
  }

  get replayableMsMax(): number {
    return this.#table.replayableMsMax;
  }
}
