/**
 * Sixteen `init`s at a time, again and again, against one large provider in a mirror that somebody fills meanwhile: none may fail,
 * change its lock file, or get anything but the provider that it names.
 *
 *   npm run test:providers [-- --rounds 50] [--at-once 16] [--megabytes 100]
 *
 * The provider is a file of random bytes: `init` checks and links it, and never starts it.
 */
import { createHash, randomFillSync } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { createSystemClock } from '../../src/clock/system.ts';
import { parseYaml } from '../../src/config/yaml.ts';
import { runId } from '../../src/domain/ids.ts';
import { root } from '../../src/domain/repo-path.ts';
import { loadRunners } from '../../src/runner/load.ts';
import { noIsolation } from '../../src/sandbox/local/isolation/isolation.ts';
import { createLocalSandbox } from '../../src/sandbox/local/sandbox.ts';
import { programs } from '../support/server-programs.ts';

const clock = createSystemClock();
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '50' },
    'at-once': { type: 'string', default: '16' },
    megabytes: { type: 'string', default: '100' },
  },
});
const rounds = Number(values.rounds);
const atOnce = Number(values['at-once']);
const megabytes = Number(values.megabytes);

const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
const address = ['example.com', 'acme', 'fake'];
const wanted = '1.0.0';

const folder = await mkdtemp(path.join(tmpdir(), 'tidegate-providers-'));
const at = (...names: readonly string[]) => path.join(folder, ...names);
const mirror = at('mirror');
const packageOf = (version: string) => path.join(mirror, ...address, version, platform);
const programOf = (inFolder: string, version: string) =>
  path.join(inFolder, `terraform-provider-fake_v${version}`);

const digestOf = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
};

/** The one writer: a package is whole before it is where runs look. */
const publish = async (version: string, bytes: number): Promise<void> => {
  const beside = at(`beside-${version}`);
  await mkdir(beside, { recursive: true });
  await writeFile(programOf(beside, version), randomFillSync(Buffer.alloc(bytes)), { mode: 0o755 });
  await mkdir(path.dirname(packageOf(version)), { recursive: true });
  await rename(beside, packageOf(version));
};

const configuration = `terraform {
  required_providers {
    fake = {
      source  = "${address.join('/')}"
      version = ">= ${wanted}"
    }
  }
  backend "local" {
    path = "${at('state', 'terraform.tfstate')}"
  }
}
`;

const runners = await loadRunners([path.resolve('runners')], { parseYaml });
const terraform = runners.get('terraform');
if (terraform === null) throw new Error('there is no runner terraform');
const sandbox = createLocalSandbox({
  isolation: noIsolation,
  programs,
  folder: at('runs'),
  environment: { plan: {}, apply: {} },
  path: process.env['PATH'] ?? '',
  providerMirror: mirror,
  mask: (text) => text,
  secrets: () => [],
  runKey: () => Buffer.alloc(32, 7),
  clock,
});

const openPlace = async (number: number) => {
  const checkout = at('checkouts', String(number));
  await mkdir(checkout, { recursive: true });
  await writeFile(path.join(checkout, 'main.tf'), configuration);
  const session = await sandbox.open({
    runId: runId(`run_${String(number).padStart(8, '0')}`),
    verb: 'plan',
    checkout,
    dir: root,
    env: {},
  });
  const [init] = terraform.steps('plan', {
    planDir: session.files,
    workspace: 'default',
    varFiles: [],
    backendFiles: [],
    extra: [],
  });
  if (init === undefined) throw new Error('there is no init');
  const lockFile = path.join(checkout, '.terraform.lock.hcl');
  return {
    /** Null, or what went wrong. */
    init: async (): Promise<string | null> => {
      await rm(path.join(checkout, '.terraform'), { recursive: true, force: true });
      const before = await readFile(lockFile, 'utf8').catch(() => null);
      const { ended, exitCode, text } = await session.run(init);
      if (ended !== 'exit' || exitCode !== 0)
        return `init ended (${ended}, ${exitCode ?? 'no code'}): ${text}`;
      const lock = await readFile(lockFile, 'utf8');
      if (before !== null && before !== lock) return `the lock file changed:\n${lock}`;
      const placed = path.join(checkout, '.terraform/providers', ...address, wanted, platform);
      const real = await realpath(placed).catch(() => null);
      return real === packageOf(wanted) ? null : `the provider is at ${real ?? 'no place'}`;
    },
    close: () => session.dispose(),
  };
};

const started = clock.monotonic();
const failures: string[] = [];
try {
  await mkdir(at('state'));
  await publish(wanted, megabytes * 1_000_000);
  const digest = await digestOf(programOf(packageOf(wanted), wanted));
  const places = await Promise.all(Array.from({ length: atOnce }, (_, number) => openPlace(number)));
  for (let round = 0; round < rounds; round += 1) {
    const inits = places.map((place) => place.init());
    // Newer ones come while others read: the lock file goes before them. In the first round there is none.
    const filled = round === 0 ? Promise.resolve() : publish(`1.0.${round}`, 1_000_000);
    const said = await Promise.all(inits);
    await filled;
    failures.push(
      ...said.flatMap((why, number) => (why === null ? [] : [`round ${round}, ${number}: ${why}`])),
    );
    if (failures.length > 0) break;
  }
  await Promise.all(places.map((place) => place.close()));
  if ((await digestOf(programOf(packageOf(wanted), wanted))) !== digest)
    failures.push('the mirror was changed');
} finally {
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
}
const seconds = Math.round((clock.monotonic() - started) / 1000);
for (const failure of failures) print(failure);
print(
  `${rounds} rounds of ${atOnce} inits at a time, a provider of ${megabytes} MB: ${failures.length} failures, ${seconds} s`,
);
process.exit(failures.length === 0 ? 0 : 1);
