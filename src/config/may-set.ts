import { UserError } from '../domain/problem.ts';
import { quoted, quotedList } from '../domain/quote.ts';
import { modeRefused } from './drift.ts';
import type { ProjectsInput, RepositoryFile } from './types.ts';

/**
 * Refuses a `tidegate.yaml` that sets what the operator keeps for himself. It is not passed over: a requirement or a variable
 * file that somebody wrote down, and that does not count, would be found out too late. So the pull request that brings
 * such a key is refused as well. Throws UserError `config-invalid`.
 */
export const checkMaySet = ({ operator, repository, base, head }: ProjectsInput): void => {
  const allowed = operator.maySet(repository);
  const check = (file: RepositoryFile | null, where: string): void => {
    const refused = file?.sets.find(({ key }) => !allowed.includes(key));
    if (file === null) return;
    for (const { mode, line } of file.drifts) {
      const tooMuch = modeRefused(mode, operator.driftOf(repository), repository);
      if (tooMuch === null) continue;
      throw new UserError({
        code: 'config-invalid',
        sentence: `${file.format}.yaml (${where}), line ${line}: ${tooMuch}.`,
        advice:
          'Ask for less, or ask the people who run Tidegate to raise `drift: {most}` of `repositories`. Nothing was run.',
      });
    }
    if (refused === undefined) return;
    const list = allowed.length === 0 ? 'no keys of projects' : quotedList(allowed);
    throw new UserError({
      code: 'config-invalid',
      sentence: `${file.format}.yaml (${where}), line ${refused.line}: the operator file does not let ${quoted(repository)} set ${quoted(refused.key)}.`,
      advice: `Take it out; this repository may set ${list}. Or ask the people who run Tidegate to add it to \`may_set\`. Nothing was run.`,
    });
  };
  check(head, 'this pull request');
  check(base, 'the base branch');
};
