/** How many people receipts were given for, by service: who is paid through the card account shows the card for one. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { RECEIPT_PURPOSES } from '../config/policy-schema.ts';
import { receiptsFolder } from '../gateway/receipts/receipt-keys.ts';
import { openEnvironmentReadOnly, openTable } from '../gateway/storage/lmdb-environment.ts';
import { checkLmdbFile, lmdbDataFile } from '../gateway/storage/lmdb-file.ts';
import type { ReceiptCounts } from '../reports/adoption.ts';
import type { ReportJournal, Span } from './report-journals.ts';

const TABLES = 3;
const StatementSchema = Type.Object({
  iat: Type.Integer({ minimum: 0 }),
  jti: Type.String({ maxLength: 64 }),
  sub: Type.Optional(Type.String({ maxLength: 128 })),
  purpose: Type.Enum([...RECEIPT_PURPOSES]),
  service: Type.Integer({ minimum: 1 }),
});
const compiled = Compile(StatementSchema);
type Statement = Static<typeof StatementSchema>;

/**
 * Of the receipts that the gateways of these journals still keep, by the time they were given. A person counts once for a service
 * and purpose; without a pseudonym, each receipt is a person. Null where no gateway gives any.
 */
export async function receiptCounts(
  journals: readonly ReportJournal[],
  span: Span,
): Promise<ReceiptCounts | null> {
  const people = new Map<number, Partial<Record<Statement['purpose'], Set<string>>>>();
  let stores = 0;
  for (const [i, { folder, keeper }] of journals.entries()) {
    if (keeper === 'platform') continue;
    const store = join(receiptsFolder(dirname(folder)), 'store');
    if (!existsSync(lmdbDataFile(store))) continue;
    stores += 1;
    await eachStatement(store, ({ iat, jti, sub, purpose, service }) => {
      const atMs = iat * 1_000;
      if (atMs < (span.fromMs ?? 0) || atMs >= (span.untilMs ?? Number.POSITIVE_INFINITY)) return;
      const ofService = people.get(service) ?? {};
      people.set(service, ofService);
      ofService[purpose] ??= new Set();
      ofService[purpose].add(`${i} ${sub ?? jti}`);
    });
  }
  if (stores === 0) return null;
  return new Map(
    [...people].map(([service, by]) => [
      service,
      Object.fromEntries(Object.entries(by).map(([purpose, all]) => [purpose, all.size])),
    ]),
  );
}

async function eachStatement(store: string, onStatement: (statement: Statement) => void): Promise<void> {
  checkLmdbFile(lmdbDataFile(store));
  const environment = openEnvironmentReadOnly(store, TABLES);
  try {
    for (const { value } of openTable(environment, 'receipts')?.getRange({}) ?? []) {
      const statement = statementOf(value.toString('utf8'));
      if (statement !== null) onStatement(statement);
    }
  } finally {
    await environment.close();
  }
}

/** As it is kept: the device, a blank, the compact JWS (`receipt-store.ts`). Null where it cannot be read. */
function statementOf(kept: string): Statement | null {
  const [, payload = ''] = kept.slice(kept.indexOf(' ') + 1).split('.');
  try {
    const value: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return compiled.Check(value) ? value : null;
  } catch {
    return null;
  }
}
