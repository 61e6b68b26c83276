import { describe, expect, test } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit.ts';
import { type AuditLink, auditRow, beforeFirst, rowHash } from '../../src/domain/audit-chain.ts';
import { createAuditSeal } from '../../src/domain/audit-head.ts';
import { auditKey, closingAfterEach, storeAdapters } from '../store/adapters.ts';

const closing = closingAfterEach();
const seal = createAuditSeal(auditKey);

const event = (kind: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  at: 5,
  kind,
  actor: 'ada',
  repositoryId: 1,
  pullNumber: 12,
  runId: null,
  facts: { project: 'network', verdict: { holds: true } },
  ...more,
});

/** The head that these events have, one after another. */
const headOf = (events: readonly AuditEvent[]) => {
  let last: AuditLink = beforeFirst;
  for (const [index, one] of events.entries())
    last = { seq: index + 1, hash: rowHash(last.hash, auditRow(one, index + 1)) };
  return { ...last, signature: seal.sign(last) };
};

describe.each(storeAdapters)('the audit chain of %s', (_name, make) => {
  const fresh = () => closing(make());

  test('an empty trail has a signed head', async () => {
    const { audit } = await fresh();
    expect(await audit.head()).toEqual(headOf([]));
  });

  test('each event is the head next, and other writes between them change nothing', async () => {
    const { audit, cursors } = await fresh();
    const events = [
      event('one'),
      event('two', { actor: null, pullNumber: null, runId: 'r-1' }),
      event('half \ud800'),
    ];
    for (const [index, one] of events.entries()) {
      await audit.append(one);
      await cursors.set('place', index);
      expect(await audit.head()).toEqual(headOf(events.slice(0, index + 1)));
    }
  });

  test('what comes at the same time is one chain, and what was rolled back was never in it', async () => {
    const store = await fresh();
    const fail = new Error('no');
    const works = Array.from({ length: 40 }, (_, index) => async (): Promise<void> => {
      if (index % 4 === 0) return store.audit.append(event(`${index} alone`));
      await store
        .transact(async ({ audit }) => {
          await audit.append(event(`${index} in a transaction`));
          await audit.append(event(`${index} again`));
          if (index % 4 === 3) throw fail;
        })
        .catch((error: unknown) => expect(error).toBe(fail));
    });
    await Promise.all(works.map((work) => work()));
    const kept = await store.audit.ofPull({ repositoryId: 1, pullNumber: 12 });
    expect(kept).toHaveLength(10 + 2 * 20);
    expect(await store.audit.head()).toEqual(headOf(kept));
  });
});
