/** Texts that break a rule, and texts that only look so. */

/** What, in which file, the text, and what the complaint must say. */
export const importTwins = [
  [
    'a room that it may not know',
    'src/domain/run.ts',
    "import { plan } from '../flow/plan.ts';",
    'room `domain` may not import `src/flow/plan.ts`',
  ],
  ['a type only', 'src/flow/plan.ts', "import type { Row } from '../store/schema.ts';", '`store/port.ts`'],
  [
    'a type in place',
    'src/config/types.ts',
    "export type T = import('../git/port.ts').Git;",
    'room `config`',
  ],
  ['what is passed on', 'src/render/board.ts', "export { a } from '../web/server.ts';", 'room `render`'],
  ['all that is passed on', 'src/render/board.ts', "export * from '../web/server.ts';", 'room `render`'],
  [
    'a late import',
    'src/app.ts',
    "await import('./demo/demo.ts');",
    'room `app` may not import `src/demo/demo.ts`',
  ],
  [
    'the entry of another process',
    'src/flow/plan.ts',
    "fork(new URL('../sandbox/local/host.ts', import.meta.url));",
    'room `flow`',
  ],
  [
    'a computed entry',
    'src/flow/plan.ts',
    `fork(new URL(\`../hub/host\${end}\`, import.meta.url));`,
    '`src/hub/host.ts`',
  ],
  ['a computed import', 'src/flow/plan.ts', 'await import(name);', 'write the name out'],
  ['a required file', 'src/flow/plan.ts', "const a = require('../hub/hub.ts');", 'room `flow`'],
  ['a line break', 'src/flow/plan.ts', "import {\n  a,\n}\n  from '../hub/hub.ts';", 'room `flow`'],
  ['the demo, loaded at once', 'src/main.ts', "import { demo } from './demo/demo.ts';", '`import()`'],
  ['the doctor, loaded at once', 'src/main.ts', "import { doctor } from './doctor/doctor.ts';", '`import()`'],
  [
    'an adapter that the doctor has no question for',
    'src/doctor/doctor.ts',
    "import { openSqliteStore } from '../store/sqlite.ts';",
    'room `doctor` may not import `src/store/sqlite.ts`',
  ],
  [
    'an adapter where a port is meant',
    'src/web/server.ts',
    "import { a } from '../store/sqlite.ts';",
    '`store/port.ts`',
  ],
  [
    'an adapter that knows another',
    'src/forge/memory/forge.ts',
    "import { a } from '../github/forge.ts';",
    'adapter `forge/memory`',
  ],
  ['a file of the tests', 'src/hub/seed.ts', "import a from '../../test/support/a.ts';", 'not shipped'],
  ['a package of another room', 'src/flow/plan.ts', "import { execa } from 'execa';", 'package `execa`'],
  [
    'a part of such a package',
    'src/web/server.ts',
    "import { x } from '@octokit/rest/dist/x.js';",
    'package `@octokit/rest`',
  ],
  [
    'a package without a room',
    'src/flow/plan.ts',
    "import _ from 'lodash/fp';",
    'package `lodash` belongs to no room',
  ],
  [
    'the disk',
    'src/flow/plan.ts',
    "import { rm } from 'node:fs/promises';",
    '`node:fs/promises`, for it touches the world',
  ],
  ['more of Node than crypto', 'src/domain/run.ts', "import path from 'node:path';", 'room `domain`'],
  ['timers', 'src/hub/hub.ts', "import { setTimeout } from 'node:timers/promises';", 'belongs to `clock`'],
  ['a new room', 'src/billing/invoice.ts', 'export const a = 1;', 'room `billing` is not in the table'],
] as const;

/** Imports that are allowed: file, text. */
export const importsThatMay = [
  ['src/domain/ids.ts', "import { createHmac } from 'node:crypto';"],
  ['src/flow/plan.ts', "import type { Blobs } from '../store/blobs/port.ts'; import PQueue from 'p-queue';"],
  ['src/main.ts', "const { demo } = await import('./demo/demo.ts');"],
  ['src/doctor/doctor.ts', "import { loadRunners } from '../runner/load.ts';"],
  ['src/web/server.ts', "// import '../hub/hub.ts'\nconst text = \"import '../hub/hub.ts'\";"],
] as const;

// Put together, for this file is searched as well.
const [key, skip, only, todo] = [
  ['sh', 'ell'],
  ['sk', 'ip'],
  ['on', 'ly'],
  ['to', 'do'],
].map((parts) => parts.join(''));

/** What, the rule, the text; each on one line, for the complaint must name line 1. */
export const codeTwins = [
  ['a shell', 'argv', `run('ls', { ${key}: true });`],
  ['a shell by name', 'argv', `run('ls', { '${key}': '/bin/bash' });`],
  ['a shell by nature', 'argv', "import { exec } from 'node:child_process';"],
  ['the environment', 'environment', "const a = process.env['A'];"],
  ['the environment by another name', 'environment', "const a = globalThis.process['env'].A;"],
  ['the environment taken out', 'environment', 'const { env } = process;'],
  ['the environment imported', 'environment', "import { env } from 'node:process';"],
  ['Date.now', 'time', 'const a = Date.now();'],
  ['Date.now handed on', 'time', 'const options = { now: Date.now };'],
  ['new Date', 'time', 'const a = new Date();'],
  ['performance.now', 'time', 'const a = globalThis.performance.now();'],
  ['setTimeout', 'time', 'setTimeout(() => {}, 5);'],
  ['setInterval', 'time', 'globalThis.setInterval(tick, 5);'],
  ['AbortSignal.timeout', 'time', 'fetch(url, { signal: AbortSignal.timeout(5) });'],
  ['the process', 'globals', "process.on('exit', stop);"],
  ['the network', 'globals', "await fetch('http://127.0.0.1');"],
  ['a skipped test', 'heldTest', `test.${skip}('a', () => {});`],
  ['a lone test', 'heldTest', `describe.${only}('a', () => {});`],
  ['a test to be', 'heldTest', `it.${todo}('a');`],
  ['a skipped table', 'heldTest', `test.${skip}.each([1])('a', () => {});`],
  ['a test held by an option', 'heldTest', `test('a', { ${skip}: true }, () => {});`],
  ['a test that skips itself', 'heldTest', `test('a', (context) => context.${skip}());`],
  [
    'a table by any key',
    'table',
    "const words: Readonly<Record<string, string>> = { a: 'b' }; say(words[given ?? ''] ?? null);",
  ],
  ['a barrel', 'barrel', "export * from './a.ts';\nexport { b } from './b.ts';"],
  ['a barrel in two steps', 'barrel', "import { a } from './a.ts';\nexport { a };"],
] as const;

/** What, the rule, a text that it must let pass. */
export const codeThatMay = [
  [
    'a table by a key that is written out',
    'table',
    "const words: Readonly<Record<string, string>> = { a: 'b' }; say(words['a'], ownValue(words, given));",
  ],
  ['no shell', 'argv', `run('ls', { ${key}: false }); const words = '${key}: true';`],
  ['a given time', 'time', 'const a = new Date(clock.now()); clock.setTimeout(5); // Date.now()'],
  ['a fetch of ours', 'globals', 'await git.fetch(repo); const process = step.process.env;'],
  ['a file with a word of its own', 'barrel', "export { a } from './a.ts';\nexport const b = 1;"],
  ['a test', 'heldTest', "test('only this, skip nothing', () => expect(board.skipped).toEqual([]));"],
] as const;

export const badNames = [
  'src/flow/doPlan.ts',
  'src/git/utils.ts',
  'src/helpers/a.ts',
  'test/lib/a.test.ts',
  'src/flow/index.ts',
  'src/a_b.ts',
];
