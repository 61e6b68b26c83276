import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/leftovers.ts';
import { tellStory } from '../support/story.ts';

const runner = `name: looker
executable: ./look
detect: [wish.json]
read: summary
state: none
pin: exact
untrusted: preview
version: { args: [version], pattern: '(\\S+)' }
phases:
  plan:
    - { name: plan, args: [plan] }
  apply:
    - { name: apply, args: [apply], mutates: true }
`;

/** Says in its summary all that it could find out. */
const looker = (kept: string) => `#!/usr/bin/env node
const fs = require('node:fs');
const net = require('node:net');
if (process.argv[2] === 'version') { console.log('1.0.0'); process.exit(0); }
const told = (work) => { try { return String(work()).trim() || 'nothing'; } catch { return 'nothing'; } };
const facts = {
  passed: process.env.CLOUD_SIGHT ?? 'nothing',
  project: process.env.PROJECT_SIGHT ?? 'nothing',
  file: told(() => fs.readFileSync(${JSON.stringify(kept)}, 'utf8')),
  wish: told(() => fs.readFileSync('wish.json', 'utf8')),
};
const { port } = new URL(told(() => fs.readFileSync('address.json', 'utf8')));
const end = (network) => {
  facts.network = network;
  fs.writeFileSync(process.env.TIDEGATE_SUMMARY, JSON.stringify({
    schema: 1, tool: { name: 'looker', version: '1.0.0' }, items: [{ address: 'thing/a', action: 'create' }],
    changes: { create: 1 }, facts, verified: process.env.TIDEGATE_TRUSTED !== 'no',
  }));
  process.exit(2);
};
const socket = net.connect(Number(port), '127.0.0.1');
socket.on('connect', () => end('reached')).on('error', () => end('nothing'));
`;

const storyWith = async (operator: string) => {
  const folder = temporaryFolder('looker');
  const kept = path.join(folder, 'kept');
  writeFileSync(kept, 'kept');
  mkdirSync(path.join(folder, 'runners/looker'), { recursive: true });
  writeFileSync(path.join(folder, 'runners/looker/runner.yml'), runner);
  writeFileSync(path.join(folder, 'runners/looker/look'), looker(kept));
  chmodSync(path.join(folder, 'runners/looker/look'), 0o755);
  const story = await tellStory({
    files: () => ({
      'tidegate.yaml': 'version: 1\nprojects:\n  - { dir: people, runner: looker }\n',
      'people/wish.json': 'small',
    }),
    operator: `runners: [${path.join(folder, 'runners')}]
env: { plan: [CLOUD_SIGHT], apply: [CLOUD_SIGHT] }
sandbox: { read_only: { plan: [${kept}] } }
rules: [{ match: "**", env: { PROJECT_SIGHT: "yes" } }]
${operator}`,
    environment: { PATH: process.env['PATH'], CLOUD_SIGHT: 'yes' },
  });
  await story.ada.push(
    'change',
    {
      'people/wish.json': 'large',
      'people/address.json': story.world.hub.url,
      '.gitattributes': '*.json filter=odd\n',
    },
    'More',
  );
  await story.ada.openPull('change', 'More');
  await story.settled();
  const board = (await story.board(1)) ?? '';
  const [, head = ''] = /`\/trust ([0-9a-f]{12})`/.exec(board) ?? [];
  return {
    story,
    board,
    trust: async () => {
      await story.grace.comment(1, `/trust ${head}`);
      await story.settled();
      return (await story.board(1)) ?? '';
    },
    [Symbol.asyncDispose]: () => story[Symbol.asyncDispose](),
  };
};

/** "Of: file `…`, …." */
const seen = (board: string): string => /^Of: (.*)$/m.exec(board)?.[1] ?? 'no facts';

it('a preview sees the commit and nothing that a plan sees, behind walls without a network', {
  timeout: 120_000,
}, async () => {
  await using told = await storyWith('isolation: bubblewrap\n');
  expect(told.board).toContain('unverified preview, 1 to add');
  expect(seen(told.board)).toBe(
    'file `nothing`, network `nothing`, passed `nothing`, project `nothing`, wish `large`.',
  );
  expect(await told.story.checks(1)).toContainEqual(
    expect.stringMatching(/^tidegate\/plan: action_required, Waits for \/trust/),
  );
  // The twin: what is planned after the word sees all of it.
  expect(seen(await told.trust())).toBe(
    'file `kept`, network `reached`, passed `yes`, project `yes`, wish `large`.',
  );
});

it('without walls there is none, unless the operator says so; and then it gets no more', {
  timeout: 120_000,
}, async () => {
  {
    await using told = await storyWith('isolation: none\n');
    expect(told.board).toContain('and none of it has run.');
    expect(told.board).not.toContain('preview');
  }
  {
    await using told = await storyWith('isolation: none\ntrust: { previews: always }\n');
    expect(seen(told.board)).toMatch(/passed `nothing`, project `nothing`, wish `large`\.$/);
  }
  {
    await using told = await storyWith('isolation: bubblewrap\ntrust: { previews: never }\n');
    expect(told.board).not.toContain('preview');
  }
});
