import { describe, expect, it } from 'vitest';
import { parseOperatorFile } from '../../src/config/operator-file.ts';
import { taken } from './stories.ts';

const bots = (text: string) => taken(parseOperatorFile(`allow: [a/b]\n${text}`, 'f')).bots;
const refusal = (text: string): string => {
  const parsed = parseOperatorFile(`allow: [a/b]\n${text}`, 'f');
  return 'problem' in parsed ? parsed.problem.sentence : 'taken';
};

describe('`bots` of the operator file', () => {
  it('is nothing where it is not written, and lets nobody where it is empty', () => {
    expect(bots('')).toBeNull();
    expect(bots('bots: {}\n')).toEqual({ listed: [], source: 'operator file, line 2' });
  });

  it('refuses what is not said, knows no capital letters, and keeps the lines', () => {
    expect(
      bots('bots:\n  Renovate: { plan: allow }\n  dependabot:\n    plan: allow\n    apply: allow\n'),
    ).toEqual({
      source: 'operator file, line 2',
      listed: [
        { login: 'renovate', plan: 'allow', apply: 'refuse', source: 'operator file, line 3' },
        { login: 'dependabot', plan: 'allow', apply: 'allow', source: 'operator file, line 4' },
      ],
    });
  });

  it.each([
    ['bots: {renovate: {apply: maybe}}', '`allow` or `refuse`'],
    ['bots: {renovate: {aply: allow}}', '`bots.renovate` has no key `aply`'],
    ['bots: {"renovate[bot]": {apply: allow}}', 'without `[bot]`'],
    ['bots: [renovate]', 'a mapping of logins'],
    ['bots:\n  renovate: {}\n  Renovate: {apply: allow}', 'line 4, '],
    ['bots:\n  renovate: {}\n  Renovate: {apply: allow}', 'The bot `renovate` is listed twice'],
  ])('is refused with the reason: %j', (text, why) => {
    expect(refusal(text)).toContain(why);
  });
});
