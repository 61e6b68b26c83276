import { createHash } from 'node:crypto';
import type { AuditEvent } from './audit.ts';

/*
 * The audit trail is a chain: each row carries a hash of all its columns and of the row before, so that whoever changes one
 * row changes the hash of every row after it. Decision 15 says what that proves.
 */

/** A row as it is written: its number, and its columns as they are stored. */
export interface AuditRow {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly actor: string | null;
  readonly repositoryId: number;
  readonly pullNumber: number | null;
  readonly runId: string | null;
  /** The JSON text, character by character. */
  readonly facts: string;
}

const wellFormed = (text: string | null): string | null => text?.toWellFormed() ?? null;

/** What is written for an event. No file holds half a character, so the hash must not be of one either. */
export const auditRow = (event: AuditEvent, seq: number): AuditRow => {
  const { at, kind, actor, repositoryId, pullNumber, runId, facts } = event;
  return {
    seq,
    at,
    kind: kind.toWellFormed(),
    actor: wellFormed(actor),
    repositoryId,
    pullNumber,
    runId: wellFormed(runId),
    facts: JSON.stringify(facts),
  };
};

/** Which row, and what stands for it and all before it: a SHA-256 in hex. */
export interface AuditLink {
  readonly seq: number;
  readonly hash: string;
}

/** What the first row follows. */
export const beforeFirst: AuditLink = { seq: 0, hash: '0'.repeat(64) };

/**
 * SHA-256 (hex) over the JSON of a list, which can be read in one way only: the name of this encoding, the hash of the row
 * before, and every column. The encoding never changes; another one gets another name.
 */
export const rowHash = (previous: string, row: AuditRow): string => {
  const { seq, at, kind, actor, repositoryId, pullNumber, runId, facts } = row;
  const all = ['tidegate audit 1', previous, seq, at, kind, actor, repositoryId, pullNumber, runId, facts];
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
};
