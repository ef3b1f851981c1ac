/** What the desk answers about reports. */
import type { ReportView } from '../../../reports/report-views.ts';

export type ReportAnswer = ReportView;

export interface ReportsAnswer {
  readonly items: readonly ReportAnswer[];
  readonly after: string | null;
}

export interface FilesAnswer {
  readonly items: readonly { readonly file_id: string; readonly reports: number }[];
}

export interface TestAnswer {
  readonly would_be_taken: boolean;
  readonly reason: string | null;
}

/** Which reports: all that somebody has to see to, or those of one state. */
export const CHOICES = ['open', 'queued', 'sent', 'rejected', 'held', 'accepted', 'withdrawn'] as const;
export type Choice = (typeof CHOICES)[number];

export const reportsPath = (choice: Choice, after: string | null): string => {
  const query = new URLSearchParams({
    ...(choice !== 'open' && { state: choice }),
    ...(after !== null && { after }),
  });
  return `/v1/reports?${query}`;
};
