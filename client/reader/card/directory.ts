/** Which applications a card has: by its directory, else by trying those that are known (EMV Book 1 clause 12). */
import { type CardChannel, OK } from './apdu.ts';
import { CardError } from './card-error.ts';
import { elements, flattened, fromHex, hex, onlyElement } from './tlv.ts';

/** Directory of what can be used without contact, then with contacts. */
const PPSE = new TextEncoder().encode('2PAY.SYS.DDF01');
const PSE = new TextEncoder().encode('1PAY.SYS.DDF01');

/** UnionPay's debit, credit, quasi-credit and e-cash; the e-cash of the transit union. */
export const KNOWN_APPLICATIONS: readonly string[] = [
  'A000000333010101',
  'A000000333010102',
  'A000000333010103',
  'A000000333010106',
  'A000000632010106',
];
const KNOWN_PROVIDERS: readonly string[] = ['A000000333', 'A000000632'];
const APPLICATIONS_MAX = 12;
const RECORDS_MAX = 10;
const NOT_FOUND = 0x6a83;

/** Names of applications in upper-case hex, best first; those of providers that are known here before all others. */
export async function listApplications(channel: CardChannel): Promise<readonly string[]> {
  const listed = (await fromPpse(channel)) ?? (await fromPse(channel)) ?? [];
  const best = [...listed].sort((a, b) => a.rank - b.rank).map(({ name }) => name);
  const names = [...new Set([...best, ...(best.some(isKnown) ? [] : KNOWN_APPLICATIONS)])];
  return [...names.filter(isKnown), ...names.filter((name) => !isKnown(name))].slice(0, APPLICATIONS_MAX);
}

const isKnown = (name: string) => KNOWN_PROVIDERS.some((provider) => name.startsWith(provider));

export function select(channel: CardChannel, name: Uint8Array) {
  return channel.send([0x00, 0xa4, 0x04, 0x00], name);
}

interface Listed {
  readonly name: string;
  /** Lower goes first. */
  readonly rank: number;
}

async function fromPpse(channel: CardChannel): Promise<readonly Listed[] | null> {
  const { data, status } = await select(channel, PPSE);
  return status === OK ? entriesOf(data) : null;
}

async function fromPse(channel: CardChannel): Promise<readonly Listed[] | null> {
  const { data, status } = await select(channel, PSE);
  if (status !== OK) return null;
  const file = flattened(data).find(({ tag }) => tag === '88')?.value[0] ?? 0;
  if (file < 1 || file > 10) throw new CardError('card.malformed', 'a directory in a file that there is not');
  const listed: Listed[] = [];
  for (let record = 1; record <= RECORDS_MAX; record += 1) {
    const answer = await channel.send([0x00, 0xb2, record, (file << 3) | 0x04]);
    if (answer.status === NOT_FOUND) break;
    if (answer.status !== OK) return listed;
    listed.push(...entriesOf(answer.data));
  }
  return listed;
}

/** Templates 61 with a name of 5 to 16 bytes (4F) and a priority (87, low four bits; none: last). */
function entriesOf(data: Uint8Array): readonly Listed[] {
  return flattened(data).flatMap(({ tag, value }) => {
    if (tag !== '61') return [];
    const inside = elements(value);
    const name = inside.find((each) => each.tag === '4F')?.value;
    if (name === undefined || name.length < 5 || name.length > 16) return [];
    const priority = (inside.find((each) => each.tag === '87')?.value[0] ?? 0) & 0x0f;
    return [{ name: hex(name), rank: priority === 0 ? 16 : priority }];
  });
}

export interface Selected {
  /** DF name, 5 to 16 bytes. */
  readonly name: Uint8Array;
  /** Processing options data object list; empty: it asks for nothing. */
  readonly pdol: Uint8Array;
}

const BLOCKED = 0x6283;

/** Null: the card has no such application. `blocked`: its issuer blocked it. Rejects with CardError. */
export async function selectApplication(
  channel: CardChannel,
  name: string,
): Promise<Selected | 'blocked' | null> {
  const { data, status } = await select(channel, fromHex(name));
  if (status === BLOCKED) return 'blocked';
  if (status !== OK) return null;
  const template = onlyElement(data, '6F');
  if (template === null) throw new CardError('card.malformed', 'a selected application without its template');
  const inside = flattened(template.value);
  const found = (tag: string) => inside.find((each) => each.tag === tag)?.value;
  return { name: found('84') ?? fromHex(name), pdol: found('9F38') ?? new Uint8Array() };
}
