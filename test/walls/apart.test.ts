import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../src/domain/repo-path.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { makePlace, step } from './place.ts';

/*
 * What a program sees behind a wall that judges a plan: what the operator names for it, and nothing that the plan's tools,
 * which are strangers' code, could have written.
 */

const begin = async () => {
  const outside = temporaryFolder('outside');
  for (const name of ['policy', 'plans', 'passed', 'mirror', 'state', 'hidden']) {
    mkdirSync(path.join(outside, name));
    writeFileSync(path.join(outside, name, 'file'), `${name}\n`);
  }
  const at = (name: string) => path.join(outside, name);
  const place = await makePlace({
    environment: { plan: { CREDENTIALS: path.join(at('passed'), 'file') } },
    isolation: {
      readOnly: { plan: [at('plans')], apply: [] },
      providerMirror: at('mirror'),
      stateFolder: at('state'),
    },
  });
  mkdirSync(place.checkout);
  writeFileSync(path.join(place.checkout, 'conftest.toml'), 'from the head\n');
  writeFileSync(path.join(place.data, 'sentinel'), 'canary');
  const session = await place.open('run_apart', 'plan', root, { PROJECTS: 'its own' });
  writeFileSync(path.join(session.apart, 'plan.json'), '{"a":1}\n', { mode: 0o600 });
  return { place, session, outside, at };
};

test('it reads the plan and what its arguments name, and nothing else of the operator or the run', async () => {
  const { place, session, outside, at } = await begin();
  // What strangers' code leaves behind, wherever it may write.
  await session.run(
    step([
      place.program('tool', 'for f in . "$HOME" "$TMPDIR" "$HOME/../files"; do echo x > "$f/left"; done'),
    ]),
  );
  expect(readdirSync(path.join(session.folder, 'files'))).toEqual(['left']);
  const judge = place.program(
    'judge',
    `cat "$1" "$2/file"; ls -A . "$HOME" "$TMPDIR"; ls ${outside}; ls -A /workspace ${session.files} ${session.folder}/home
cat ${place.data}/sentinel ${session.folder}/host.json; env | grep -v "^_=\\|^PATH=\\|^PWD=\\|^OLDPWD=\\|^SHLVL="
for f in . "$HOME" "$TMPDIR"; do echo x > "$f/mine" && echo wrote; done
for f in "$1" "$2/file" "$(dirname "$1")/new"; do echo x > "$f" && echo broke; done; kill -9 ${process.pid} && echo killed`,
  );
  const file = path.join(session.apart, 'plan.json');
  const asked = step([judge, file, at('policy')], { apart: true, environment: { OWN: 'mine' } });
  const { text } = await session.run(asked);
  expect(text).toContain('{"a":1}\npolicy\n');
  expect(text).toContain('plans\npolicy\n');
  expect(text).not.toMatch(/^(?:left|hidden|passed|mirror|state|conftest.toml)$/m);
  expect(text).not.toMatch(/canary|broke|killed|CREDENTIALS|PROJECTS|TF_CLI/);
  expect(text.match(/wrote/g)).toHaveLength(3);
  expect(text).toContain('OWN=mine\n');
  expect(text).toContain('LANG=C.UTF-8\n');
  expect(existsSync(path.join(session.apart, 'new'))).toBe(false);
  await session.dispose();
  expect(existsSync(session.folder)).toBe(false);
});

test('a tool does not see what was handed over', async () => {
  const { place, session } = await begin();
  const { text } = await session.run(step([place.program('tool', `cat ${session.apart}/plan.json`)]));
  expect(text).toContain('No such file');
  await session.dispose();
});

test('a program is found by its absolute path, and nothing beside it is shown', async () => {
  const { session, at } = await begin();
  const program = path.join(at('hidden'), 'judge');
  writeFileSync(program, `#!/bin/sh\nls "$(dirname "$0")"; exit 1\n`, { mode: 0o755 });
  const result = await session.run(step([program], { apart: true }));
  expect(result).toMatchObject({ ended: 'exit', exitCode: 1, text: 'judge\n' });
  await session.dispose();
});
