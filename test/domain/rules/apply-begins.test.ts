import { describe, expect, test } from 'vitest';
import type { ApplyCause } from '../../../src/domain/batch.ts';
import type { Due, MergeOrder } from '../../../src/domain/due.ts';
import { planDigest } from '../../../src/domain/ids.ts';
import type { ApplyMode } from '../../../src/domain/project.ts';
import {
  type ApplyFacts,
  applyConditions,
  isAgreed,
  mergeDiffers,
} from '../../../src/domain/rules/apply-conditions.ts';
import { commit } from '../../support/samples.ts';
import { applyFacts, due, laterFacts, mergedFacts, mergedPull } from './facts.ts';

/** The one of this name. */
const verdictOf = (name: string, facts: ApplyFacts) =>
  applyConditions(facts).find((verdict) => verdict.name === name);

const otherDigest = planDigest('9'.repeat(64));
const modes: Readonly<Record<ApplyMode['kind'], ApplyMode>> = {
  command: { kind: 'command' },
  merge: { kind: 'merge' },
  auto: { kind: 'auto', when: null },
};

describe('what it begins by, and when the project is applied', () => {
  const told = (mode: ApplyMode['kind'], cause: ApplyCause, facts: ApplyFacts, beginsByRule = false) => {
    const found = verdictOf('mode', {
      ...facts,
      cause,
      later: { ...laterFacts, mode: modes[mode], beginsByRule },
    });
    return found?.holds === true ? found.because : found?.problem?.code;
  };
  const commanded = 'applied when somebody commands it';
  const byRule = 'the rules let this plan be applied by itself';
  const agreed = 'planned after the merge, and what was agreed to before it';

  const cells: readonly (readonly [ApplyMode['kind'], ApplyCause, open: string, merged: string])[] = [
    ['command', 'command', commanded, commanded],
    ['auto', 'command', commanded, commanded],
    ['merge', 'command', 'after-merge', commanded],
    ['command', 'merge', 'by-itself', 'by-itself'],
    ['auto', 'merge', 'by-itself', 'by-itself'],
    ['merge', 'merge', 'merge-differs', agreed],
    ['command', 'rule', 'by-itself', 'by-itself'],
    ['auto', 'rule', 'by-itself', 'by-itself'],
    ['merge', 'rule', 'by-itself', 'by-itself'],
  ];
  test.each(cells)('applied on %s, begun by a %s: open %s, merged %s', (mode, cause, open, merged) => {
    expect(told(mode, cause, applyFacts)).toBe(open);
    expect(told(mode, cause, mergedFacts)).toBe(merged);
    // What the rules let begin by itself is asked of nothing else.
    expect(told(mode, cause, applyFacts, true)).toBe(cause === 'rule' ? byRule : open);
    expect(told(mode, cause, mergedFacts, true)).toBe(cause === 'rule' ? byRule : merged);
  });

  test('what is said of it', () => {
    const mode = (facts: ApplyFacts) => {
      const { because, needs, problem } = verdictOf('mode', facts) ?? {};
      return [because, needs, problem?.sentence, problem?.advice];
    };
    expect(mode({ ...applyFacts, cause: 'rule' })).toEqual([
      'the rules do not let this plan be applied by itself',
      null,
      'The rules do not let this plan of `network` be applied without a command.',
      'Look at it, and comment `/apply`.',
    ]);
    expect(mode({ ...applyFacts, later: { ...laterFacts, mode: modes.merge } })).toEqual([
      'it is applied after the merge',
      'the merge',
      '`network` is applied after the merge, if the plan is the same then.',
      'Merge the pull request when its checks allow it. Nothing else is to be done.',
    ]);
    expect(mode({ ...mergedFacts, later: laterFacts })).toEqual([
      'the rules do not have it applied by a merge any more',
      '`/apply`',
      'The rules do not have `network` applied by a merge any more.',
      'Look at its plan, and comment `/apply`.',
    ]);
    expect(mode({ ...mergedFacts, due: { ...due, approved: otherDigest } })).toEqual([
      'what was planned after the merge is not what was agreed to before it',
      '`/apply`',
      'The plan of `network` after the merge is not the one that was shown when this was merged.',
      expect.stringContaining('`/apply` applies it'),
    ]);
  });
});

describe('after a merge', () => {
  test('what was agreed to is applied, with what was seen', () => {
    expect(applyConditions(mergedFacts).filter(({ holds }) => !holds)).toEqual([]);
    expect(verdictOf('open', mergedFacts)?.because).toBe('merged as dddddddddddd, and the merge asks for it');
  });

  test('only where the merge asks for it, and into a branch whose rules count', () => {
    const open = (more: Partial<ApplyFacts>) => verdictOf('open', { ...mergedFacts, ...more })?.problem?.code;
    expect(open({})).toBeUndefined();
    expect(open({ due: null })).toBe('closed');
    expect(open({ due: { ...due, commit: commit('e') } })).toBe('closed');
    expect(open({ appliesIntoBase: false })).toBe('closed');
    expect(open({ pull: { ...mergedPull, merged: null } })).toBe('closed');
    // A command after the merge is held to the same.
    expect(open({ cause: 'command' })).toBeUndefined();
    expect(open({ cause: 'command', due: null })).toBe('closed');
  });

  const agreements: readonly (readonly [string, Due | null, string])[] = [
    ['nothing is asked for', null, 'The comment showed no plan of `network`'],
    ['nothing was shown', { ...due, approved: null }, 'The comment showed no plan of `network`'],
    ['another plan was shown', { ...due, approved: otherDigest }, 'is not the one that was shown'],
  ];
  test.each(agreements)('the merge applies nothing where %s; somebody may', (_, asks, sentence) => {
    const mode = (cause: ApplyCause) => verdictOf('mode', { ...mergedFacts, cause, due: asks });
    expect(mode('merge')).toMatchObject({
      holds: false,
      problem: { code: 'merge-differs' },
      needs: '`/apply`',
    });
    expect(mode('merge')?.problem?.sentence).toContain(sentence);
    expect(mergeDiffers(asks, applyFacts.planRun.project)).toEqual(mode('merge')?.problem);
    expect(mode('command')?.holds).toBe(true);
  });

  test('agreed to is that very plan, and never none', () => {
    expect(isAgreed({ ...due, approved: otherDigest }, otherDigest)).toBe(true);
    expect(isAgreed(due, otherDigest)).toBe(false);
    expect(isAgreed(due, undefined)).toBe(false);
    expect(isAgreed({ ...due, approved: null }, otherDigest)).toBe(false);
    expect(isAgreed({ ...due, approved: null }, undefined)).toBe(false);
    const planless = { ...applyFacts.planRun, plan: null };
    const asked = { ...mergedFacts, planRun: planless, due: { ...due, approved: null } };
    expect(verdictOf('mode', asked)?.problem?.code).toBe('merge-differs');
  });

  test('not again what a newer commit did already', () => {
    const order = (one: MergeOrder) =>
      verdictOf('order', { ...mergedFacts, later: { ...laterFacts, order: one } });
    expect(order('newest')).toMatchObject({
      holds: true,
      because: 'no newer commit was applied, or began to be',
    });
    expect(order('overtaken')).toMatchObject({
      holds: false,
      because: 'the apply of a newer commit that holds dddddddddddd was begun',
      problem: {
        code: 'overtaken',
        sentence:
          'An apply of `network` was begun from a newer commit that holds `dddddddddddd`, and nothing older is applied over it.',
      },
    });
    expect(order('contained')).toMatchObject({
      holds: false,
      because: 'dddddddddddd is part of what was applied already',
      problem: {
        code: 'contained',
        sentence:
          '`network` was applied already from a commit that holds `dddddddddddd`: what this one did is done.',
      },
    });
  });
});
