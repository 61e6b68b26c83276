import type { Convergence, Remaining } from '../domain/convergence/convergence.ts';
import { changesInWords } from './drift-words.ts';
import { code, join, type Markdown, md, text } from './markdown.ts';
import { count, listed } from './words.ts';

/** What the plan behind an apply came to; null: nothing to tell of. */
type LeftBehind = Pick<Convergence, 'outcome' | 'remaining' | 'unsettled' | 'because'>;

const pathsUpTo = 5;

const pathsOf = (paths: readonly string[]): Markdown => {
  const shown = paths.slice(0, pathsUpTo).map((path) => code(path, 120));
  const more = paths.length - shown.length;
  return more === 0 ? join(shown, ', ') : md`${join(shown, ', ')} and ${more} more`;
};

const versionOf = ({ provider, version }: Remaining): Markdown =>
  code(`${provider.split('/').at(-1) ?? provider} ${version}`, 100);

const line = (one: Remaining): Markdown => {
  const address = code(one.address, 200);
  switch (one.kind) {
    case 'unsettled':
      return md`- ${address}: ${pathsOf(one.paths)} differs again after every apply with ${versionOf(one)}. Looks for drift pass over just that, as long as it stays that version.`;
    case 'once':
      return md`- ${address}: ${pathsOf(one.paths)} differs again with ${versionOf(one)}, and this apply had set it. Looks for drift tell of it. If the next apply leaves it as well, it never settles, and they pass over it.`;
    case 'changing':
      return md`- ${address} is made, and not settled yet: still ${text(changesInWords(one.action))}.`;
    case 'deferred':
      return md`- ${address} needs another plan, as this one said.`;
    case 'elsewhere':
      return md`- ${address} was changed by somebody else since it was planned: ${text(changesInWords(one.action))}.`;
  }
};

/** Below what was applied, where the world is not as it was to be, or nobody knows. */
export const leftBehind = (
  { outcome, remaining, because }: LeftBehind,
  most: number,
): readonly Markdown[] => {
  if (outcome === 'unchecked')
    return [
      md`It is not known whether the apply left something: ${text((because ?? 'it was not planned once more').slice(0, 300))}.`,
    ];
  if (outcome !== 'remains') return [];
  const shown = remaining.slice(0, most).map(line);
  if (remaining.length > shown.length) shown.push(md`- and ${remaining.length - shown.length} more`);
  return [md`Planned once more after the apply, this was left:\n\n${join(shown, '\n')}`];
};

/** "2 changes left"; empty where nothing is. */
export const leftInWords = (left: LeftBehind | undefined): string =>
  left?.outcome === 'remains' ? `${count(left.remaining.length, 'change')} left` : '';

/** A sentence for the page of an apply. */
export const afterApplyWords = ({ outcome, remaining, unsettled, because }: LeftBehind): string => {
  const always =
    unsettled === 0
      ? ''
      : ` ${count(unsettled, 'change')} ${unsettled === 1 ? 'is' : 'are'} made after every apply.`;
  switch (outcome) {
    case null:
      return 'It is planned once more, to see whether something is left.';
    case 'settled':
      return `Planned once more, it left nothing to change.${always}`;
    case 'remains': {
      const names = remaining.slice(0, 10).map(({ address }) => address);
      const more = remaining.length - names.length;
      return `Planned once more, it left ${count(remaining.length, 'change')}: ${listed(more === 0 ? names : [...names, `${more} more`])}.${always}`;
    }
    case 'unchecked':
      return `Whether it left something is not known: ${because ?? 'it was not planned once more'}.`;
    case 'superseded':
      return 'Something else was done to the project before it was known what this left.';
  }
};
