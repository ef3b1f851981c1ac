/** What the log says of a gateway at its start. */
import type { Settings } from '../../config/settings.ts';
import { chooseEngine } from '../../workers/engine/choose.ts';
import type { Log } from '../observe/log.ts';
import { serverLibraryName } from '../transport/server-library.ts';

/** Which signature engine runs, and why those before it do not. */
function engineInfo() {
  const { engine, considered, origin } = chooseEngine();
  const passed = considered.filter(({ whyNot }) => whyNot !== null);
  return {
    engine: engine.name,
    engine_from: origin,
    engines_passed_over: passed.map(({ name, whyNot }) => `${name}: ${whyNot}`),
  };
}

export function warnOfDurability({ journal }: Settings, log: Log): void {
  if (journal.durability === 'commit') {
    log.warn('journal.durability is commit: answers may be lost when the machine (not the process) crashes');
  }
  if (journal.durability === 'none') {
    log.warn('journal.durability is none: answers leave before they are kept, and may be lost in any crash');
  }
}

export function sayListening(settings: Settings, log: Log, said: object): void {
  const { durability } = settings.journal;
  const facts = { ...said, durability, server_library: serverLibraryName(), ...engineInfo() };
  log.info(facts, 'listening');
}
