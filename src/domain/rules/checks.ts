import { no, type Verdict, yes } from '../verdict.ts';
import type { CheckFact } from './merge-facts.ts';
import type { ChecksRequirement } from './requirement.ts';

/** Requirement `checks`: each of these is there and green on the head, whoever reports it. A skipped one says nothing. */
export const checksPass = ({ names, source }: ChecksRequirement, checks: readonly CheckFact[]): Verdict => {
  const parts = names.map((name) =>
    one(
      name,
      checks.filter((check) => check.name === name),
    ),
  );
  const bad = parts.filter(({ holds }) => !holds);
  if (bad.length === 0) return yes('checks', `${names.join(', ')} passed`, { parts, source });
  const because = bad.map(({ because }) => because).join(', ');
  return no(
    'checks',
    because,
    {
      code: 'checks-open',
      sentence: `Not every check that is asked for has passed: ${because}.`,
      advice: 'Wait for them, or mend what they say; then comment `/apply` again.',
    },
    { parts, source, needs: bad.map(({ name }) => `the check \`${name}\` to pass`).join(', ') },
  );
};

const one = (name: string, found: readonly CheckFact[]): Verdict => {
  const states = found.map(({ state }) => state);
  if (states.length > 0 && states.every((state) => state === 'success'))
    return yes(name, `\`${name}\` passed`);
  const because = states.includes('failure')
    ? `\`${name}\` failed`
    : states.includes('pending')
      ? `\`${name}\` has not ended`
      : states.length === 0
        ? `\`${name}\` was not reported`
        : `\`${name}\` did not say that it passed`;
  return no(name, because, {
    code: 'checks-open',
    sentence: `The check ${because}.`,
    advice: 'Wait for it, or mend it.',
  });
};
