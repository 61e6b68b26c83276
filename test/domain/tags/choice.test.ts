import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha } from '../../../src/domain/ids.ts';
import { chooseTag, versionOfTag } from '../../../src/domain/tags/choice.ts';
import { compareVersions, mayBeChosen, parseConstraint } from '../../../src/domain/tool-version.ts';

const a = sha('a'.repeat(40));
const b = sha('b'.repeat(40));
const at = (...names: readonly string[]) => new Map(names.map((name) => [name, a] as const));
const any: (tag: string) => boolean = () => true;
const choose = (
  tags: ReadonlyMap<string, typeof a>,
  { kept = new Map<string, typeof a>(), semver = null as string | null, matches = any } = {},
) => chooseTag({ tags, kept, matches, constraint: semver === null ? null : parseConstraint(semver) });

describe('the version of a tag', () => {
  it.each([
    ['v1.2.3', '1.2.3'],
    ['1.2.3', '1.2.3'],
    ['app-v1.2.3', '1.2.3'],
    ['infra/prod/1.2.3', '1.2.3'],
    ['@acme/app@1.2.3', '1.2.3'],
    ['v1.2.3-rc.1', '1.2.3-rc.1'],
    ['app_1.2.3-rc.1+build.5', '1.2.3-rc.1'],
    ['app-2-1.2.3', '1.2.3'],
  ])('%s is %s', (tag, said) => {
    const version = versionOfTag(tag);
    expect(`${version?.segments.join('.')}${version?.pre ? `-${version.pre}` : ''}`).toBe(said);
  });

  it.each([
    'v1',
    'v1.2',
    'latest',
    '',
    'v1.2.3.4',
    'v1.2.x',
    'release',
    '1.2.3-',
    'v 1.2.3',
    'ｖ1.2.3',
    '１.2.3',
  ])('is none in %j', (tag) => {
    expect(versionOfTag(tag)).toBeNull();
  });
});

describe('of the tags', () => {
  it('the highest version is chosen, by its numbers and not by its letters', () => {
    expect(choose(at('v1.9.0', 'v1.10.0', 'v1.2.0', 'latest'))).toEqual({
      kind: 'chosen',
      tag: 'v1.10.0',
      commit: a,
    });
  });

  it('none is where none matches, fits, or is a version', () => {
    expect(choose(at('latest', 'v1'))).toEqual({ kind: 'none' });
    expect(choose(at('v2.0.0'), { semver: '< 2' })).toEqual({ kind: 'none' });
    expect(choose(at('v2.0.0'), { matches: (tag) => tag.startsWith('app-') })).toEqual({ kind: 'none' });
  });

  it('one before a release is only where the constraint names one', () => {
    const tags = at('v1.0.0', 'v1.1.0-rc.1');
    expect(choose(tags)).toMatchObject({ tag: 'v1.0.0' });
    expect(choose(tags, { semver: '>= 1.0' })).toMatchObject({ tag: 'v1.0.0' });
    expect(choose(tags, { semver: '!= 1.0.0' })).toEqual({ kind: 'none' });
    expect(choose(tags, { semver: '>= 1.1.0-rc.0' })).toMatchObject({ tag: 'v1.1.0-rc.1' });
  });

  it('two of one version are refused, both named, but not below a higher one', () => {
    expect(choose(at('v1.0.0', '1.0.0'))).toMatchObject({
      refusal: { kind: 'tag-twice', tag: '1.0.0', other: 'v1.0.0' },
    });
    expect(choose(at('v1.0.0', '1.0.0', 'v1.0.1'))).toMatchObject({ tag: 'v1.0.1' });
    expect(choose(at('v1.0.0+one', 'v1.0.0+two'))).toMatchObject({ refusal: { kind: 'tag-twice' } });
  });

  it('one that leads elsewhere than when it was chosen is refused, until a higher one comes or it is put back', () => {
    const kept = at('v1.0.0');
    const moved = new Map([['v1.0.0', b]]);
    expect(choose(moved, { kept })).toMatchObject({ refusal: { kind: 'tag-moved', from: a, to: b } });
    expect(choose(new Map([...moved, ['v1.1.0', b]]), { kept })).toMatchObject({
      kind: 'chosen',
      tag: 'v1.1.0',
    });
    expect(choose(at('v1.0.0'), { kept })).toMatchObject({ kind: 'chosen', tag: 'v1.0.0' });
  });

  it('one that leads elsewhere is chosen where nothing was kept of it: the twin of one that moved', () => {
    expect(choose(new Map([['v1.0.0', b]]))).toMatchObject({ kind: 'chosen', commit: b });
  });

  it('one that is gone is no reason to go back', () => {
    expect(choose(at('v0.9.0'), { kept: at('v0.9.0', 'v1.0.0') })).toMatchObject({
      refusal: { kind: 'tag-gone', tag: 'v1.0.0', from: a, to: null },
    });
    expect(choose(at('v0.9.0', '1.0.0'), { kept: at('v1.0.0') })).toMatchObject({
      refusal: { kind: 'tag-gone' },
    });
    expect(choose(at('v1.0.1'), { kept: at('v1.0.0') })).toMatchObject({ kind: 'chosen', tag: 'v1.0.1' });
  });

  const tag = fc
    .tuple(
      fc.constantFrom('', 'v', 'app-', 'app/v'),
      fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)),
      fc.constantFrom('', '', '-rc.1', '-rc.2', '+b'),
    )
    .map(([head, numbers, tail]) => `${head}${numbers.join('.')}${tail}`);
  const named = fc.oneof(tag, fc.string({ maxLength: 20 }), fc.string({ unit: 'binary', maxLength: 20 }));
  const tags = fc
    .dictionary(named, fc.constantFrom(a, b), { maxKeys: 12 })
    .map((all) => new Map(Object.entries(all)));
  const semver = fc.constantFrom(null, '>= 1.0', '~> 1.2', '>= 1.0.0-rc.1', '!= 2.0.0', '1.1.1');

  it('what is chosen is there, fits, is what it was, and nothing that fits, then or now, is higher or the same', () => {
    fc.assert(
      fc.property(tags, tags, semver, fc.boolean(), (now, kept, said, isNarrow) => {
        const matches = isNarrow ? (one: string) => one.startsWith('v') : any;
        const found = choose(now, { kept, semver: said, matches });
        if (found.kind !== 'chosen') return;
        const constraint = said === null ? null : parseConstraint(said);
        const constraints = constraint === null ? [] : [constraint];
        const version = versionOfTag(found.tag);
        if (version === null) throw new Error('it is of no version');
        expect([now.get(found.tag), kept.get(found.tag) ?? found.commit]).toEqual([
          found.commit,
          found.commit,
        ]);
        expect([matches(found.tag), mayBeChosen(version, constraints)]).toEqual([true, true]);
        for (const other of new Set([...now.keys(), ...kept.keys()])) {
          const its = versionOfTag(other);
          if (other === found.tag || its === null || !matches(other) || !mayBeChosen(its, constraints))
            continue;
          expect(compareVersions(version, its)).toBeGreaterThan(0);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('the order in which they are told makes no difference', () => {
    fc.assert(
      fc.property(tags, tags, semver, (now, kept, said) => {
        const backwards = new Map([...now].toReversed());
        expect(choose(backwards, { kept, semver: said })).toEqual(choose(now, { kept, semver: said }));
      }),
    );
  });

  it('once chosen, nothing lower is ever chosen by what happens to tags', () => {
    fc.assert(
      fc.property(fc.array(tags, { maxLength: 6 }), semver, (moments, said) => {
        const kept = new Map<string, typeof a>();
        let last: string | null = null;
        for (const now of moments) {
          const found = choose(now, { kept, semver: said });
          if (found.kind !== 'chosen') continue;
          const [version, before] = [versionOfTag(found.tag), last === null ? null : versionOfTag(last)];
          if (version !== null && before !== null && found.tag !== last)
            expect(compareVersions(version, before)).toBeGreaterThan(0);
          expect(kept.get(found.tag) ?? found.commit).toBe(found.commit);
          kept.set(found.tag, found.commit);
          last = found.tag;
        }
      }),
    );
  });
});
