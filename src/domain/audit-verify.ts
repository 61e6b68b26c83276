import { type AuditLink, type AuditRow, beforeFirst, rowHash } from './audit-chain.ts';
import type { AuditHead, AuditSeal, KeptHead } from './audit-head.ts';

/** A row as it is found: null where a column is not what is written there. */
export interface FoundRow extends AuditLink {
  readonly row: AuditRow | null;
}

/** The trail as it is found. */
export interface AuditTrail {
  /** In the order of their numbers, each time from the first. */
  rows(): Iterable<FoundRow>;
  /** Null where it is gone. */
  readonly head: AuditHead | null;
}

export interface AuditFault {
  readonly kind: 'edited' | 'removed' | 'reordered' | 'added' | 'cut' | 'signature';
  /** The first row that is not as it was; null where it is none of the rows. */
  readonly seq: number | null;
  /** What is wrong, for people. */
  readonly sentence: string;
}

/** A trail that is as it was left. */
export interface WholeTrail {
  readonly count: number;
  /** When its first and its last row were written, Unix milliseconds; null for an empty one. */
  readonly first: number | null;
  readonly last: number | null;
  readonly head: AuditHead;
}

const fault = (kind: AuditFault['kind'], seq: number | null, sentence: string): AuditFault => ({
  kind,
  seq,
  sentence,
});

const rows = (from: number, to: number): string => (from === to ? `row ${from}` : `rows ${from} to ${to}`);

/** The chain breaks at a row: what was done to it? */
const breakAt = (trail: AuditTrail, before: AuditLink, found: FoundRow): AuditFault => {
  const { seq, hash, row } = found;
  const expected = before.seq + 1;
  if (row === null) return fault('edited', seq, `a column of row ${seq} holds what is never written there`);
  for (const other of trail.rows()) {
    if (other.row === null || other.seq <= before.seq || other.seq === expected) continue;
    const moved = rowHash(before.hash, { ...other.row, seq: expected });
    if (moved === hash || moved === other.hash)
      return fault('reordered', expected, `what was written as row ${expected} stands at ${other.seq}`);
  }
  if (seq > expected)
    return fault('removed', expected, `between ${before.seq} and ${seq}, ${rows(expected, seq - 1)} missing`);
  return fault(
    'edited',
    seq,
    `row ${seq} is not what was written there, or does not follow the row before it`,
  );
};

/** Is the end of the trail the one that was signed? */
const endFault = (head: AuditHead | null, last: AuditLink, seal: AuditSeal): AuditFault | null => {
  if (head === null) return fault('signature', null, 'the signed head is gone');
  if (head.seq > last.seq)
    return fault('cut', last.seq + 1, `it ends at row ${last.seq}, and its head is row ${head.seq}`);
  if (head.seq < last.seq)
    return fault(
      'added',
      head.seq + 1,
      `its head is row ${head.seq}, and ${rows(head.seq + 1, last.seq)} came after`,
    );
  if (head.hash !== last.hash)
    return fault('edited', last.seq, `row ${last.seq} is not the one that its head was made of`);
  if (seal.holds(head)) return null;
  return fault('signature', null, 'its head was not signed with the key of this installation');
};

/** Does the trail still hold a head that somebody kept? */
const keptFault = (
  wanted: KeptHead,
  isThere: boolean,
  last: AuditLink,
  seal: AuditSeal,
): AuditFault | null => {
  const { seq, hash, signature } = wanted;
  // In the chain it is proven by its hash, whoever signed it: the key may have been another one then.
  if (isThere) return null;
  if (signature !== null && (seq === null || !seal.holds({ seq, hash, signature })))
    return fault('signature', seq, 'the given head was not signed with the key of this installation');
  if (seq === null || seq > last.seq)
    return fault('cut', seq, `it ends at row ${last.seq}, and does not hold the given head`);
  return fault(
    'edited',
    seq,
    `row ${seq} is not the one that the given head was made of: rows up to it were rewritten`,
  );
};

/**
 * Goes through the whole trail, one row at a time.
 *
 * @param wanted a head that was kept elsewhere, and has to be in it
 */
export const verifyTrail = (
  trail: AuditTrail,
  seal: AuditSeal,
  wanted: KeptHead | null,
): { readonly whole: WholeTrail } | { readonly fault: AuditFault } => {
  let last: AuditLink = beforeFirst;
  let count = 0;
  const times: { first: number | null; last: number | null } = { first: null, last: null };
  const isWanted = ({ seq, hash }: AuditLink) =>
    wanted?.hash === hash && (wanted.seq === null || wanted.seq === seq);
  let isThere = isWanted(last);
  for (const found of trail.rows()) {
    const { seq, hash, row } = found;
    if (row === null || rowHash(last.hash, row) !== hash) return { fault: breakAt(trail, last, found) };
    last = { seq, hash };
    count += 1;
    times.first ??= row.at;
    times.last = row.at;
    isThere ||= isWanted(last);
  }
  const { head } = trail;
  const wrong =
    endFault(head, last, seal) ?? (wanted === null ? null : keptFault(wanted, isThere, last, seal));
  if (wrong !== null || head === null)
    return { fault: wrong ?? fault('signature', null, 'the signed head is gone') };
  return { whole: { count, ...times, head } };
};
