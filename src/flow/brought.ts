import type { Projects } from '../config/types.ts';
import type { Project } from '../domain/project.ts';
import type { Finding } from '../domain/trust/finding.ts';
import { finding } from '../domain/trust/looked-tree.ts';

/** Settings of a project that only the pull request gives, as a first look finds them. */
export const broughtFindings = (
  { brought }: Pick<Projects, 'brought'>,
  { key }: Project,
): readonly Finding[] =>
  (brought.find(({ project }) => project === key)?.settings ?? []).map((one) =>
    finding('setting', one.file, one.line, `${one.key}: ${one.value}`),
  );
