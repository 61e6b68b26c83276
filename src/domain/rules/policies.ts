import type { Actor } from '../pull.ts';
import { no, type Verdict, yes } from '../verdict.ts';
import { peopleText } from './people.ts';
import type { People } from './requirement.ts';

/** What a policy says of a plan. */
export interface PolicyResult {
  readonly name: string;
  /** Null: it could not be asked, which blocks like a no. */
  readonly passed: boolean | null;
  /** What it said, for people. */
  readonly because: string;
  readonly source: string;
  /** Who may let it pass; null: nobody. */
  readonly owners: People | null;
  /** Whose `/approve` lets this very plan pass, and why. */
  readonly override: { readonly actor: Actor; readonly reason: string } | null;
}

/** Requirement `policies`: every policy that is for the project says yes, or one of its owners has let it pass. */
export const policiesPass = (results: readonly PolicyResult[], source: string): Verdict => {
  const parts = results.map(policy);
  const bad = parts.filter(({ holds }) => !holds);
  const [first] = bad;
  if (first === undefined)
    return yes('policies', results.length === 0 ? 'no policy is for this project' : 'every policy says yes', {
      parts,
      source,
    });
  return {
    ...first,
    name: 'policies',
    because: bad.map(({ because }) => because).join('; '),
    parts,
    source,
    needs: bad.map(({ needs }) => needs).join(', '),
  };
};

const failed = (because: string, advice: string) =>
  ({ code: 'policy-failed', sentence: `A policy stands in the way: ${because}.`, advice }) as const;

const policy = ({ name, passed, because, source, owners, override }: PolicyResult): Verdict => {
  if (passed === true) return yes(`policy ${name}`, because, { source });
  if (override !== null)
    return yes(`policy ${name}`, `${because}; ${override.actor.login} lets it pass: ${override.reason}`, {
      source,
    });
  const said = passed === null ? `\`${name}\` could not be asked (${because})` : `\`${name}\`: ${because}`;
  const advice =
    owners === null
      ? 'Change what is planned; nobody may let it pass.'
      : `Change what is planned, or ask ${peopleText(owners)} to comment \`/approve ${name} REASON\`.`;
  return no(`policy ${name}`, said, failed(said, advice), {
    source,
    needs:
      owners === null ? `the policy \`${name}\` to say yes` : `\`/approve ${name}\` by ${peopleText(owners)}`,
  });
};
