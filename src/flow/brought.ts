import type { Projects } from '../config/types.ts';
import { type ChartUse, chartUse } from '../domain/chart-file.ts';
import type { Project } from '../domain/project.ts';
import { isFolderSource } from '../domain/settings/declared.ts';
import type { Finding } from '../domain/trust/finding.ts';
import { finding } from '../domain/trust/looked-tree.ts';
import type { Runners } from '../runner/port.ts';
import type { Snapshot } from './snapshot.ts';

/** Settings of a project that only the pull request gives, as a first look finds them. */
export const broughtFindings = (
  { brought }: Pick<Projects, 'brought'>,
  { key }: Project,
): readonly Finding[] =>
  (brought.find(({ project }) => project === key)?.settings ?? []).map((one) =>
    finding('setting', one.file, one.line, `${one.key}: ${one.value}`),
  );

/** The chart that a project is made of, where that is none of the repository. */
const chartOf = (runners: Runners, { settings }: Project): ChartUse | null => {
  if (runners.get(settings.runner)?.inputs !== 'chart') return null;
  const { chart, repo, version } = settings.with;
  if (typeof chart !== 'string' || isFolderSource(chart)) return null;
  const said = typeof version === 'string' ? version : null;
  return typeof repo === 'string' ? chartUse(repo, chart, said) : chartUse(chart, null, said);
};

/** A chart from elsewhere that nothing on the base branch uses, or not in this version, as a first look finds it. */
export const fetchedCharts = (
  runners: Runners,
  { base, projects }: { readonly base: Pick<Snapshot, 'files'>; readonly projects: readonly Project[] },
  head: Pick<Snapshot, 'file'>,
): ((project: Project) => readonly Finding[]) => {
  let known: ReadonlySet<string> | null = null;
  return (project) => {
    const use = chartOf(runners, project);
    if (use === null) return [];
    known ??= new Set([
      ...projects.flatMap((one) => chartOf(runners, one)?.key ?? []),
      ...[...base.files.values()].flatMap(({ code }) => code.charts.map(({ key }) => key)),
    ]);
    const file = `${head.file?.format ?? 'tidegate'}.yaml`;
    return known.has(use.key) ? [] : [finding('chart', file, null, use.subject, use.place)];
  };
};
