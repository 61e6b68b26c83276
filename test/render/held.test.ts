import { describe, expect, test } from 'vitest';
import { findingKinds, type JudgedFinding } from '../../src/domain/trust/finding.ts';
import { byteLength, byteLimit } from '../../src/render/budget.ts';
import { createRenderer } from '../../src/render/renderer.ts';
import { all, parse, textOf } from './parse.ts';
import { row, view } from './samples.ts';

const { board, planCheck, applyCheck, projectCheck } = createRenderer();

const found = (more: Partial<JudgedFinding> = {}): JudgedFinding => ({
  kind: 'program',
  path: 'network/main.tf',
  line: 3,
  subject: 'data.external.ids',
  place: null,
  answer: 'trust',
  ...more,
});
const held = (findings: readonly JudgedFinding[], more = 0) => ({ answer: 'trust', findings, more }) as const;

describe('what waits for trust', () => {
  test('is said once for all projects that it is the same for', () => {
    const text = board(
      view([
        row('a', 'held', { held: held([found({ kind: 'link', path: 'l', line: null, subject: '/etc' })]) }),
        row('b', 'held', { held: held([found({ kind: 'link', path: 'l', line: null, subject: '/etc' })]) }),
        row('c', 'held', { held: held([found()], 7) }),
      ]),
    );
    expect(text.match(/WARNING/g)).toHaveLength(2);
    expect(text).toContain('Waits for trust: `a`, `b`.');
    expect(text).toContain('- and 7 more');
  });

  test('has a sentence for every kind', () => {
    const findings = findingKinds.map((kind) => found({ kind }));
    const items = all(parse(board(view([row('a', 'held', { held: held(findings) })]))), 'listItem').map(
      textOf,
    );
    expect(items).toHaveLength(findingKinds.length);
    expect(new Set(items).size).toBe(findingKinds.length);
  });

  test('keeps its shape whatever strangers wrote, and fits', () => {
    const evil = '`](x) <img src=x> @everyone\n\n# heading | cell \u202e <!-- -->'.repeat(10);
    const findings = Array.from({ length: 50 }, () => found({ path: evil, subject: evil }));
    const rows = Array.from({ length: 100 }, (_, index) =>
      row(`p${index}`, 'held', { held: held([...findings, found({ line: index })], 1000) }),
    );
    const text = board(view(rows));
    expect(byteLength(text)).toBeLessThanOrEqual(byteLimit);
    expect(text).toContain('WARNING');
    const page = parse(text);
    expect(all(page, 'image')).toEqual([]);
    for (const { value } of all(page, 'html')) expect(value).not.toContain('img');
    expect(all(page, 'heading')).toHaveLength(1);
    const [first] = rows;
    if (first === undefined) throw new Error('no row');
    for (const check of [planCheck(view(rows)), applyCheck(view(rows)), projectCheck(first)]) {
      expect(byteLength(check.summary)).toBeLessThanOrEqual(byteLimit);
      expect(byteLength(check.text ?? '')).toBeLessThanOrEqual(byteLimit);
    }
    expect(projectCheck(first).text).not.toBeNull();
  });

  test('never lets a merge pass', () => {
    for (const state of ['held', 'refused'] as const) {
      const answer = state === 'held' ? 'trust' : 'refuse';
      const one = row('a', state, { held: { answer, findings: [found({ answer })], more: 0 } });
      for (const check of [planCheck(view([one])), applyCheck(view([one])), projectCheck(one)])
        expect(['success', 'neutral']).not.toContain(check.conclusion);
    }
  });
});
