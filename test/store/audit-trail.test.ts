import { copyFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { Kysely } from 'kysely';
import { describe, expect, test } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import type { AuditEvent } from '../../src/domain/audit.ts';
import { createAuditSeal, type KeptHead } from '../../src/domain/audit-head.ts';
import { verifyTrail } from '../../src/domain/audit-verify.ts';
import { withAuditTrail } from '../../src/store/audit-trail.ts';
import { migrate, migrations } from '../../src/store/migrate.ts';
import { createNodeSqliteDialect } from '../../src/store/node-sqlite-dialect.ts';
import type { Tables } from '../../src/store/schema.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { auditKey } from './adapters.ts';

const { clock } = createVirtualClock();
const newFile = () => join(temporaryFolder('audit'), 'tidegate.db');
const open = (path: string) => openSqliteStore({ path, clock, auditKey });

const event = (kind: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  at: 5,
  kind,
  actor: 'ada',
  repositoryId: 1,
  pullNumber: 12,
  runId: 'run-12345678',
  facts: { project: 'network' },
  ...more,
});

const verify = (path: string, wanted: KeptHead | null = null) =>
  withAuditTrail(path, async (trail) => verifyTrail(trail, createAuditSeal(auditKey), wanted));
const faultOf = async (path: string, wanted: KeptHead | null = null) => {
  const verified = await verify(path, wanted);
  return 'fault' in verified ? verified.fault : null;
};

/** Somebody who has the database, and not the key. */
const tamper = (path: string, ...statements: readonly string[]): void => {
  const database = new DatabaseSync(path);
  try {
    for (const statement of statements) database.exec(statement);
  } finally {
    database.close();
  }
};

const length = 6;
/** A trail of six rows of a server that is stopped. */
const written = async (): Promise<string> => {
  const path = newFile();
  const store = await open(path);
  for (let row = 1; row <= length; row += 1) await store.audit.append(event(`kind-${row}`, { at: row }));
  await store.close();
  return path;
};
const original = await written();
const copy = (): string => {
  const path = newFile();
  copyFileSync(original, path);
  return path;
};

describe('a trail that nobody touched', () => {
  test('is whole, whatever is in it, beside the server and without it, and looking changes nothing', async () => {
    const path = newFile();
    const store = await open(path);
    expect(await verify(path)).toMatchObject({ whole: { count: 0, first: null } });
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    const events = fc.record({
      at: fc.nat(),
      kind: text,
      actor: fc.option(text),
      repositoryId: fc.nat(),
      pullNumber: fc.option(fc.nat()),
      runId: fc.option(text),
      facts: fc.dictionary(text, fc.jsonValue()),
    });
    await fc.assert(
      fc.asyncProperty(events, async (one) => {
        await store.audit.append(one);
        expect(await faultOf(path, await store.audit.head())).toBeNull();
      }),
      { numRuns: 30 },
    );
    await store.audit.append(event('nul \0 inside', { actor: 'half \ud800' }));
    await store.close();
    const bytes = readFileSync(path);
    expect(await verify(path)).toMatchObject({ whole: { last: 5 } });
    expect(readFileSync(path).equals(bytes)).toBe(true);
    // SQLite may leave its log behind, with nothing in it.
    for (const name of readdirSync(dirname(path)))
      if (name.endsWith('-wal')) expect(statSync(join(dirname(path), name)).size).toBe(0);
  });

  test('is whole when a server with the same key goes on with it', async () => {
    const path = copy();
    const store = await open(path);
    await store.audit.append(event('later'));
    await store.close();
    expect(await verify(path)).toMatchObject({ whole: { count: length + 1 } });
  });
});

describe('somebody who has the database', () => {
  test.each([
    ['another number', 'at = at + 1'],
    ['a number beyond what we write', 'at = 9007199254740993'],
    ['a fraction', 'at = at + 0.5'],
    ['a number as bytes', "at = x'33'"],
    ['another word', "kind = 'apply.applied'"],
    ['the same word as bytes', 'kind = cast(kind as blob)'],
    ['something behind the end of a text', "kind = kind || char(0) || 'more'"],
    ['bytes that are no text', "kind = cast(x'ff' as text)"],
    ['nobody', 'actor = null'],
    ['somebody else', "actor = 'mallory'"],
    ['another repository', 'repository_id = 2'],
    ['another pull request', 'pull_number = 13'],
    ['none', 'pull_number = null'],
    ['another run', "run_id = 'run-87654321'"],
    ['other facts', `facts_json = '{"project":"database"}'`],
    ['the same facts in other characters', `facts_json = '{"project": "network"}'`],
    ['another hash', "hash = replace(hash, substr(hash, 1, 1), 'f') || '0'"],
    ['no hash', "hash = ''"],
  ])('who writes %s into any row is found at that row', async (_what, change) => {
    for (let row = 1; row <= length; row += 1) {
      const path = copy();
      tamper(path, `update audit_events set ${change} where seq = ${row}`);
      expect(await faultOf(path)).toMatchObject({ kind: 'edited', seq: row });
    }
  });

  test('who removes any row is found, and who cuts off the tail', async () => {
    for (let row = 1; row <= length; row += 1) {
      const path = copy();
      tamper(path, `delete from audit_events where seq = ${row}`);
      expect(await faultOf(path)).toMatchObject({ kind: row === length ? 'cut' : 'removed', seq: row });
      tamper(path, `delete from audit_events where seq > ${row}`);
      expect(await faultOf(path)).toMatchObject({ kind: 'cut', seq: row });
    }
  });

  test('who swaps any two rows is found', async () => {
    for (let one = 1; one <= length; one += 1)
      for (let two = one + 1; two <= length; two += 1) {
        const path = copy();
        const move = (from: number, to: number) => `update audit_events set seq = ${to} where seq = ${from}`;
        tamper(path, move(one, 99), move(two, one), move(99, two));
        expect(await faultOf(path)).toMatchObject({ kind: 'reordered', seq: one });
      }
  });

  test('who adds a row is found, or takes the head away, changes it, or all that is in the tables', async () => {
    const add = `insert into audit_events (seq, at, kind, repository_id, facts_json, hash)
      select seq + 1, at, kind, repository_id, facts_json, hash from audit_events order by seq desc limit 1`;
    const cases: readonly (readonly [string, string])[] = [
      [add, 'edited'],
      ['delete from audit_head', 'signature'],
      ['update audit_head set signature = null', 'signature'],
      ['update audit_head set seq = 5', 'added'],
      ["update audit_head set hash = 'x'", 'edited'],
      ['delete from audit_events', 'cut'],
      [`delete from audit_events; update audit_head set seq = 0, hash = '${'0'.repeat(64)}'`, 'signature'],
    ];
    for (const [statement, kind] of cases) {
      const path = copy();
      tamper(path, statement);
      expect(await faultOf(path)).toMatchObject({ kind });
    }
  });

  test('is found also after the server went on, and what they left is never signed', async () => {
    const cases: readonly (readonly [string, string])[] = [
      ['delete from audit_events where seq > 3', 'removed'],
      [
        'delete from audit_events where seq > 3; update audit_head set seq = 3, hash = (select hash from audit_events where seq = 3)',
        'signature',
      ],
      ['delete from audit_events where seq > 3; delete from audit_head', 'edited'],
      ["insert into audit_events (at, kind, repository_id, facts_json) values (1, 'x', 1, '{}')", 'edited'],
    ];
    for (const [statement, kind] of cases) {
      const path = copy();
      tamper(path, statement);
      const store = await open(path);
      for (const row of ['a', 'b']) await store.audit.append(event(row));
      const { signature } = await store.audit.head();
      await store.close();
      expect(await faultOf(path)).toMatchObject({ kind });
      if (statement.includes('audit_head')) expect(signature).toBeNull();
    }
  });

  test('who puts an older copy back is found by a head that GitHub has', async () => {
    const path = copy();
    const store = await open(path);
    await store.audit.append(event('later'));
    const head = await store.audit.head();
    await store.close();
    expect(await faultOf(path, head)).toBeNull();
    expect(await faultOf(copy(), head)).toMatchObject({ kind: 'cut', seq: length + 1 });
  });
});

test('another key finds that the head is not its own, and signs nothing that follows', async () => {
  const path = copy();
  const store = await openSqliteStore({ path, clock, auditKey: Buffer.alloc(32, 8) });
  expect(await store.audit.head()).toMatchObject({ seq: length, signature: null });
  await store.audit.append(event('later'));
  expect(await store.audit.head()).toMatchObject({ seq: length + 1, signature: null });
  await store.close();
  expect(await faultOf(path)).toMatchObject({ kind: 'signature' });
});

test('what was written before there was a chain is in it from then on', async () => {
  const path = newFile();
  const db = new Kysely<Tables>({
    dialect: createNodeSqliteDialect({ path, beforeAcquire: () => {} }),
  });
  await migrate(db, path, 1, migrations.slice(0, 8));
  await db.destroy();
  expect(migrations[8]?.name).toBe('0009-audit-chain');
  tamper(
    path,
    ...Array.from(
      { length: 1_200 },
      (_, row) =>
        `insert into audit_events (at, kind, repository_id, facts_json) values (${row}, 'old', 1, '{"row":${row}}')`,
    ),
    'delete from audit_events where seq = 7',
  );
  await expect(verify(path)).rejects.toMatchObject({ problem: { code: 'cannot-start' } });
  const store = await open(path);
  await store.audit.append(event('new'));
  await store.close();
  expect(await verify(path)).toMatchObject({ whole: { count: 1_200, first: 0, last: 5 } });
  tamper(path, "update audit_events set kind = 'other' where seq = 700");
  expect(await faultOf(path)).toMatchObject({ kind: 'edited', seq: 700 });
});

test('where there is no database nothing is made', async () => {
  const path = newFile();
  await expect(verify(path)).rejects.toMatchObject({ problem: { code: 'cannot-start' } });
  expect(readdirSync(dirname(path))).toEqual([]);
});
