/** No interface: a person types reports in at public security, and the receipt here. */
import type { ReportAdapter } from './report-adapter.ts';

export const MANUAL_ADAPTER: ReportAdapter = {
  name: 'manual',
  test: async () => new Map(),
  send: async () => new Map(),
  receipts: async () => new Map(),
};
