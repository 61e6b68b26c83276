import { describe, expect, test } from 'vitest';
import { projectSchema } from '../../src/store/stored-json.ts';
import { project } from './samples.ts';

const stored = (settings: Readonly<Record<string, unknown>>): unknown => {
  const {
    requirements: _,
    who: __,
    bindApprovals: ___,
    policies: ____,
    reads: ______,
    with: _______,
    withPaths: ________,
    feeds: _________,
    apply: _____,
    ...old
  } = project().settings;
  return { ...project(), settings: { ...old, ...settings } };
};

describe('rules of a project in a row', () => {
  test('come back as they were', () => {
    for (const apply of [
      { kind: 'merge' },
      { kind: 'auto', when: null },
      { kind: 'auto', when: 'plan.destroy == 0' },
    ] as const) {
      const one = { ...project(), settings: { ...project().settings, apply } };
      expect(projectSchema.parse(JSON.parse(JSON.stringify(one)))).toEqual(one);
    }
  });

  test('of an older version are understood', () => {
    const { settings } = projectSchema.parse(stored({ requirements: ['approved'] }));
    expect(settings).toMatchObject({
      requirements: { apply: [{ kind: 'approved', count: 1, from: null, codeOwners: false, when: null }] },
      who: {},
      apply: { kind: 'command' },
      bindApprovals: 'plan',
      policies: null,
      reads: [],
      with: {},
      withPaths: [],
      feeds: [],
    });
    expect(projectSchema.parse(stored({ requirements: [] })).settings.requirements).toEqual({});
  });

  test('that nobody knows are not read as none', () => {
    for (const requirements of [
      ['other'],
      { apply: [{ kind: 'other', when: null, source: '' }] },
      { fly: [] },
      null,
    ])
      expect(projectSchema.safeParse(stored({ requirements })).success, JSON.stringify(requirements)).toBe(
        false,
      );
  });
});
