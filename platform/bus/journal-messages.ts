/** What gateways hand in on the bus, and what is said of it (docs/platform.md, On the bus): pure. */
import { hash } from 'node:crypto';
import type { BusNames } from '../../gateway/cluster/bus/subjects.ts';
import type { Profiles } from '../authority/profiles.ts';
import type { UploadKind } from '../take-upload.ts';

const KINDS: ReadonlySet<string> = new Set<UploadKind>(['epochs', 'checkpoints', 'rejudgements', 'unjudged']);
/** Answers that a confirmation repeats: more than a gateway has under way. */
const ANSWERS_KEPT = 32;

export interface JournalSubject {
  readonly gateway: string;
  readonly kind: UploadKind;
}

/** Null: no gateway's. */
export function journalSubject(
  { everyJournal, journal }: Pick<BusNames, 'everyJournal' | 'journal'>,
  subject: string,
): JournalSubject | null {
  const prefix = everyJournal.slice(0, -1);
  const [token = '', kind, ...more] = subject.startsWith(prefix)
    ? subject.slice(prefix.length).split('.')
    : [];
  // A gateway's name has no underscore: there a dot stands for itself.
  const gateway = token.replaceAll('_', '.');
  const isGateway = /^[a-z0-9][a-z0-9.-]{0,62}$/.test(gateway) && journal(gateway) === prefix + token;
  if (!isGateway || more.length > 0 || (kind !== undefined && !isReport(kind))) return null;
  return { gateway, kind: kind ?? 'records' };
}

function isReport(kind: string): kind is Exclude<UploadKind, 'records'> {
  return KINDS.has(kind);
}

export type UploadDigests = Readonly<Partial<Record<'sha256' | 'sm3', string>>>;

/** Over a subject, a line feed and a body, base64url: one of each profile. */
export function uploadDigests(profiles: Profiles, subject: string, body: Uint8Array): UploadDigests {
  const content = Buffer.concat([Buffer.from(`${subject}\n`), body]);
  return {
    ...(profiles.includes('international') && { sha256: hash('sha256', content, 'base64url') }),
    ...(profiles.includes('sm') && { sm3: hash('sm3', content, 'base64url') }),
  };
}

export interface UploadAnswer extends UploadDigests {
  /** In the stream. */
  readonly sequence: number;
  /** As over HTTP. */
  readonly status: number;
  readonly answer: unknown;
}

/** What is said to one gateway. */
export class GatewayAnswers {
  readonly gateway: string;
  #made = '';
  #through = 0;
  #answers: readonly UploadAnswer[] = [];

  constructor(gateway: string) {
    this.gateway = gateway;
  }

  /** `made`: when the stream was made. */
  put(made: string, answer: UploadAnswer): void {
    this.#made = made;
    this.#through = answer.sequence;
    this.#answers = [...this.#answers, answer].slice(-ANSWERS_KEPT);
  }

  /** To be published, JSON. */
  get confirmation(): Buffer {
    const { gateway } = this;
    const said = { gateway, made: this.#made, through: this.#through, answers: this.#answers };
    return Buffer.from(JSON.stringify(said));
  }
}
