import type { z } from 'zod';
import type { PreviewPlace } from '../domain/preview.ts';
import type { Finding, FindingKind, TrustAnswer } from '../domain/trust/finding.ts';
import { anyGlob } from './rules.ts';
import type { trustSchema } from './trust-schema.ts';

/** The operator's rule for strangers' code, compiled. */
export interface TrustSettings {
  /** What holds for something that a pull request brings. */
  answer(finding: Finding): TrustAnswer;
  /** May pull requests from forks be planned, each commit after `/trust`? */
  readonly plansForks: boolean;
  /** May their plans be applied? */
  readonly appliesForks: boolean;
  /** Where offline previews of what waits for trust may be made. */
  readonly previews: PreviewPlace;
  /** May authors trust commits of their own pull requests? */
  readonly byAuthor: boolean;
}

type Raw = z.infer<typeof trustSchema>;

type Rule = TrustAnswer | { readonly allows: (place: string) => boolean; readonly otherwise: TrustAnswer };

const compileList = ({ allow, otherwise }: Raw['providers'], isFolded: boolean): Rule => {
  const listed = anyGlob(isFolded ? allow.map((one) => one.toLowerCase()) : allow);
  return { allows: (place) => listed(isFolded ? place.toLowerCase() : place), otherwise };
};

export const compileTrust = (raw: Raw): TrustSettings => {
  const rules: Readonly<Record<FindingKind, Rule>> = {
    provider: compileList(raw.providers, true),
    // Paths of a git host mean the same repository in either case on GitHub only.
    module: compileList(raw.modules, false),
    program: raw.programs,
    provisioner: raw.provisioners,
    http: raw.http,
    remote_state: raw.remote_state,
    server_file: raw.server_files,
    backend: raw.backends,
    lock_file: raw.lock_file,
    override_file: raw.override_files,
    variable_file: raw.variable_files,
    tool_settings: raw.tool_settings,
    submodule: raw.submodules,
    git_attributes: raw.git_attributes,
    hook: raw.hooks,
    link: raw.links,
    unreadable: raw.unreadable,
    setting: raw.settings,
    chart: compileList(raw.charts, false),
    // Where they are planned at all.
    fork: 'trust',
  };
  return {
    answer: ({ kind, place }) => {
      const rule = rules[kind];
      if (typeof rule === 'string') return rule;
      return place !== null && rule.allows(place) ? 'allow' : rule.otherwise;
    },
    plansForks: raw.forks.plan === 'trust',
    appliesForks: raw.forks.apply === 'allow',
    previews: raw.previews,
    byAuthor: raw.by_author,
  };
};
