import type { Kysely } from 'kysely';
import type { AuditSeal } from '../domain/audit-head.ts';
import type { Tables } from './schema.ts';

export interface Migration {
  /** As its file; the order of the list below rules. Never renamed, never edited once released. */
  readonly name: string;
  readonly up: (db: Kysely<Tables>, seal: AuditSeal) => Promise<void>;
}
