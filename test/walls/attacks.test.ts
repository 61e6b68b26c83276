import { chmodSync, globSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { identityOf } from '../../src/sandbox/local/identity.ts';
import { eventually, row } from '../support/acts.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { type MainProcess, startMain } from '../support/main-process.ts';
import { startStateServer } from '../support/state-server.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';
import { corpus } from './corpus.ts';

/*
 * A server of its own process, whose environment and files hold what must not be reached, and a pull request for each attack.
 * What the attack prints stays in its project's folder, unmasked, and is looked at from here.
 */

const isAlive = (pid: number): boolean => identityOf(pid) !== null;

const resource = (input: string) => `resource "terraform_data" "it" {\n  input = "${input}"\n}\n`;
const names = Object.keys(corpus);

const canaries = {
  apply: 'canary-apply-0f5e2b7c9d',
  file: 'canary-file-71c5a8e3d4',
  data: 'canary-data-94be0d6f21',
  victim: 'canary-victim-5d83f1c0aa',
};

/** terraform, and in front of its `plan` and `apply` whatever the branch brings. */
const wrapper = (real: string, guesses: Readonly<Record<string, string>>): string => `#!/bin/sh
PATH='${real}'
${Object.entries(guesses)
  .map(([name, value]) => `export ${name}='${value}'`)
  .join('\n')}
export PLAN_FOLDER="$HOME/../files"
case "$1" in plan|apply) [ ! -f attack ] || sh ./attack "$1" > "loot-$1" 2>&1 < /dev/null;; esac
exec terraform "$@"
`;

interface WorldWish {
  readonly folder?: string;
  /** The backend block of a project; local when absent. */
  readonly backend?: (name: string) => string;
}

const openWorld = async (
  isolation: string,
  { folder = temporaryFolder('story'), backend }: WorldWish = {},
) => {
  const real = process.env['PATH'] ?? '';
  const tools = temporaryFolder('tools');
  chmodSync(tools, 0o755);
  const outside = temporaryFolder('outside');
  const canaryFile = path.join(outside, 'canary');
  const key = path.join(outside, 'key.pem');
  writeFileSync(key, canaries.file, { mode: 0o600 });
  const servers: MainProcess[] = [];
  let secrets: readonly string[] = [];
  let data = '';
  const story = await tellStory({
    folder,
    localState: backend === undefined,
    files: (state) =>
      Object.assign(
        { 'shared/README.md': 'shared\n' },
        ...names.map((name) => ({
          [`${name}/attacker/backend.tf`]:
            backend?.(`${name}-attacker`) ?? localBackend(state, `${name}-attacker`),
          [`${name}/attacker/main.tf`]: resource('small'),
          [`${name}/victim/main.tf`]: `# ${canaries.victim}\n`,
          [`${name}/victim/README.md`]: 'no project\n',
        })),
      ),
    environment: { PATH: `${tools}:${real}`, APPLY_TOKEN: canaries.apply },
    // What is tried here is tried by code that somebody trusted.
    operator: `isolation: ${isolation}\nsandbox: {network: {plan: ${isolation !== 'bubblewrap'}}}\nenv: {apply: [APPLY_TOKEN]}\ntrust: {tool_settings: allow}\n# The next plan has the checkout anew, and what an attack left there is gone.\nrules: [{match: '**', converge: off}]\n`,
    launch: async (environment) => {
      data = String(environment['TIDEGATE_DATA_DIR']);
      secrets = [
        String(environment['PRIVATE_KEY']).split('\n')[3] ?? '',
        String(environment['WEBHOOK_SECRET']),
        String(environment['TIDEGATE_SECRET_KEY']),
      ];
      const server = startMain(['serve'], { ...environment, LOG_LEVEL: 'info' }, '/');
      servers.push(server);
      await server.said('tidegate is ready');
      const address = /"url":"([^"]+)"/.exec(server.text())?.[1] ?? '';
      writeFileSync(path.join(data, 'sentinel'), canaries.data, { mode: 0o600 });
      writeFileSync(
        path.join(tools, 'terraform'),
        wrapper(real, {
          DATA: data,
          SERVER: String(server.pid),
          KEY: key,
          OPERATOR: String(environment['TIDEGATE_CONFIG']),
          TOOLS: tools,
          CANARY_FILE: canaryFile,
          HUB: address,
          PORT: new URL(address).port,
        }),
      );
      chmodSync(path.join(tools, 'terraform'), 0o755);
      return {
        url: address,
        pagesUrl: '',
        pagesLink: null,
        idle: async () => undefined,
        stop: async () => {
          server.signal('SIGTERM');
          await server.ended;
          return 'closed';
        },
      };
    },
  });
  const server = (): MainProcess => {
    const [first] = servers;
    if (first === undefined) throw new Error('no server was started');
    return first;
  };
  return {
    story,
    server,
    secrets: [...secrets, canaries.apply, canaries.file, canaries.data],
    data,
    canaryFile,
    key,
    tools,
  };
};

type AttackedWorld = Awaited<ReturnType<typeof openWorld>>;

const attack = async ({ story }: { readonly story: Story }, name: string): Promise<number> => {
  const { ada } = story;
  const { script, files } = corpus[name] ?? { script: '' };
  const folder = `${name}/attacker`;
  const more = Object.entries(files ?? {}).map(([file, text]) => [`${folder}/${file}`, text] as const);
  await ada.push(
    name,
    { [`${folder}/attack`]: script, [`${folder}/main.tf`]: resource('large'), ...Object.fromEntries(more) },
    `About ${name}`,
  );
  return (await ada.openPull(name, `About ${name}`)).number;
};

/** What the attack of a pull request printed while it was planned. */
const lootOf = ({ data }: AttackedWorld, name: string, verb = 'plan'): string => {
  const [file] = globSync(`checkouts/*/*/*/tree/${name}/attacker/loot-${verb}`, { cwd: data });
  if (file === undefined) throw new Error(`${name} was not tried`);
  return readFileSync(path.join(data, file), 'latin1');
};

const reached = (world: AttackedWorld, loot: string): readonly string[] =>
  world.secrets.filter((secret) => secret !== '' && loot.includes(secret));

const planned = async (world: AttackedWorld, name: string, pull: number): Promise<void> => {
  await eventually(async () =>
    expect(await row(world.story, pull, `${name}/attacker`)).toMatch(/\| planned \||plan failed/),
  );
};

describe('behind walls', () => {
  let world: AttackedWorld;
  const pulls = new Map<string, number>();
  const pullOf = (name: string) => pulls.get(name) ?? -1;

  const isUnharmed = (name: string): void => {
    expect(globSync(world.canaryFile)).toEqual([]);
    expect(readFileSync(world.key, 'utf8')).toBe(canaries.file);
    expect(readFileSync(path.join(world.data, 'sentinel'), 'utf8')).toBe(canaries.data);
    expect(statSync(world.data).mode & 0o777).toBe(0o700);
    const [victim] = globSync(`checkouts/*/${pullOf(name)}/*/tree/${name}/victim`, { cwd: world.data });
    const folder = path.join(world.data, victim ?? 'none');
    expect(readdirSync(folder).sort()).toEqual(['README.md', 'main.tf']);
    expect(readFileSync(path.join(folder, 'main.tf'), 'utf8')).toBe(`# ${canaries.victim}\n`);
    // Its server is the one that was started, and not another that its supervisor would have brought back.
    expect(isAlive(world.server().pid)).toBe(true);
  };

  beforeAll(async () => {
    world = await openWorld('bubblewrap');
    for (const name of names) pulls.set(name, await attack(world, name));
    for (const name of names) await planned(world, name, pullOf(name));
  }, 240_000);
  afterAll(async () => {
    await world.story.world.close();
  });

  test.each(names)('%s: no canary is reached, and nothing outside is touched', (name) => {
    const loot = lootOf(world, name);
    expect(reached(world, loot)).toEqual([]);
    expect(loot).not.toContain('SQLite format 3');
    expect(loot).not.toContain('root:x:0:0');
    isUnharmed(name);
  });

  test('what an attack needs was there: it ran, and found its walls', () => {
    const loot = (name: string) => lootOf(world, name);
    expect(loot('environment')).toContain('PWD=/workspace/environment/attacker');
    expect(loot('writes-next-door')).toContain('Read-only file system');
    expect(loot('network')).toContain('refused');
    expect(loot('network')).not.toContain('connected');
    expect(loot('privileges')).not.toMatch(/^(?:mounted|remounted|unmounted|unshared|chrooted|made|uid=0)/m);
    expect(loot('settings')).not.toContain('canary');
    expect(loot('leftovers')).toContain('started');
    expect(loot('kernel')).not.toContain('opened');
    expect(loot('kernel')).toContain('No space left on device');
  });

  test('an apply has what is its own, cannot change what was reviewed, and is in walls as well', async () => {
    const applied = ['environment', 'reviewed-plan', 'leftovers', 'writes-next-door', 'other-runs'] as const;
    for (const name of applied) await world.story.ada.comment(pullOf(name), `/apply -p ${name}/attacker`);
    for (const name of applied)
      await eventually(async () =>
        expect(await row(world.story, pullOf(name), `${name}/attacker`)).toContain('applied'),
      );
    expect(lootOf(world, 'environment', 'apply')).toContain(canaries.apply);
    expect(lootOf(world, 'reviewed-plan', 'apply')).toContain('Read-only file system');
    expect(lootOf(world, 'reviewed-plan', 'apply')).not.toContain('wrote the plan');
    for (const name of applied) {
      const loot = lootOf(world, name, 'apply').replaceAll(canaries.apply, '');
      expect(reached(world, loot)).toEqual([]);
      isUnharmed(name);
    }
  }, 120_000);
});

const tried = ['processes', 'key-files', 'data-folder'];

test('without walls the same attacks get what they want, and the server says so when it starts', async () => {
  const world = await openWorld('none');
  try {
    expect(world.server().text()).toContain('whoever may open a pull request can read and change all');
    for (const name of tried) {
      await planned(world, name, await attack(world, name));
      expect(reached(world, lootOf(world, name)), name).not.toEqual([]);
    }
  } finally {
    await world.story.world.close();
  }
}, 120_000);

test('a user of its own for each run keeps canaries from the same attacks, and plans and applies work', async () => {
  const folder = temporaryFolder('story');
  for (let at = folder; at.includes('tidegate-test-'); at = path.dirname(at)) chmodSync(at, 0o711);
  const states = await startStateServer();
  const world = await openWorld('uid', { folder, backend: states.backend });
  try {
    for (const name of [...tried, 'environment']) {
      const pull = await attack(world, name);
      await planned(world, name, pull);
      expect(reached(world, lootOf(world, name)), name).toEqual([]);
      await world.story.ada.comment(pull, '/apply');
      await eventually(async () =>
        expect(await row(world.story, pull, `${name}/attacker`)).toContain('applied'),
      );
    }
    expect(lootOf(world, 'environment', 'apply')).toContain(canaries.apply);
  } finally {
    await world.story.world.close();
    await states.close();
  }
}, 120_000);
