import { describe, expect, it } from 'vitest';
import type { Look } from '../../src/domain/look.ts';
import type { ChangeAction } from '../../src/domain/plan-summary.ts';
import { recoveryParts } from '../../src/render/look.ts';
import type { RecoveryView } from '../../src/render/view.ts';

const look = (more: Partial<Look> = {}): Look => ({
  at: Date.UTC(2026, 10, 21, 11, 40),
  state: { lineage: 'a', serial: 4 },
  why: null,
  counts: { done: 0, open: 0, unclear: 0 },
  names: { done: [], open: [], unclear: [] },
  lock: null,
  lockKnown: true,
  rescued: null,
  ...more,
});
const said = (more: Partial<Look> | null, rest: Partial<RecoveryView> = {}): string =>
  recoveryParts({ look: more === null ? null : look(more), again: null, offers: [], ...rest }).join('\n\n');

const named = (many: number, action: ChangeAction = 'create') =>
  Array.from({ length: many }, (_, index) => ({ address: `a.b[${index}]`, action }));
const held = { id: 'abc', who: 'eve@laptop', operation: 'OperationTypePlan', created: null, ours: false };

describe('what is said of an outcome that nobody knows', () => {
  it('names at most twenty addresses, those first that a person has to look at, and counts the rest', () => {
    const text = said({
      counts: { done: 30, open: 40, unclear: 2 },
      names: { done: named(20), open: named(20), unclear: named(2) },
    });
    expect(text.match(/^- create/gm)).toHaveLength(20);
    expect(text).toContain('- and 20 more');
    expect(text).toContain('**2 cannot be told:**\n\n- 2 addresses');
    expect(text).toContain('**30 in the state as planned:**\n\n- 30 addresses');
    expect(text.indexOf('not in the state')).toBeLessThan(text.indexOf('cannot be told'));
  });

  it.each([
    [{ lock: null }, 'Nobody holds'],
    [{ lockKnown: false }, 'is not known'],
    [{ lock: held }, "Somebody else holds the tool's own lock on the state: `eve@laptop`: id `abc`."],
    [{ lock: { ...held, who: null } }, 'does not tell by whom: id `abc`.'],
    [
      { lock: { ...held, who: null, id: null } },
      'does not tell by whom, and the backend does not tell its id.',
    ],
    [
      { lock: { ...held, ours: true, created: '2026-11-21 11:26:27.678977527 +0000 UTC' } },
      "This apply, which is over, still holds the tool's own lock on the state, since 2026-11-21 11:26:27 UTC: id `abc`.",
    ],
  ])('says who holds the lock %#', (more, words) => {
    expect(said(more)).toContain(words);
  });

  it('says while nothing is known, and why a state could not be read, in a block that it cannot leave', () => {
    expect(said(null)).toContain('is being looked at');
    const text = said({ state: null, why: 'Error: no\n```\n# @everyone' });
    expect(text).toContain('**What was done is not known:**');
    expect(text).toContain('````text\nError: no\n```\n# @everyone\n````');
  });

  it('leaves hostile addresses text', () => {
    const address = 'a.b["`](http://evil) @ada <img>"]';
    const text = said({
      counts: { done: 0, open: 1, unclear: 0 },
      names: { done: [], unclear: [], open: [{ address, action: 'create' }] },
    });
    expect(text).not.toContain('<img');
    expect(text).not.toContain('](http');
  });
});
