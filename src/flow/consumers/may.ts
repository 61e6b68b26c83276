import type { ConsumersLook, ModuleCall } from '../../domain/consumers.ts';
import type { Sha } from '../../domain/ids.ts';
import { gitModule } from '../../domain/module-source.ts';
import type { Project } from '../../domain/project.ts';
import { noPull, type Pull, type RepoRef } from '../../domain/pull.ts';
import type { JudgedFinding } from '../../domain/trust/finding.ts';
import { judge } from '../../domain/trust/finding.ts';
import { finding } from '../../domain/trust/looked-tree.ts';
import { modulePlace } from '../../domain/trust/sources.ts';
import { keyOf } from '../admit.ts';
import type { Discovery } from '../discovery.ts';
import { mayDo } from '../permit.ts';
import type { FlowPorts } from '../ports.ts';
import type { RuleForge } from '../rule-facts.ts';

type Ports = Pick<FlowPorts, 'store' | 'operator'> & { readonly forge: RuleForge };

/** A project of another repository, and what it calls of the module's. */
export interface Caller {
  readonly repo: RepoRef;
  readonly project: Project;
  readonly calls: readonly ModuleCall[];
}

/** Why it is not planned; null: it may be. */
export type Obstacle = {
  readonly effect: 'refused' | 'held';
  readonly because: string;
  readonly findings: readonly JudgedFinding[];
} | null;

interface About {
  /** Of the module. */
  readonly pull: Pull;
  readonly discovery: Discovery;
  readonly look: Pick<ConsumersLook, 'actor'>;
}

/**
 * May somebody have the project planned with the module as the pull request makes it? By the rules of the project's own repository,
 * with the permissions that people have there: the code is run with what its plans are given.
 */
export const obstacleTo = async (ports: Ports, about: About, caller: Caller): Promise<Obstacle> => {
  const { pull, look, discovery } = about;
  const { project } = caller;
  const refuse = (because: string, findings: readonly JudgedFinding[] = []): Obstacle => ({
    effect: 'refused',
    because,
    findings,
  });
  if (discovery.tree === null) return refuse('there is nothing to plan it with');
  // The same pull request, as the rules of the other repository see it.
  const there: Pull = { ...pull, ref: { repo: caller.repo, number: noPull } };
  const { plan, consumers } = project.settings.requirements;
  if ((plan ?? []).length + (consumers ?? []).length > 0)
    return refuse('its rules ask for something before a plan, which nobody can give here');
  const permitted = await mayDo(ports, there, look.actor, 'consumers', project);
  if (!permitted.holds) return refuse(`\`${look.actor.login}\` may not plan it`);
  const held = heldOf(ports, discovery, caller);
  if (held === null) return null;
  if (held.answer === 'refuse')
    return refuse('what the pull request brings is refused by the people who run Tidegate', held.findings);
  if (await isTrusted(ports, pull, there, discovery.headSha, project)) return null;
  return { effect: 'held', because: 'somebody has to trust the commit first', findings: held.findings };
};

/** What a pull request of the project's own repository would be asked for this, and what the module's is asked. */
const heldOf = ({ operator }: Ports, discovery: Discovery, { project, calls }: Caller) => {
  const { settings } = project;
  const folders = new Set(calls.flatMap(({ source }) => gitModule(source)?.folder ?? []));
  const inModule = [...folders].flatMap((dir) => {
    const asProject = { ...project, dir, settings: { ...settings, backendFiles: [] } };
    return discovery.held(asProject)?.findings ?? [];
  });
  // Without the place of the call: whoever reads the module's repository may not know what files the other one has.
  const versions = calls.map(({ source }) => finding('module', '', null, source, modulePlace(source)));
  return judge(project.key, [...inModule, ...versions], operator.trust.answer);
};

/** The word of somebody who may give it where the project is, too. */
const isTrusted = async (
  ports: Ports,
  pull: Pull,
  there: Pull,
  headSha: Sha,
  project: Project,
): Promise<boolean> => {
  const trust = await ports.store.trusts.get(keyOf(pull));
  if (trust === null || trust.headSha !== headSha) return false;
  if (trust.actor.id === pull.author.id && !ports.operator.trust.byAuthor) return false;
  return (await mayDo(ports, there, trust.actor, 'trust', project)).holds;
};
