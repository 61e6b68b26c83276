import { parseOperatorFile } from '../../src/config/operator-file.ts';
import type { PlanDigest } from '../../src/domain/ids.ts';
import type { StoreTables } from '../../src/store/port.ts';
import { changed, type Twin } from './twins.ts';

/** Nobody waits for a merge: every project is applied when somebody commands it, as if no rule said otherwise. */
const noModes = (text: string) => {
  const parsed = parseOperatorFile(text, 'operator.yaml');
  if ('problem' in parsed) throw new Error(JSON.stringify(parsed.problem));
  return parsed.value;
};
const plain = noModes('allow: [acme/*]\n');

const planned = async ({ runs }: StoreTables, pull: Parameters<StoreTables['dues']['ofPull']>[0]) =>
  new Map<string, PlanDigest>(
    (await runs.latest(pull)).flatMap(({ verb, project, plan }) =>
      verb === 'plan' && plan !== null ? [[project.key, plan.digest] as const] : [],
    ),
  );

/** The protections of what is applied after a merge, each gone in a world of its own. */
export const mergeTwins: readonly Twin[] = [
  {
    name: 'whatever is planned after a merge counts as agreed to',
    finds: /nobody had been shown what it does/,
    sabotage: (ports) =>
      changed(ports, (tables) => ({
        ...tables,
        dues: {
          ...tables.dues,
          ofPull: async (pull) => {
            const digests = await planned(tables, pull);
            return (await tables.dues.ofPull(pull)).map((due) => ({
              ...due,
              approved: digests.get(due.project) ?? due.approved,
            }));
          },
        },
      })),
  },
  {
    name: 'nobody remembers from which commit a project was applied',
    finds: /from merge \d+, after it was applied from merge/,
    sabotage: (ports) =>
      changed(ports, (tables) => ({
        ...tables,
        appliedCommits: { ...tables.appliedCommits, get: async () => null },
        begunCommits: { ...tables.begunCommits, get: async () => null },
      })),
  },
  {
    name: 'nobody asks when a project is applied',
    finds: /changed .* before .* was merged/,
    sabotage: (ports) => ({ ...ports, operator: plain }),
  },
  {
    name: 'a merge is over when it is merged',
    finds: /was merged, and .* forgotten/,
    sabotage: (ports) =>
      changed(ports, (tables) => ({
        ...tables,
        dues: { ...tables.dues, add: async () => 'known' },
      })),
  },
  {
    name: 'nobody is woken for a plan that waits for no command',
    finds: /which begins by itself/,
    sabotage: (ports) =>
      changed(ports, (tables) => ({
        ...tables,
        deliveries: {
          ...tables.deliveries,
          record: async (delivery, ignored) =>
            delivery.trigger?.kind === 'ready' ? 'new' : tables.deliveries.record(delivery, ignored),
        },
      })),
  },
  {
    name: 'every plan may begin by itself',
    finds: /its rule does not hold for its plan/,
    sabotage: (ports) => ({
      ...ports,
      conditions: { ...ports.conditions, holds: () => true },
    }),
  },
];
