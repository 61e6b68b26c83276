import { mkdtemp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { argumentsOf, WrongUse } from '../../arguments.ts';
import { createSystemClock } from '../../clock/system.ts';
import { atlantisHost, atlantisServerOf } from '../../config/atlantis-server.ts';
import { parseOperatorFile } from '../../config/operator-file.ts';
import { UserError } from '../../domain/problem.ts';
import { printable, quoted } from '../../domain/quote.ts';
import { operatorPath } from '../../programs/search-path.ts';
import { requireServerProgram, withStandard } from '../../programs/server-programs.ts';
import type { Terminal } from '../terminal.ts';
import { lockFilesBelow, readLockFiles, toolOf, type Wanted } from './lock-files.ts';
import { createProviderTool, type ProviderTool } from './tool.ts';
import { type MirrorWriter, openMirrorWriter } from './writer.ts';

const mostFolders = 1000;

const unreadable = (what: string, error: unknown): UserError =>
  new UserError({
    code: 'checkout-refused',
    sentence: `${quoted(what)} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    advice: 'Name folders of checkouts, and the operator file behind `--config`.',
  });

const mirrorOfConfig = async (name: string, { folder, environment }: Terminal): Promise<string> => {
  const text = await readFile(path.resolve(folder, name), 'utf8').catch((error: unknown) => {
    throw unreadable(name, error);
  });
  const beside = await atlantisServerOf(text, name, {
    host: atlantisHost(environment['GHE_HOST']),
    readFile: (file) => readFile(file, 'utf8'),
  });
  if ('problem' in beside) throw new UserError(beside.problem);
  const read = parseOperatorFile(text, name, beside.server);
  if ('problem' in read) throw new UserError(read.problem);
  const mirror = read.value.sandbox.providerMirror;
  if (mirror !== null) return mirror;
  throw new UserError({
    code: 'mirror-refused',
    sentence: `The operator file ${quoted(name)} names no \`sandbox.provider_mirror\`.`,
    advice: 'Write one there, so that runs read it, or name a folder with `--mirror`.',
  });
};

/** Others are asked when the operator names them: a lock file is written by whoever may push. */
const publicRegistries = ['registry.terraform.io', 'registry.opentofu.org'];

interface Filling {
  readonly terminal: Terminal;
  readonly writer: MirrorWriter;
  readonly tool: ProviderTool;
  readonly said: string | undefined;
}

/** Held against each lock: a package that one of them refuses is not put where all take it from. Null, or why not. */
const misfit = async ({ tool, said }: Filling, wanted: Wanted, mirror: string): Promise<string | null> => {
  for (const { files, hashes } of wanted.locks) {
    const refusal = await tool.refuses(said ?? toolOf(wanted.address), wanted, hashes, mirror);
    if (refusal !== null)
      return `it does not fit ${files.map((file) => quoted(file)).join(', ')}:\n${refusal}`;
  }
  return null;
};

const fetched = async (filling: Filling, wanted: Wanted, staged: string): Promise<string | null> =>
  (await filling.tool.fetch(filling.said ?? toolOf(wanted.address), wanted, staged)) ??
  misfit(filling, wanted, staged);

/** All versions of one provider. Returns how many are not there in the end. */
const fillProvider = async (filling: Filling, address: string, all: readonly Wanted[]): Promise<number> => {
  const { terminal, writer } = filling;
  const name = (version: string) => `${address} ${version}`;
  const fail = (version: string, why: string): void => {
    const [first = '', ...rest] = why.split('\n');
    terminal.say(printable(`${name(version)}: ${first}`));
    for (const line of rest) terminal.say(printable(`  ${line}`));
  };
  let failed = 0;
  const missing: Wanted[] = [];
  for (const one of all) {
    if (!(await writer.has(one))) missing.push(one);
    else {
      const why = await misfit(filling, one, writer.mirror);
      if (why === null) await terminal.out(`${name(one.version)}: is there\n`);
      else {
        failed += 1;
        fail(one.version, `what is there is left as it is, and ${why}`);
      }
    }
  }
  const put = async (versions: readonly string[], staged: string): Promise<void> => {
    const why = await writer.place(address, versions, staged);
    for (const version of versions)
      if (why === null) await terminal.out(`${name(version)}: put there\n`);
      else fail(version, why);
    if (why !== null) failed += versions.length;
  };
  const isNew = !(await writer.knows(address));
  // Its own: what of another provider was refused must not come along.
  const fresh = () => mkdtemp(path.join(writer.staging, 'fetched-'));
  const folder = await fresh();
  const good: string[] = [];
  for (const one of missing) {
    const staged = isNew ? folder : await fresh();
    const why = await fetched(filling, one, staged);
    if (why !== null) {
      failed += 1;
      fail(one.version, why);
    } else if (isNew) good.push(one.version);
    else await put([one.version], staged);
  }
  if (good.length === missing.length && good.length > 0) await put(good, folder);
  // With some of its versions there, runs that need the others would look nowhere else.
  else
    for (const version of good) {
      failed += 1;
      fail(
        version,
        'is not put there without the other versions, for runs that need these could not get them any more',
      );
    }
  return failed;
};

const fill = async (filling: Filling, wanted: readonly Wanted[]): Promise<number> => {
  let failed = 0;
  for (const [address, versions] of Map.groupBy(wanted, (one) => one.address))
    failed += await fillProvider(filling, address, versions);
  return failed;
};

/**
 * `tidegate providers mirror [DIR...]`: puts into the operator's mirror what the lock files of checkouts name, each package fetched
 * by Terraform itself, held against every lock that names it, and whole when it is seen. No line of a checkout is run.
 */
export const providers = async ([what, ...args]: readonly string[], terminal: Terminal): Promise<number> => {
  if (what !== 'mirror') throw new WrongUse('`tidegate providers` takes `mirror`.');
  const { values, words } = argumentsOf(
    args,
    {
      config: { type: 'string' },
      mirror: { type: 'string' },
      tool: { type: 'string' },
      registry: { type: 'string', multiple: true },
    },
    mostFolders,
  );
  const { config, mirror: named, tool: said, registry = [] } = values;
  if ((config === undefined) === (named === undefined) || named === '')
    throw new WrongUse('`tidegate providers mirror` takes `--config FILE` or `--mirror FOLDER`.');
  if (said !== undefined && said !== 'terraform' && said !== 'tofu')
    throw new WrongUse(`\`--tool\` is \`${said}\`; it takes \`terraform\` or \`tofu\`.`);
  const folder =
    config === undefined
      ? path.resolve(terminal.folder, named ?? '')
      : await mirrorOfConfig(config, terminal);
  const files: string[] = [];
  for (const dir of words.length === 0 ? ['.'] : words)
    files.push(
      ...(await lockFilesBelow(path.resolve(terminal.folder, dir)).catch((error: unknown) => {
        throw unreadable(dir, error);
      })),
    );
  const clock = createSystemClock();
  const { wanted, refused } = await readLockFiles(
    [...new Set(files)],
    new Set([...publicRegistries, ...registry]),
    clock,
  );
  for (const line of refused) terminal.say(printable(line));
  if (wanted.length === 0) {
    terminal.say(files.length === 0 ? 'No lock file is there.' : 'No lock file names a provider.');
    return refused.length === 0 ? 0 : 1;
  }
  const searchPath = operatorPath(terminal.environment['PATH']);
  const prlimit = await requireServerProgram('prlimit', withStandard(searchPath));
  const writer = await openMirrorWriter(folder, clock);
  const stopping = new AbortController();
  let over = false;
  void terminal.stopped.then(() => {
    if (!over) stopping.abort();
  });
  try {
    const tool = createProviderTool({
      folder: writer.staging,
      environment: terminal.environment,
      prlimit,
      signal: stopping.signal,
    });
    const failed = await fill({ terminal, writer, tool, said }, wanted);
    return failed + refused.length === 0 ? 0 : 1;
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    terminal.say('Stopped. What was put there before is whole, and nothing else is there.');
    return 1;
  } finally {
    over = true;
    await writer.close();
  }
};
