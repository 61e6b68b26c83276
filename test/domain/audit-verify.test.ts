import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AuditRow, beforeFirst, rowHash } from '../../src/domain/audit-chain.ts';
import { type AuditHead, createAuditSeal, headText, parseHead } from '../../src/domain/audit-head.ts';
import { type FoundRow, verifyTrail } from '../../src/domain/audit-verify.ts';

const seal = createAuditSeal(Buffer.alloc(32, 1));
const stranger = createAuditSeal(randomBytes(32));

type Columns = Omit<AuditRow, 'seq'>;
interface Stored {
  readonly rows: readonly FoundRow[];
  readonly head: AuditHead;
}

/** Rows with their hashes, from the first on, and a head by whoever signs. */
const chain = (events: readonly Columns[], by = seal): Stored => {
  let last = beforeFirst;
  const rows = events.map((event, index): FoundRow => {
    const row = { ...event, seq: index + 1 };
    last = { seq: row.seq, hash: rowHash(last.hash, row) };
    return { ...last, row };
  });
  return { rows, head: { ...last, signature: by.sign(last) } };
};

const verify = ({ rows, head }: Stored, wanted: AuditHead | null = null) =>
  verifyTrail({ rows: () => rows.toSorted((one, two) => one.seq - two.seq), head }, seal, wanted);
const faultOf = (stored: Stored, wanted: AuditHead | null = null) => {
  const verified = verify(stored, wanted);
  return 'fault' in verified ? verified.fault : null;
};

const text = fc.string({ maxLength: 12, unit: 'binary' });
const number = fc.integer({ min: 0, max: 2 ** 45 });
const event: fc.Arbitrary<Columns> = fc.record({
  at: number,
  kind: text,
  actor: fc.option(text),
  repositoryId: number,
  pullNumber: fc.option(number),
  runId: fc.option(text),
  facts: fc.json(),
});
const events = fc.array(event, { minLength: 2, maxLength: 12 });
const place = fc.nat();
const pick = (at: number, list: readonly unknown[]): number => at % list.length;

describe('whatever is done to it is found', () => {
  test('and nothing is found where nothing was done, with every head there ever was', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), (list) => {
        const stored = chain(list);
        for (let kept = 0; kept <= list.length; kept += 1) {
          const { head } = chain(list.slice(0, kept));
          expect(faultOf(stored, head)).toBeNull();
          expect(faultOf(stored, { ...head, signature: null })).toBeNull();
        }
        expect(verify(stored)).toMatchObject({ whole: { count: list.length, head: stored.head } });
      }),
    );
  });

  test('any other value of any column of any row', () => {
    fc.assert(
      fc.property(
        events,
        place,
        event,
        fc.constantFrom('at', 'kind', 'actor', 'repositoryId', 'pullNumber', 'runId', 'facts'),
        (list, at, other, column) => {
          const stored = chain(list);
          const index = pick(at, list);
          const rows = stored.rows.map((found, each) =>
            each === index && found.row !== null
              ? { ...found, row: { ...found.row, [column]: other[column] } }
              : found,
          );
          fc.pre(list[index]?.[column] !== other[column]);
          expect(faultOf({ ...stored, rows })).toMatchObject({ seq: index + 1 });
        },
      ),
    );
  });

  test('a value that moves from one column into the next', () => {
    fc.assert(
      fc.property(event, text, (one, moved) => {
        fc.pre(moved !== '');
        const before = { ...one, seq: 1, kind: `a${moved}`, actor: 'b' };
        const after = { ...before, kind: 'a', actor: `${moved}b` };
        expect(rowHash(beforeFirst.hash, after)).not.toBe(rowHash(beforeFirst.hash, before));
      }),
    );
  });

  test('any rows removed, whether or not the others move up', () => {
    fc.assert(
      fc.property(
        events,
        fc.array(place, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (list, gone, moveUp) => {
          const stored = chain(list);
          const indexes = new Set(gone.map((at) => pick(at, list)));
          const left = stored.rows.filter((_, index) => !indexes.has(index));
          const rows = moveUp
            ? left.map((found, index) => ({
                ...found,
                seq: index + 1,
                row: found.row && { ...found.row, seq: index + 1 },
              }))
            : left;
          const isTail = Math.min(...indexes) === left.length;
          const fault = faultOf({ ...stored, rows });
          expect(fault?.kind).toMatch(
            isTail ? /^cut$/ : moveUp ? /^(?:edited|reordered)$/ : /^(?:removed|reordered)$/,
          );
          expect(fault?.seq).toBe(Math.min(...indexes) + 1);
        },
      ),
    );
  });

  test('any two rows swapped, with their hashes or without', () => {
    fc.assert(
      fc.property(events, place, place, fc.boolean(), (list, first, second, withHash) => {
        const stored = chain(list);
        const [one, two] = [pick(first, list), pick(second, list)];
        fc.pre(one !== two);
        const at = (index: number): FoundRow => {
          const there = stored.rows[index === one ? two : index === two ? one : index];
          const mine = stored.rows[index];
          if (there?.row == null || mine === undefined) throw new Error('no such row');
          return {
            seq: mine.seq,
            hash: withHash ? there.hash : mine.hash,
            row: { ...there.row, seq: mine.seq },
          };
        };
        const rows = stored.rows.map((_, index) => at(index));
        const same = rows.every(
          (found, index) => JSON.stringify(found) === JSON.stringify(stored.rows[index]),
        );
        fc.pre(!same);
        const fault = faultOf({ ...stored, rows });
        expect(fault).toMatchObject({ kind: 'reordered', seq: Math.min(one, two) + 1 });
      }),
    );
  });

  test('a tail that is cut off, also where the head is moved back by somebody without the key', () => {
    fc.assert(
      fc.property(events, place, (list, at) => {
        const stored = chain(list);
        const rest = list.slice(0, pick(at, list));
        const cut = chain(rest);
        expect(faultOf({ ...cut, head: stored.head })).toMatchObject({ kind: 'cut', seq: rest.length + 1 });
        const { signature } = stored.head;
        expect(faultOf({ ...cut, head: { ...cut.head, signature } })).toMatchObject({ kind: 'signature' });
        expect(faultOf({ ...cut, head: chain(rest, stranger).head })).toMatchObject({ kind: 'signature' });
      }),
    );
  });

  test('a row that is put in, however well the chain behind it is made anew', () => {
    fc.assert(
      fc.property(events, event, place, (list, more, at) => {
        const stored = chain(list);
        const index = at % (list.length + 1);
        const forged = chain(list.toSpliced(index, 0, more), stranger);
        expect(faultOf(forged)).toMatchObject({ kind: 'signature' });
        expect(faultOf({ ...forged, head: stored.head })).toMatchObject({
          kind: 'added',
          seq: list.length + 1,
        });
      }),
    );
  });

  test('all of it written anew by who has the key: by a head that was kept elsewhere', () => {
    fc.assert(
      fc.property(events, events, (list, others) => {
        const kept = chain(list).head;
        const forged = chain(others);
        fc.pre(!forged.rows.some(({ hash }) => hash === kept.hash));
        expect(faultOf(forged)).toBeNull();
        const kind = kept.seq > others.length ? 'cut' : 'edited';
        expect(faultOf(forged, kept)).toMatchObject({ kind, seq: kept.seq });
        const { hash } = kept;
        const alone = verifyTrail({ rows: () => forged.rows, head: forged.head }, seal, {
          seq: null,
          hash,
          signature: null,
        });
        expect(alone).toMatchObject({ fault: { kind: 'cut' } });
      }),
    );
  });
});

describe('a kept head with a signature that is not ours', () => {
  const stored = chain([
    { at: 1, kind: 'a', actor: null, repositoryId: 1, pullNumber: null, runId: null, facts: '{}' },
  ]);
  const signature = 'a'.repeat(64);

  test('is there when its hash is: it may be of an earlier key', () => {
    expect(faultOf(stored, { ...stored.head, signature })).toBeNull();
  });

  test('proves nothing when it is not: anybody can write such a line', () => {
    const foreign = { seq: 9, hash: 'b'.repeat(64), signature };
    expect(faultOf(stored, foreign)).toMatchObject({ kind: 'signature', seq: 9 });
    expect(faultOf(stored, { ...foreign, signature: null })).toMatchObject({ kind: 'cut' });
  });
});

describe('a head as text', () => {
  test('comes back, from the line of a check as from what is behind its colon', () => {
    fc.assert(
      fc.property(number, fc.boolean(), (seq, isSigned) => {
        const link = { seq, hash: beforeFirst.hash };
        const head = { ...link, signature: isSigned ? seal.sign(link) : null };
        for (const line of [
          headText(head),
          `Audit head: \`${headText(head)}\``,
          `  Audit head: ${headText(head)}\n`,
        ])
          expect(parseHead(line)).toEqual(head);
      }),
    );
    expect(parseHead(beforeFirst.hash)).toEqual({ seq: null, hash: beforeFirst.hash, signature: null });
  });

  test.each([
    '',
    '12',
    '12.',
    `${'a'.repeat(63)}`,
    `x.${'a'.repeat(64)}`,
    `1.${'A'.repeat(64)}`,
    `1.${'a'.repeat(64)}.b`,
  ])('%j is none', (line) => expect(parseHead(line)).toBeNull());
});

test('the encoding is the one that is documented: this value may never change', () => {
  const row = {
    seq: 1,
    at: 2,
    kind: 'plan.planned',
    actor: 'ada',
    repositoryId: 3,
    pullNumber: 4,
    runId: null,
    facts: '{"a":"ü"}',
  };
  expect(rowHash(beforeFirst.hash, row)).toBe(
    '39426f0550cb35cbb596ebc01842a8ded40d1633baba6daf1911ab786274100f',
  );
});
