/** A desk in a process of its own that may be killed, and whoever asks it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DeskSession, enter, firstPassword, sessionOf } from '../composed/desk-session.rig.ts';
import { freePort, type GatewayUnderTest, startGateway } from './gateway-under-test.rig.ts';

const PASSWORD = 'harbour light at five';

export interface DeskProcess {
  readonly gateway: GatewayUnderTest;
  /** A new session of the first account. Its password is changed the first time. */
  manager(): Promise<DeskSession>;
}

/** `env`: laid over the environment of its process. */
export async function startDeskProcess(env: Readonly<Record<string, string>> = {}): Promise<DeskProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const gateway = await startGateway({
    env,
    before: (folder) => writeFileSync(join(folder, 'desk-key'), '5a'.repeat(32), { mode: 0o600 }),
    settings: {
      hotel: { hotel_id: 'harbour', listen: { host: '127.0.0.1', port }, key_file: 'desk-key' },
    },
  });
  const desk = { url, saidOnce: [gateway.output], composed: undefined as never, stop: async () => {} };
  let isChanged = false;
  return {
    gateway,
    async manager() {
      if (isChanged) return enter(desk, 'manager', PASSWORD);
      const oneTime = firstPassword(desk);
      const first = await enter(desk, 'manager', oneTime);
      const answer = await first.ask('/session/password', { body: { old: oneTime, new: PASSWORD } });
      isChanged = true;
      return sessionOf(desk, PASSWORD, answer);
    },
  };
}

/** All pages of a list. */
export async function allOf<Item>(session: DeskSession, path: string, name: string): Promise<Item[]> {
  const items: Item[] = [];
  let after: string | null = null;
  do {
    const query: string = after === null ? '' : `&after=${after}`;
    const page: Record<string, unknown> = await session.json(`${path}?limit=100${query}`);
    const more = page[name] as Item[];
    items.push(...more);
    after = more.length === 0 ? null : (page['after'] as string | null);
  } while (after !== null);
  return items;
}
