/** Which signature engine runs: the fastest that this machine can run and that knows its answers. */
import { OnecardError } from '../../config/onecard-error.ts';
import { loadAddon, type NativeLoad } from '../../native/index.ts';
import type { SignatureEngine } from './job.ts';
import { createNativeEngine } from './native.ts';
import { createPortableEngine } from './portable.ts';
import { assertEngineKnowsAnswer } from './self-test.ts';

const AUTO = 'auto';
export const PORTABLE = 'portable';
const JAVASCRIPT = 'JavaScript, which is far slower';
/** Environment variable that forces one engine. */
export const ENGINE_VARIABLE = 'ONECARD_ENGINE';

/** The engine that was asked for cannot run. */
export class EngineError extends OnecardError {
  override readonly name = 'EngineError';
  readonly code = 'engine_unavailable';
}

export interface Considered {
  readonly name: string;
  /** Null for the one that runs. */
  readonly whyNot: string | null;
}

export interface EngineChoice {
  readonly engine: SignatureEngine;
  /** Whether it was forced, and by what. */
  readonly forced: boolean;
  /** Every engine in the order of preference, and why the ones before the chosen do not run. */
  readonly considered: readonly Considered[];
}

export interface EngineInForce extends EngineChoice {
  /** Where it comes from, for people: a package, what was built here, or the gateway's own code. */
  readonly origin: string;
}

/** An engine that may be able to run; `start` throws why it cannot. */
export interface Candidate {
  readonly name: string;
  start(): SignatureEngine;
}

/** One engine a thread: its prepared keys are bounded, and shared by whoever verifies on the thread. */
const chosen = new Map<string, EngineInForce>();

/** `wanted`: a name, or `auto` for the best. Throws EngineError when the one wanted cannot run. */
export function chooseEngine(wanted = process.env[ENGINE_VARIABLE] || AUTO): EngineInForce {
  const choice = chosen.get(wanted) ?? chooseHere(wanted);
  chosen.set(wanted, choice);
  return choice;
}

function chooseHere(wanted: string): EngineInForce {
  const native = loadAddon();
  const choice = chooseAmong(listCandidates(native), wanted);
  const isNative = native.addon !== null && choice.engine.name !== PORTABLE;
  return { ...choice, origin: isNative ? native.origin : JAVASCRIPT };
}

/** The first of the candidates, or the one wanted, that starts and knows its answers. Throws as chooseEngine. */
export function chooseAmong(candidates: readonly Candidate[], wanted: string): EngineChoice {
  const forced = wanted !== AUTO;
  if (forced && !candidates.some(({ name }) => name === wanted)) {
    const names = candidates.map(({ name }) => name).join(', ');
    throw new EngineError(`${ENGINE_VARIABLE} is ${wanted}; there are ${AUTO}, ${names}`);
  }
  const considered: Considered[] = [];
  for (const candidate of candidates) {
    if (forced && candidate.name !== wanted) {
      considered.push({ name: candidate.name, whyNot: `${ENGINE_VARIABLE} asks for ${wanted}` });
      continue;
    }
    try {
      const engine = candidate.start();
      assertEngineKnowsAnswer(engine);
      considered.push({ name: candidate.name, whyNot: null });
      return { engine, forced, considered };
    } catch (cause) {
      const whyNot = (cause as Error).message;
      if (forced) throw new EngineError(`the ${candidate.name} engine cannot run: ${whyNot}`, { cause });
      considered.push({ name: candidate.name, whyNot });
    }
  }
  throw new EngineError(`no signature engine can run: ${considered.map(({ whyNot }) => whyNot).join('; ')}`);
}

/** The fastest first. Without the addon its back-ends are still named, so that the reason can be told. */
export function listCandidates(native: NativeLoad): Candidate[] {
  const start = (name: string) => () => {
    if (!native.addon) throw new EngineError(native.reason);
    native.addon.selectBackend(name);
    return createNativeEngine(native.addon, name);
  };
  const names = native.addon ? native.addon.backends().map(({ name }) => name) : ['ifma8', 'avx2', 'scalar'];
  return [
    ...names.map((name) => ({ name, start: start(name) })),
    { name: PORTABLE, start: createPortableEngine },
  ];
}
