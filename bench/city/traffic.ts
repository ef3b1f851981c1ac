/** What crosses the servers of a city, and what it should take by the parts that were measured alone. Pure. */

/** Of all gateways together, per second. */
export interface Traffic {
  /** Presentations that the store is asked about. */
  readonly questions: number;
  /** Messages with journal records. */
  readonly uploads: number;
  /** Journal records in them. */
  readonly records: number;
  /** Signed deltas of the card list, each to every gateway. */
  readonly deltas: number;
  /** Words of gateways about themselves. */
  readonly words: number;
}

export const TRAFFIC_KINDS = [
  'questions',
  'uploads',
  'records',
  'deltas',
  'words',
] as const satisfies readonly (keyof Traffic)[];
export type TrafficKind = (typeof TRAFFIC_KINDS)[number];

export const NO_TRAFFIC: Traffic = { questions: 0, uploads: 0, records: 0, deltas: 0, words: 0 };

/** What servers and gateways used, per second. Null: the system does not tell. */
export interface Used {
  readonly storeOperations: number | null;
  readonly storeBytesIn: number | null;
  readonly storeBytesOut: number | null;
  readonly storeServerUs: number | null;
  /** Processor time of all simulated gateways' clients of the store. */
  readonly storeClientUs: number;
  readonly busMessagesIn: number | null;
  readonly busMessagesOut: number | null;
  /** Payloads and headers, as the server counts them. */
  readonly busBytesIn: number | null;
  readonly busBytesOut: number | null;
  readonly busServerUs: number | null;
  readonly busClientUs: number;
}

export const USED = {
  storeOperations: { name: 'store: commands', unit: '/s' },
  storeBytesIn: { name: 'store: bytes in', unit: 'B/s' },
  storeBytesOut: { name: 'store: bytes out', unit: 'B/s' },
  storeServerUs: { name: 'store: processor time of the server', unit: 'µs/s' },
  storeClientUs: { name: 'store: processor time of its clients', unit: 'µs/s' },
  busMessagesIn: { name: 'bus: messages in', unit: '/s' },
  busMessagesOut: { name: 'bus: messages out', unit: '/s' },
  busBytesIn: { name: 'bus: bytes in', unit: 'B/s' },
  busBytesOut: { name: 'bus: bytes out', unit: 'B/s' },
  busServerUs: { name: 'bus: processor time of the server', unit: 'µs/s' },
  busClientUs: { name: 'bus: processor time of its clients', unit: 'µs/s' },
} as const satisfies Record<keyof Used, { readonly name: string; readonly unit: string }>;

const NAMES = Object.keys(USED) as readonly (keyof Used)[];

/** Per unit of one kind of traffic; and with none at all. */
export interface Parts {
  readonly idle: Used;
  readonly per: Readonly<Record<TrafficKind, Used>>;
}

/** What was used under a traffic. */
export interface Seen {
  readonly traffic: Traffic;
  readonly used: Used;
}

/** Loads that were driven one kind at a time. */
export interface Calibration {
  readonly idle: Used;
  readonly questions: Seen;
  readonly deltas: Seen;
  readonly words: Seen;
  /** As many uploads, of few records and of many. */
  readonly small: Seen;
  readonly large: Seen;
}

/** What one unit takes: what was used under its traffic alone, less what is used under none. */
export function partsOf({ idle, questions, deltas, words, small, large }: Calibration): Parts {
  const alone = ({ used, traffic }: Seen, kind: TrafficKind) =>
    mapped((name) => perUnit(used[name], idle[name], traffic[kind]));
  const records = mapped((name) => {
    const [more, fewer] = [large.used[name], small.used[name]];
    return perUnit(more, fewer, large.traffic.records - small.traffic.records);
  });
  const uploads = mapped((name) => {
    const ofRecords = records[name];
    const all = small.used[name];
    if (all === null || ofRecords === null) return null;
    return perUnit(all - ofRecords * small.traffic.records, idle[name], small.traffic.uploads);
  });
  return {
    idle,
    per: {
      ...{ uploads, records },
      questions: alone(questions, 'questions'),
      deltas: alone(deltas, 'deltas'),
      words: alone(words, 'words'),
    },
  };
}

function perUnit(all: number | null, none: number | null, units: number): number | null {
  return all === null || none === null || units <= 0 ? null : Math.max(0, all - none) / units;
}

/** What this traffic should use together. */
export function predicted({ idle, per }: Parts, traffic: Traffic): Used {
  return mapped((name) => {
    let sum = idle[name];
    for (const kind of TRAFFIC_KINDS) {
      const part = per[kind][name];
      // Of what was not there nothing is used.
      if (traffic[kind] === 0) continue;
      sum = sum === null || part === null ? null : sum + part * traffic[kind];
    }
    return sum;
  });
}

export interface Compared {
  readonly name: string;
  readonly unit: string;
  readonly model: number | null;
  readonly measured: number | null;
  /** Measured ÷ model. */
  readonly ratio: number | null;
}

export function compared(model: Used, measured: Used): readonly Compared[] {
  return NAMES.map((key) => {
    const [expected, seen] = [model[key], measured[key]];
    const ratio = expected === null || seen === null || expected === 0 ? null : seen / expected;
    return { ...USED[key], model: expected, measured: seen, ratio };
  });
}

function mapped(of: (name: keyof Used) => number | null): Used {
  return Object.fromEntries(NAMES.map((name) => [name, of(name)])) as unknown as Used;
}
