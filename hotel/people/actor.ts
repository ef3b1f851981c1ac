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
