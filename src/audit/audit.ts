import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createSystemClock } from '../clock/system.ts';
import { readEnvironment } from '../config/environment.ts';
import { type AuditSeal, createAuditSeal, headText, type KeptHead } from '../domain/audit-head.ts';
import { type AuditFault, type FoundRow, verifyTrail, type WholeTrail } from '../domain/audit-verify.ts';
import type { Problem } from '../domain/problem.ts';
import { signAuditTrail } from '../store/audit-sign.ts';
import { withAuditTrail } from '../store/audit-trail.ts';
import { claimDataFolder } from '../store/data-folder.ts';
import { deriveKeys, loadSecretKey } from '../store/install-keys.ts';

export interface AuditOptions {
  /** The environment of the server whose trail it is. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Absolute; relative settings start here. */
  readonly folder: string;
  readonly home: string;
  /** Resolves when there is room for more. */
  readonly out: (text: string) => Promise<void>;
  readonly explain: (problem: Problem) => void;
}

/** Where the trail is and the key that its head is signed with; null, with everything explained, where a setting is wrong. */
const settingsOf = async ({ environment, folder, home, explain }: AuditOptions) => {
  const read = await readEnvironment(environment, {
    folder,
    readFile: (file) => readFile(file, 'utf8'),
    secretKey: () => loadSecretKey(path.join(home, '.config', 'tidegate', 'secret-key')),
  });
  if ('problems' in read) {
    for (const problem of read.problems) explain(problem);
    return null;
  }
  const { config, secrets } = read;
  const { dataDir } = config;
  const seal = createAuditSeal(deriveKeys(secrets.secretKey).audit);
  return { dataDir, database: path.join(dataDir, 'tidegate.db'), seal };
};

const time = (at: number): string => {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? `${at} ms` : date.toISOString();
};

const sayWhole = ({ count, first, last, head }: WholeTrail, wanted: KeptHead | null): string => {
  const times = first === null || last === null ? '' : ` from ${time(first)} to ${time(last)}`;
  const holds = wanted === null ? '' : ' It holds the given head.';
  return `The audit trail is whole: ${count} event${count === 1 ? '' : 's'}${times}.${holds} Head: ${headText(head)}\n`;
};

const sayFault = ({ kind, seq, sentence }: AuditFault): string =>
  `The audit trail is broken${seq === null ? '' : ` at row ${seq}`} (${kind}): ${sentence}.\n`;

/**
 * Says in one line whether the audit trail is as the server left it.
 *
 * @param wanted a head that a check carried: the trail has to hold it still
 * @returns the exit code: 0 when it is, 1 when it is not, 2 when a setting is wrong
 */
export const verifyAudit = async (options: AuditOptions, wanted: KeptHead | null): Promise<number> => {
  const settings = await settingsOf(options);
  if (settings === null) return 2;
  const { database, seal } = settings;
  const verified = await withAuditTrail(database, async (trail) => verifyTrail(trail, seal, wanted));
  await options.out('whole' in verified ? sayWhole(verified.whole, wanted) : sayFault(verified.fault));
  return 'whole' in verified ? 0 : 1;
};

/** Looks at the chain alone: of a head that another key signed nobody can say whether it was ours. */
const anySignature: AuditSeal = { sign: () => null, holds: () => true };

/**
 * After the secret key was replaced: goes through the trail of a stopped server, adds an event that says so, and signs it with
 * the key of now.
 *
 * @param wanted a head that GitHub has, from before: without it, what is signed could be anybody's
 * @returns the exit code: 0 when it is signed, 1 when it is not what it was, 2 when a setting is wrong
 */
export const signAudit = async (options: AuditOptions, wanted: KeptHead): Promise<number> => {
  const settings = await settingsOf(options);
  if (settings === null) return 2;
  const { dataDir, database, seal } = settings;
  const look = () => withAuditTrail(database, async (trail) => verifyTrail(trail, anySignature, wanted));
  // Before it is claimed, for that would make what is not there.
  await look();
  const clock = createSystemClock();
  const claim = await claimDataFolder(dataDir, { clock, waitMs: 0, onWait: () => undefined });
  try {
    const verified = await look();
    if ('fault' in verified) {
      await options.out(sayFault(verified.fault));
      return 1;
    }
    const { head } = verified.whole;
    if (seal.holds(head)) {
      await options.out('The audit trail is signed with this key already; nothing was changed.\n');
      return 0;
    }
    const facts = { head: headText(head), given: wanted.hash };
    const about = { actor: null, repositoryId: 0, pullNumber: null, runId: null };
    await signAuditTrail(database, seal, { at: clock.now(), kind: 'audit.signed', ...about, facts });
  } finally {
    claim.release();
  }
  return verifyAudit(options, wanted);
};

/** Facts that are not the JSON we wrote are shown as the text they are, which no hash of ours belongs to. */
const factsOf = (text: string): unknown => {
  try {
    const facts: unknown = JSON.parse(text);
    return JSON.stringify(facts) === text ? facts : text;
  } catch {
    return text;
  }
};

const lineOf = ({ seq, hash, row }: FoundRow): string | null => {
  if (row === null) return null;
  const { at, kind, actor, repositoryId, pullNumber, runId, facts } = row;
  const event = { seq, at, kind, actor, repositoryId, pullNumber, runId, facts: factsOf(facts), hash };
  return `${JSON.stringify(event)}\n`;
};

/**
 * Writes every event as a line of JSON, oldest first, with its number and its hash. It is not verified on the way.
 *
 * @returns the exit code: 0, 1 when a row is not one of ours, 2 when a setting is wrong
 */
export const exportAudit = async (options: AuditOptions): Promise<number> => {
  const settings = await settingsOf(options);
  if (settings === null) return 2;
  return withAuditTrail(settings.database, async (trail) => {
    for (const found of trail.rows()) {
      const line = lineOf(found);
      if (line === null) {
        options.explain({
          code: 'cannot-start',
          sentence: `Row ${found.seq} of the audit trail holds what is never written there.`,
          advice: 'Run `tidegate audit verify`, and compare with an older copy of the database.',
        });
        return 1;
      }
      await options.out(line);
    }
    return 0;
  });
};
