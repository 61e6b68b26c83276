import { describe, expect, test } from 'vitest';
import { mayPreview, toPreview } from '../../src/domain/preview.ts';
import type { FindingKind, Held } from '../../src/domain/trust/finding.ts';
import { keyOf } from '../store/samples.ts';

test('walls that close the network are asked for, unless the operator says otherwise', () => {
  const all = ['bubblewrap', 'uid', 'none'] as const;
  expect(all.map((kind) => mayPreview('walls', kind))).toEqual([true, false, false]);
  expect(all.map((kind) => mayPreview('always', kind))).toEqual([true, true, true]);
  expect(all.map((kind) => mayPreview('never', kind))).toEqual([false, false, false]);
});

describe('is previewed', () => {
  const [web, api] = [keyOf('web'), keyOf('api')];
  const held = (kind: FindingKind, more: Partial<Held> = {}): Held => ({
    project: web,
    answer: 'trust',
    findings: [{ kind, path: '', line: null, subject: 'it', place: null, answer: 'trust' }],
    more: 0,
    ...more,
  });

  test('what trust alone keeps from being planned', () => {
    expect(toPreview([held('fork')], [web, api], [])).toEqual([web]);
    expect(toPreview([held('fork')], [web, api], [web])).toEqual([]);
    expect(toPreview([held('fork')], [api], [])).toEqual([]);
  });

  test('nothing that is refused, that brings a link, or of which not all is known', () => {
    expect(toPreview([held('fork', { answer: 'refuse' })], [web], [])).toEqual([]);
    expect(toPreview([held('link')], [web], [])).toEqual([]);
    expect(toPreview([held('fork', { more: 1 })], [web], [])).toEqual([]);
  });

  test('no more of a pull request than people read', () => {
    const keys = Array.from({ length: 30 }, (_, index) => keyOf(`p${index}`));
    const all = keys.map((project) => held('fork', { project }));
    expect(toPreview(all, keys, [])).toEqual(keys.slice(0, 20));
  });
});
