import type { ProjectKey } from '../ids.ts';

/** What a first look can find. Each has its key in `trust` of the operator file, forks aside. */
export const findingKinds = [
  'provider',
  'module',
  'program',
  'provisioner',
  'http',
  'remote_state',
  'server_file',
  'backend',
  'lock_file',
  'override_file',
  'variable_file',
  'tool_settings',
  'submodule',
  'git_attributes',
  'hook',
  'link',
  'unreadable',
  'setting',
  'chart',
  'fork',
] as const;
export type FindingKind = (typeof findingKinds)[number];

/** Something that a pull request brings and the base branch does not have. */
export interface Finding {
  readonly kind: FindingKind;
  /** As Git stores it. */
  readonly path: string;
  readonly line: number | null;
  /** What it is about: a provider, a block, the target of a link. Written by strangers. */
  readonly subject: string;
  /** What the operator's lists of allowed ones are tried on; null: none of them can mean it. */
  readonly place: string | null;
}

/** `allow`: passes. `trust`: waits until somebody trusts the commit. `refuse`: is not planned. */
export type TrustAnswer = 'allow' | 'trust' | 'refuse';

export type JudgedFinding = Finding & { readonly answer: Exclude<TrustAnswer, 'allow'> };

/** A project that is not planned because of what its code brings. */
export interface Held {
  readonly project: ProjectKey;
  readonly answer: 'trust' | 'refuse';
  /** What is refused first. */
  readonly findings: readonly JudgedFinding[];
  /** Findings that are not kept: nobody reads thousands. */
  readonly more: number;
}

/** Findings that are kept of one project. */
const keptFindings = 50;

/** What the operator's rule says to all that was found in a project's code; null: nothing stands in its way. */
export const judge = (
  project: ProjectKey,
  findings: readonly Finding[],
  answer: (finding: Finding) => TrustAnswer,
): Held | null => {
  const judged = findings.flatMap((finding): readonly JudgedFinding[] => {
    const said = answer(finding);
    return said === 'allow' ? [] : [{ ...finding, answer: said }];
  });
  const refused = judged.filter((finding) => finding.answer === 'refuse');
  const others = judged.filter((finding) => finding.answer !== 'refuse');
  if (judged.length === 0) return null;
  return {
    project,
    answer: refused.length > 0 ? 'refuse' : 'trust',
    findings: [...refused, ...others].slice(0, keptFindings),
    more: Math.max(0, judged.length - keptFindings),
  };
};
