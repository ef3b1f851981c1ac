/** Reports that are held are looked through in a small part of the time, however many they are and whatever else happens. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import type { Page, Search, TableName } from '../../../../hotel/register/guest-register.ts';
import { MANUAL_ADAPTER } from '../../../../hotel/reports/manual-adapter.ts';
import { REPORT_INDEX } from '../../../../hotel/reports/report-rows.ts';
import { MemoryRegister } from '../memory-register.rig.ts';
import { ReportWorld } from './worker.rig.ts';

/** So many are held that it takes this long to open them. */
const LOOK_MS = 200;
const PASSES = 8;

class ManyHeld extends MemoryRegister {
  looks = 0;
  passes = 0;

  override async find<T extends TableName>(table: T, search: Search): Promise<Page<T>> {
    const { index, value } = search;
    if (index === REPORT_INDEX.next) this.passes += 1;
    if (index === REPORT_INDEX.state && value === 'held') {
      this.looks += 1;
      await sleep(LOOK_MS);
    }
    return super.find(table, search);
  }
}

test('held reports are not opened in every pass, and at once when a clerk hands over', async () => {
  const register = new ManyHeld();
  const world = await ReportWorld.open({ register, adapter: MANUAL_ADAPTER });
  try {
    await vi.waitFor(() => expect(register.passes).toBeGreaterThan(PASSES), { timeout: 15_000, interval: 5 });
    expect(register.looks).toBeGreaterThan(0);
    expect(register.looks).toBeLessThan(register.passes / 2);
    const before = register.looks;
    await world.worker.handOverNow();
    expect(register.looks).toBeGreaterThan(before);
  } finally {
    await world.close();
  }
});
