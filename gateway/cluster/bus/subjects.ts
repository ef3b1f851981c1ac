/**
 * What a cluster's subjects, streams and buckets are called. All begin with its name, so that several clusters can share
 * servers.
 */
export interface BusNames {
  /** Stream of what the platform publishes: files of its repository, and signed deltas. */
  readonly lists: string;
  /** Subject of a signed delta of the card list. */
  readonly deltas: string;
  /** Subject of targets of the platform's TUF repository, by their hashed names: trust, the city document, lists. */
  readonly files: string;
  /** Subject of the repository's metadata, a whole consistent snapshot a message; comes after the targets it names. */
  readonly metadata: string;
  /** Stream of journals. */
  readonly journals: string;
  /** Subject of one gateway's records. */
  journal(gatewayId: string): string;
  readonly everyJournal: string;
  /** Subject of what else one gateway hands in, in the same stream. */
  report(gatewayId: string, kind: ReportKind): string;
  readonly everyReport: string;
  /** Stream of what the platform confirms. */
  readonly confirmations: string;
  confirm(gatewayId: string): string;
  readonly everyConfirmation: string;
  /** Core subject of one gateway's word about itself. */
  health(gatewayId: string): string;
  readonly everyHealth: string;
  /** Buckets: the last word of each gateway, and the enrolled devices. */
  readonly members: string;
  readonly devices: string;
}

/** What a gateway hands in beside its records. */
export type ReportKind = 'epochs' | 'checkpoints' | 'rejudgements' | 'unjudged';

/** What a stream of a cluster is called in metrics: without the cluster's name, so that the names are a closed set. */
export function streamLabel(cluster: string, stream: string): string {
  return stream.replace(`ONECARD_${cluster}_`, '').toLowerCase();
}

export function busNames(cluster: string): BusNames {
  // A stream's name has no dot; a gateway's may, and a dot would part its subject in two.
  const token = (gatewayId: string) => gatewayId.replaceAll('.', '_');
  const prefix = `onecard.${cluster}`;
  const stream = (name: string) => `ONECARD_${cluster}_${name}`;
  return {
    lists: stream('LISTS'),
    deltas: `${prefix}.lists.deltas`,
    files: `${prefix}.lists.files`,
    metadata: `${prefix}.lists.metadata`,
    journals: stream('JOURNALS'),
    journal: (gatewayId) => `${prefix}.journal.${token(gatewayId)}`,
    everyJournal: `${prefix}.journal.*`,
    report: (gatewayId, kind) => `${prefix}.journal.${token(gatewayId)}.${kind}`,
    everyReport: `${prefix}.journal.*.*`,
    confirmations: stream('CONFIRMATIONS'),
    confirm: (gatewayId) => `${prefix}.confirm.${token(gatewayId)}`,
    everyConfirmation: `${prefix}.confirm.*`,
    health: (gatewayId) => `${prefix}.health.${token(gatewayId)}`,
    everyHealth: `${prefix}.health.*`,
    members: stream('members'),
    devices: stream('devices'),
  };
}
