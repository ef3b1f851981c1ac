/** Who asks, and what that one may do. */

export const ROLES = ['clerk', 'manager', 'auditor', 'operator'] as const;
export type Role = (typeof ROLES)[number];

export const SCOPES = [
  /** Verify, check in, check out, correct, complete. */
  'stays:write',
  /** Stays and guests, numbers masked. */
  'stays:read',
  /** Unmasked, with a reason that the audit log keeps. */
  'stays:reveal',
  'reports:read',
  'reports:write',
  'events:read',
  'webhooks:write',
  'accounts:write',
  'audit:read',
  /** Purge, erasure, export. */
  'register:write',
  'board:read',
  /** Connects a reader to a desk. */
  'readers:write',
] as const;
export type Scope = (typeof SCOPES)[number];

/** For the API's description. */
export const SCOPE_MEANINGS: Readonly<Record<Scope, string>> = {
  'stays:write': 'Verify, check in, check out, correct, complete.',
  'stays:read': 'Stays and guests, numbers masked.',
  'stays:reveal': 'What is masked, with a reason that the audit log keeps.',
  'reports:read': 'Reports to public security.',
  'reports:write': 'Hand reports over, and take receipts.',
  'events:read': 'What happened: ids and no names.',
  'webhooks:write': 'Who is told of events.',
  'accounts:write': 'Accounts of operators, and API clients.',
  'audit:read': 'The audit log.',
  'register:write': 'Purge, erasure, export.',
  'board:read': 'The board of operators.',
  'readers:write': 'Connect readers to desks.',
};

export const SCOPES_OF: Readonly<Record<Role, readonly Scope[]>> = {
  clerk: [
    'stays:write',
    'stays:read',
    'stays:reveal',
    'reports:read',
    'reports:write',
    'readers:write',
    'events:read',
  ],
  manager: [
    ...([
      'stays:write',
      'stays:read',
      'stays:reveal',
      'reports:read',
      'reports:write',
      'events:read',
    ] as const),
    ...([
      'webhooks:write',
      'accounts:write',
      'register:write',
      'board:read',
      'readers:write',
      'audit:read',
    ] as const),
  ],
  auditor: ['audit:read', 'reports:read', 'events:read'],
  operator: ['board:read', 'accounts:write', 'readers:write'],
};

export interface Actor {
  readonly kind: 'operator' | 'client';
  /** Of the account or the API client: what audit log and register name. */
  readonly id: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Workplace that the session is at; null for API clients. */
  readonly desk: string | null;
  /** Of the session or token; what a reader and a challenge are bound to. */
  readonly session: string;
}
