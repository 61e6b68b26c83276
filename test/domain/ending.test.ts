import { describe, expect, test } from 'vitest';
import { type EndedAmong, fateOf, type StatePlace } from '../../src/domain/ending.ts';
import { sampleProject } from '../support/samples.ts';

const at = (text: string | null, isTold = true, more: Partial<StatePlace> = {}): StatePlace => ({
  ...{ text, isTold, isElsewhere: !isTold, around: '', imports: [] },
  ...more,
});
const one = (name: string, place: StatePlace) => ({ project: sampleProject(name), place });
const old = one('old', at('s3 old'));
const other = one('other', at('s3 other'));
interface Otherwise {
  readonly ended?: typeof old;
  readonly codeStays?: boolean;
  readonly before?: EndedAmong['before'];
}
const fate = (now: EndedAmong['now'], { ended = old, codeStays = false, before }: Otherwise = {}) =>
  fateOf({ ...ended, codeStays }, { now, before: before ?? [ended, other] });

describe('what becomes of a project that is taken away', () => {
  test('its end is planned where all others are as they were', () => {
    expect(fate([other])).toEqual({ kind: 'destroy' });
    expect(fate([])).toEqual({ kind: 'destroy' });
  });

  test('it moved where another one keeps its state in the very same place', () => {
    expect(fate([other, one('new', at('s3 old'))])).toEqual({ kind: 'moved', to: 'new' });
    expect(fate([one('other', at('s3 old'))])).toEqual({ kind: 'moved', to: 'other' });
  });

  test.each([
    ['something is new', [other, one('new', at('s3 new'))]],
    ['something has no backend yet', [other, one('new', at(null, false))]],
    ['another one changed where it keeps its state', [one('other', at('s3 elsewhere'))]],
    [
      'another one has other variables in its backend',
      [one('other', at('s3 other', true, { around: 'new' }))],
    ],
    ['another one imports something', [one('other', at('s3 other', true, { imports: ['i'] }))]],
    ['two could have its state', [other, one('new', at('s3 old')), one('newer', at('s3 old'))]],
  ])('somebody has to say where %s', (_what, now) => {
    expect(fate(now).kind).toBe('ask');
  });

  test('the same words say nothing where settings come from elsewhere, or where several have them', () => {
    const vague = one('old', at('http {}', false));
    const like = one('other', at('http {}', false));
    const moved = one('new', at('http {}', false));
    expect(fate([like, moved], { ended: vague, before: [vague, like] }).kind).toBe('ask');
    expect(fate([other, moved], { ended: vague }).kind).toBe('ask');
    const shared = one('sharing', at('s3 old'));
    expect(fate([shared, one('new', at('s3 old'))], { before: [old, shared] }).kind).toBe('ask');
    // Told in full, and of another one that stays: both would lose what there is.
    expect(fate([shared], { before: [old, shared] }).kind).toBe('ask');
    expect(fate([like], { ended: vague, before: [vague, like] }).kind).toBe('destroy');
    // A file on the server, which both may mean.
    const file = one('old', at('local a', false, { isElsewhere: false }));
    const both = { ...file, project: like.project };
    expect(fate([both], { ended: file, before: [file, both] }).kind).toBe('ask');
  });

  test('what another one imported before is not asked about again', () => {
    const importing = one('other', at('s3 other', true, { imports: ['i'] }));
    expect(fate([importing], { before: [old, importing] })).toEqual({ kind: 'destroy' });
  });

  test('nothing ends where its code stays, or where no state of it is known', () => {
    expect(fate([other], { codeStays: true }).kind).toBe('left');
    expect(fate([other], { ended: one('old', at(null, false)) }).kind).toBe('left');
  });
});
