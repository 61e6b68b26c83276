import { matchesGlob } from '../config/globs.ts';
import type { Pull } from '../domain/pull.ts';
import type { EnvironmentFact, EnvironmentProtection } from '../domain/rules/environment.ts';
import type { People, Requirement } from '../domain/rules/requirement.ts';
import { type Forge, ForgeError } from '../forge/port.ts';
import type { FlowPorts } from './ports.ts';

type Ports = Pick<FlowPorts, 'log'> & {
  readonly operator: Pick<FlowPorts['operator'], 'environmentProtection'>;
  readonly forge: Pick<Forge, 'environment'>;
};

/** What is known of the environments that requirements name. */
export type EnvironmentsRead = ReadonlyMap<string, EnvironmentFact>;

/** Patterns are GitHub's own, and read as our globs; one that is none of ours lets nothing in. */
const isAllowed = ({ branches }: EnvironmentProtection, branch: string): boolean => {
  if (branches === 'all') return true;
  if ('isProtected' in branches) return branches.isProtected;
  return branches.patterns.some((pattern) => pattern === branch || matchesGlob(pattern, branch));
};

const read = async ({ forge, operator, log }: Ports, pull: Pull, name: string): Promise<EnvironmentFact> => {
  const mode = operator.environmentProtection;
  if (mode === 'never') return { kind: 'not-asked' };
  const branch = pull.base.ref;
  try {
    const found = await forge.environment(pull.ref.repo, name, branch);
    if (found === 'none') return { kind: 'none' };
    if (found === 'not-permitted') return { kind: 'not-permitted', isWanted: mode === 'always' };
    return { kind: 'there', protection: found, fromHere: isAllowed(found, branch) };
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error;
    log.warn('an environment could not be read', { environment: name, error: String(error) });
    return { kind: 'unread' };
  }
};

/** Reads each environment that is asked about, afresh. What cannot be read is known to be unread. */
export const readEnvironments = async (
  ports: Ports,
  pull: Pull,
  requirements: readonly Requirement[],
): Promise<EnvironmentsRead> => {
  const names = requirements.flatMap((one) => (one.kind === 'environment' ? [one.name] : []));
  const found = [...new Set(names)].map(async (name) => [name, await read(ports, pull, name)] as const);
  return new Map(await Promise.all(found));
};

/** Everybody of whom a review is asked by one of them. */
export const reviewersIn = (environments: EnvironmentsRead): readonly People[] =>
  [...environments.values()].flatMap((one) =>
    one.kind === 'there' && one.protection.reviewers !== null ? [one.protection.reviewers] : [],
  );
