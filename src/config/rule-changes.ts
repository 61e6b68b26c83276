import { actions } from '../domain/rules/requirement.ts';
import { canonical, meaningOf, suspensionMeans } from './merge-rules.ts';
import { type RuleSettings, settingsIn } from './rules.ts';
import type { RepositoryFile } from './types.ts';

/** What a file says about rights, by where and about what: each text is one rule. */
const rulesIn = (file: RepositoryFile | null): ReadonlyMap<string, readonly string[]> => {
  const all = new Map<string, string[]>();
  const add = (place: string, { requirements, whoMay, bindApprovals, suspended }: RuleSettings): void => {
    const say = (about: string, rules: readonly string[]): void => {
      const key = `${place} ${about}`;
      if (rules.length > 0) all.set(key, [...(all.get(key) ?? []), ...rules]);
    };
    for (const action of actions) {
      say(`requirements ${action}`, requirements?.[action]?.map(meaningOf) ?? []);
      const people = whoMay?.[action];
      say(`who_may ${action}`, people === undefined ? [] : [canonical(people)]);
    }
    say('bind_approvals', bindApprovals === undefined ? [] : [bindApprovals]);
    say('suspend', (suspended ?? []).map(suspensionMeans));
  };
  for (const rule of file?.rules ?? []) add(`rule ${rule.scope}`, settingsIn(rule));
  for (const { name, settings } of file?.projects ?? []) add(`project ${name}`, settings);
  return all;
};

/** Those of `a` that are not in `b`, as often as they are in one of them. */
const without = (a: readonly string[], b: readonly string[]): number => {
  const left = [...b];
  return a.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  }).length;
};

/** How many rules about rights differ between two files; one that was edited counts once. */
export const changedRules = (before: RepositoryFile | null, after: RepositoryFile | null): number => {
  const [old, now] = [rulesIn(before), rulesIn(after)];
  return [...new Set([...old.keys(), ...now.keys()])].reduce((sum, key) => {
    const [was, is] = [old.get(key) ?? [], now.get(key) ?? []];
    return sum + Math.max(without(was, is), without(is, was));
  }, 0);
};
