/** The generator processes of a run, as one. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { makeRealtime } from '../../gateway/scheduling/realtime.ts';
import type {
  FromGenerator,
  OpenMessage,
  Outcomes,
  PrepareMessage,
  RunMessage,
  ToGenerator,
} from './protocol.ts';

export interface Generators {
  readonly processes: number;
  /** Whether they send in real time. */
  readonly realtime: boolean;
  /** `tokens`: one a connection, dealt out in turn. */
  open(message: Omit<OpenMessage, 'kind'>): Promise<void>;
  prepare(message: Omit<PrepareMessage, 'kind' | 'share'>, onProgress: (part: number) => void): Promise<void>;
  /** `times` of all taps of the phase; outcomes by process: those of tap i are in process i mod `processes`. */
  run(
    message: Omit<RunMessage, 'kind'>,
    onSecond: (sent: number, answered: number) => void,
  ): Promise<Outcomes[]>;
  close(): void;
}

/** Above the gateway's: a generator stands for machines elsewhere, which would not wait for this one. */
export const ELSEWHERE_PRIORITY = 2;

export function startGenerators(processes: number): Generators {
  const script = fileURLToPath(new URL('./generator-process.ts', import.meta.url));
  const children = Array.from({ length: processes }, () => fork(script, { serialization: 'advanced' }));
  const realtime = children.every(
    ({ pid }) => pid !== undefined && makeRealtime([pid], ELSEWHERE_PRIORITY) === null,
  );
  const all = <T>(act: (child: ChildProcess, index: number) => Promise<T>) => Promise.all(children.map(act));
  return {
    processes,
    realtime,
    async open(message) {
      await all((child, index) => {
        const tokens = message.tokens.filter((_, i) => i % processes === index);
        return exchange(child, { kind: 'open', ...message, tokens }, 'opened');
      });
    },
    async prepare(message, onProgress) {
      const parts = new Array<number>(processes).fill(0);
      await all((child, index) =>
        exchange(
          child,
          { kind: 'prepare', ...message, share: { index, of: processes } },
          'prepared',
          (said) => {
            if (said.kind !== 'preparing') return;
            parts[index] = said.part;
            onProgress(sum(parts) / processes);
          },
        ),
      );
    },
    async run(message, onSecond) {
      const sent = new Array<number>(processes).fill(0);
      const answered = new Array<number>(processes).fill(0);
      return await all(async (child, index) => {
        const times = message.times.filter((_, i) => i % processes === index);
        const said = await exchange(child, { kind: 'run', ...message, times }, 'outcomes', (each) => {
          if (each.kind !== 'second') return;
          sent[index] = each.sent;
          answered[index] = each.answered;
          onSecond(sum(sent), sum(answered));
        });
        return said.outcomes;
      });
    },
    close() {
      for (const child of children) if (child.connected) child.disconnect();
    },
  };
}

type Said<K extends FromGenerator['kind']> = Extract<FromGenerator, { kind: K }>;

/** Says something, and waits for the answer of the given kind; what comes before it goes to `onOther`. */
function exchange<K extends FromGenerator['kind']>(
  child: ChildProcess,
  message: ToGenerator,
  kind: K,
  onOther: (said: FromGenerator) => void = () => {},
): Promise<Said<K>> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      child.off('message', onMessage);
      child.off('exit', onExit);
      settle();
    };
    const onMessage = (raw: unknown) => {
      const said = raw as FromGenerator;
      if (said.kind === kind) finish(() => resolve(said as Said<K>));
      else if (said.kind === 'failed') finish(() => reject(new Error(`a generator failed: ${said.reason}`)));
      else onOther(said);
    };
    const onExit = (status: number | null) =>
      finish(() => reject(new Error(`a generator ended with status ${status}`)));
    child.on('message', onMessage);
    child.on('exit', onExit);
    child.send(message);
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}
