import type { PlaceTree } from '../yaml-places.ts';

type Entry = NonNullable<PlaceTree['below']>[number];

const entryOf = (tree: PlaceTree | undefined, key: string): Entry | undefined =>
  tree?.below?.find(([name]) => name === key);

/** Key of a project in `tidegate.yaml` -> where in `atlantis.yaml` it comes from, the first that is there. */
const projectKeys: Readonly<Record<string, readonly (readonly string[])[]>> = {
  name: [['name']],
  dir: [['dir']],
  workspace: [['workspace']],
  branches: [['branch']],
  when_modified: [['autoplan', 'when_modified']],
  depends_on: [['depends_on'], ['execution_order_group']],
  runner: [['terraform_distribution']],
  version: [['terraform_version']],
  workflow: [['workflow']],
  var_files: [['workflow']],
  backend_files: [['workflow']],
  env: [['workflow']],
  requirements: [['apply_requirements'], ['plan_requirements'], ['import_requirements'], ['policy_check']],
};

const found = (tree: PlaceTree, ways: readonly (readonly string[])[]): Entry | undefined => {
  for (const way of ways) {
    let entry: Entry | undefined;
    for (const key of way) entry = entryOf(entry === undefined ? tree : entry[2], key);
    if (entry !== undefined) return entry;
  }
  return undefined;
};

const projectPlaces = (tree: PlaceTree): PlaceTree => ({
  place: tree.place,
  below: Object.entries(projectKeys).flatMap(([key, ways]) => {
    const entry = found(tree, ways);
    return entry === undefined ? [] : [[key, entry[1], entry[2]] as const];
  }),
});

/** The places of a converted file, which are those of what it was made of. */
export const convertedPlaces = (source: PlaceTree): PlaceTree => {
  const projects = entryOf(source, 'projects');
  const automerge = entryOf(source, 'automerge');
  const autodiscover = entryOf(source, 'autodiscover');
  const ignored = entryOf(autodiscover?.[2], 'ignore_paths');
  const below: Entry[] = [];
  if (projects !== undefined) {
    const [, place, { below: items }] = projects;
    const list = (items ?? []).map(([index, at, one]): Entry => [index, at, projectPlaces(one)]);
    below.push(['projects', place, { place, below: list }]);
  }
  if (automerge !== undefined) {
    const [, place] = automerge;
    const rule: PlaceTree = { place, below: [['match', place, { place, below: null }], automerge] };
    below.push(['rules', place, { place, below: [['0', place, rule]] }]);
  }
  if (autodiscover !== undefined) {
    const [, place] = autodiscover;
    const mode = entryOf(autodiscover[2], 'mode');
    const ignore: Entry[] = ignored === undefined ? [] : [['ignore', ignored[1], ignored[2]]];
    const inner = mode === undefined ? ignore : [mode, ...ignore];
    below.push(['discovery', place, { place, below: inner }]);
  }
  return { place: source.place, below };
};
