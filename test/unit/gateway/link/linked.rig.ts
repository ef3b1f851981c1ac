/** A platform on the loopback, and the link to it as the gateway holds it: a thread of its own, beside a real journal. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { loadScenes } from '../../../../config/scenes.ts';
import { parseSettings, type Settings } from '../../../../config/settings.ts';
import { openJournal } from '../../../../gateway/journal/lmdb-journal.ts';
import { MACHINE_CLOCKS } from '../../../../gateway/knowledge/clock/clocks.ts';
import { createGuardedClock } from '../../../../gateway/knowledge/clock/guarded-clock.ts';
import { connectPlatform, type PlatformLink } from '../../../../gateway/link/link.ts';
import { readPlatformToken } from '../../../../gateway/link/platform-files.ts';
import type { CardList } from '../../../../lists/card-list.ts';
import { createCity } from '../../../../platform/city.ts';
import { createPlatform, type Platform, type PlatformOptions } from '../../../../platform/server.ts';
import { PRESENTABLE_FAMILIES } from '../../../../workers/families/table.ts';
import { sm2RootFile, TEST_PROFILE } from '../../../crypto-profile.rig.ts';
import { temporaryFolder } from '../journal/temporary-folder.rig.ts';

const TOKEN = 'token-of-the-link-tests';
const LOOK_MS = 5;

export const city = createCity({ seed: 'link', cards: 12, rsaCardKeys: 1 });

export async function startPlatform(options: Partial<PlatformOptions> = {}): Promise<Platform> {
  const platform = createPlatform({ city, token: TOKEN, profiles: [TEST_PROFILE], ...options });
  await platform.start();
  onTestFinished(() => platform.stop().catch(() => {}));
  return platform;
}

export interface Linked {
  readonly link: PlatformLink;
  readonly folder: string;
  /** `what fault`, in the order they were told. */
  readonly faults: readonly string[];
  readonly removed: readonly string[];
  /** Revisions of the card list, in the order they were put in force. */
  readonly revisions: readonly string[];
  /** What the card list in force says of a card's chip. */
  stateOf(index: number): string | undefined;
  close(): Promise<void>;
}

export async function openLink(
  platform: PlatformToLink,
  folder = temporaryFolder(),
  over: Record<string, unknown> = {},
  crypto: Record<string, unknown> = { profile: TEST_PROFILE },
): Promise<Linked> {
  const settings = settingsFor(platform, folder, over, crypto);
  const journalFolder = join(folder, 'journal');
  const journal = openJournal({
    profile: TEST_PROFILE,
    dir: journalFolder,
    durability: 'sync',
    maxBytes: 1 << 26,
  });
  const [faults, removed, revisions]: string[][] = [[], [], []];
  const close = async () => {
    await link?.close();
    await journal.close();
  };
  let link: PlatformLink | null = null;
  onTestFinished(() => closing());
  let closed: Promise<void> | null = null;
  const closing = () => {
    closed ??= close();
    return closed;
  };
  const toleranceMs = settings.limits.clock_tolerance_ms;
  const clock = createGuardedClock({ clocks: MACHINE_CLOCKS, toleranceMs });
  link = await connectPlatform({
    settings,
    token: readPlatformToken(settings.platform?.token_file ?? ''),
    scenes: loadScenes(PRESENTABLE_FAMILIES, settings.city),
    folder: join(folder, 'platform'),
    journalFolder,
    clock,
    events: {
      bus: () => {},
      busCarries: () => {},
      trust: () => {},
      list: ({ head, revision }: CardList) => void (head.name === 'cards' && revisions?.push(revision)),
      city: () => {},
      devicesChanged: () => {},
      ownReplays: () => {},
      listRemoved: (name) => void removed?.push(name),
      conflict: () => {},
      signedTime: () => {},
      confirmed: () => {},
      rejudged: () => {},
      fault: (what, fault) => void faults?.push(`${what} ${fault}`),
    },
  });
  const opened = link;
  return {
    link: opened,
    folder,
    faults: faults ?? [],
    removed: removed ?? [],
    revisions: revisions ?? [],
    stateOf: (index) => stateOn(opened.list('cards'), index),
    close: closing,
  };
}

type PlatformToLink = Pick<Platform, 'url' | 'rootJson'> & Partial<Pick<Platform, 'sm2RootJson'>>;

/** What a list says of a card's chip. */
export function stateOn(list: CardList | null, index: number): string | undefined {
  const [issuer, credentialId] = city.listEntries(city.identity(index))[0] ?? ['', ''];
  return list?.lookup(issuer, credentialId).state;
}

function settingsFor(
  { url, rootJson, sm2RootJson }: PlatformToLink,
  folder: string,
  over: Record<string, unknown>,
  crypto: Record<string, unknown>,
): Settings {
  const [root_file, token_file] = [join(folder, 'root.json'), join(folder, 'token')];
  writeFileSync(root_file, rootJson);
  const sm2 = sm2RootFile(sm2RootJson ? { sm2RootJson } : {}, (name, content) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  });
  writeFileSync(token_file, TOKEN);
  return parseSettings({
    gateway_id: 'link',
    data_dir: folder,
    crypto,
    platform: { url, root_file, ...sm2, token_file, poll_ms: 100, timeout_ms: 2_000, ...over },
  });
}

/** Resolves when it holds; a test that waits in vain times out. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await wait(LOOK_MS);
}
