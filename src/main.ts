import { readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { giveMemoryBack } from './app/idle-memory.ts';
import { readSettings, startApp } from './app.ts';
import { optionsOf, WrongUse } from './arguments.ts';
import { type KeptHead, parseHead } from './domain/audit-head.ts';
import { type Problem, UserError } from './domain/problem.ts';
import { lastWords } from './observe/last-words.ts';
import { operatorPath } from './programs/search-path.ts';
import { helpOf, unknownCommand, usage } from './usage.ts';

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const explain = (problem: Problem): void => {
  say(`${problem.sentence}\n  ${problem.advice}`);
  if (problem.details !== undefined) say(problem.details.replaceAll(/^/gm, '  '));
};

/**
 * One signal asks for an orderly end; the work under way decides how long that takes. Further ones
 * change nothing: `npm run` passes on a Ctrl-C that the terminal has sent to all of us already.
 */
const stopSignal = (): Promise<string> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve(signal));
  });

/**
 * Whoever started the server may look at its pages. A terminal is theirs alone; where there is none, what we print ends up in
 * logs that others read, and the link in a file that only our own user reads. Returns what takes that away.
 */
const showLink = async (link: string | null, dataDir: string): Promise<() => Promise<void>> => {
  if (link === null) return async () => {};
  if (process.stderr.isTTY === true) {
    say(`\nRuns, logs and locks, for you alone and until this server ends:\n  ${link}\n`);
    return async () => {};
  }
  const file = path.join(dataDir, 'pages-link');
  // Made anew: one that is there may be readable, or lead elsewhere.
  try {
    await rm(file, { force: true });
    await writeFile(file, `${link}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    // The work goes on without anybody who looks.
    say(`The link to the pages could not be written: ${String(error)}`);
    return async () => {};
  }
  say(`The link to runs, logs and locks is in ${file}; it is good until this server ends.`);
  return () => rm(file, { force: true }).catch(() => undefined);
};

const serve = async (): Promise<number> => {
  // A limit on the size of files is a disk that is full, which we can wait for, and not the end of the process.
  process.on('SIGXFSZ', () => undefined);
  // Node would print all that an error carries, such as the headers of a request that failed.
  process.on('uncaughtException', (error) => {
    say(lastWords(error, process.env));
    process.exit(1);
  });
  const read = await readSettings(process.env, { folder: process.cwd(), home: os.homedir(), warn: say });
  if ('problems' in read) {
    for (const problem of read.problems) explain(problem);
    return 2;
  }
  const app = await startApp(read.config, read.secrets, process.env);
  const stopped = stopSignal();
  const forget = await showLink(app.pagesLink, read.config.dataDir);
  const serving = new AbortController();
  void giveMemoryBack(serving.signal);
  await stopped;
  serving.abort();
  await forget();
  if ((await app.stop()) === 'late') {
    say('Something did not end in time and is left behind; what must survive is on disk.');
    process.exit(0);
  }
  return 0;
};

/** Resolves when the text is on its way, so that a long export waits for its reader. */
const print = (text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });

const headFrom = (text: string): KeptHead => {
  const head = parseHead(text);
  if (head !== null) return head;
  throw new WrongUse('`--head` takes the line `Audit head: ...` of a check, or a hash of 64 hex digits.');
};

/** A reader that has seen enough is no error of ours. */
const orReaderGone = (error: unknown): number => {
  if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return 0;
  throw error;
};

const audit = async ([what, ...rest]: readonly string[]): Promise<number> => {
  // The write that fails tells it.
  process.stdout.on('error', () => undefined);
  const options = {
    environment: process.env,
    folder: process.cwd(),
    home: os.homedir(),
    out: print,
    explain,
  };
  switch (what) {
    case 'verify': {
      const { head } = optionsOf(rest, { head: { type: 'string' } });
      const wanted = head === undefined ? null : headFrom(head);
      const { verifyAudit } = await import('./audit/audit.ts');
      return verifyAudit(options, wanted);
    }
    case 'sign': {
      const { head } = optionsOf(rest, { head: { type: 'string' } });
      if (head === undefined)
        throw new WrongUse('`tidegate audit sign` takes `--head`, with the line of a check.');
      const wanted = headFrom(head);
      const { signAudit } = await import('./audit/audit.ts');
      return signAudit(options, wanted);
    }
    case 'export': {
      optionsOf(rest, {});
      const { exportAudit } = await import('./audit/audit.ts');
      return exportAudit(options).catch(orReaderGone);
    }
    default:
      throw new WrongUse('`tidegate audit` takes `verify`, `export` or `sign`.');
  }
};

/** What looks at a checkout, without a server. */
const onCheckout = async (
  role: 'validate' | 'projects' | 'plan' | 'import-atlantis' | 'providers',
  rest: readonly string[],
): Promise<number> => {
  const { roles } = await import('./cli/roles.ts');
  return roles[role](rest, {
    environment: process.env,
    // `npm run` goes to its own folder first, and says where it was.
    folder:
      process.env['npm_lifecycle_event'] === 'tidegate'
        ? (process.env['INIT_CWD'] ?? process.cwd())
        : process.cwd(),
    home: os.homedir(),
    out: print,
    say,
    colour: process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '',
    stopped: stopSignal(),
  });
};

const portFrom = (text: string): number => {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new WrongUse(`\`--port\` is \`${text}\`; it takes a number from 0 to 65535, and 0 for a free one.`);
};

/** Before `--`: behind it stand words that may look like options. */
const asksForHelp = (rest: readonly string[]): boolean => {
  const end = rest.indexOf('--');
  return (end === -1 ? rest : rest.slice(0, end)).some((word) => word === '--help' || word === '-h');
};

const version = async (): Promise<string> => {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  const manifest: unknown = JSON.parse(text);
  return manifest instanceof Object && 'version' in manifest ? String(manifest.version) : 'of no number';
};

const main = async (argv: readonly string[]): Promise<number> => {
  const [role = '', ...rest] = argv;
  const help = asksForHelp(rest) ? helpOf(role) : null;
  if (help !== null) {
    process.stdout.write(help);
    return 0;
  }
  switch (role) {
    case 'serve':
      optionsOf(rest, {});
      return serve();
    case 'doctor': {
      const { json } = optionsOf(rest, { json: { type: 'boolean', default: false } });
      // Only here: a server has no use for it, and pays for what it loads.
      const { doctor } = await import('./doctor/doctor.ts');
      return doctor({
        environment: process.env,
        folder: process.cwd(),
        home: os.homedir(),
        json,
        colour: process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '',
        out: (text) => process.stdout.write(text),
      });
    }
    case 'audit':
      return audit(rest);
    case 'validate':
    case 'import-atlantis':
    case 'projects':
    case 'plan':
    case 'providers':
      // The writes that fail tell it.
      process.stdout.on('error', () => undefined);
      return onCheckout(role, rest).catch(orReaderGone);
    case 'demo': {
      const values = optionsOf(rest, {
        script: { type: 'boolean', default: false },
        port: { type: 'string', default: '0' },
      });
      const port = portFrom(values.port);
      // A closed terminal takes our output away before we have cleared up; that must not end us.
      process.stdout.on('error', () => undefined);
      // Only here: a server that takes real webhooks must not be able to reach the demo's rooms.
      const { demo } = await import('./demo/demo.ts');
      return demo({
        script: values.script,
        port,
        environment: process.env,
        untilStopped: stopSignal(),
        out: (text) => process.stdout.write(text),
      });
    }
    case 'help':
    case '--help':
    case '-h':
      process.stdout.write((rest[0] === undefined ? null : helpOf(rest[0])) ?? usage);
      return 0;
    case 'version':
    case '--version':
      process.stdout.write(`tidegate ${await version()}\n`);
      return 0;
    case '':
      say(usage);
      return 2;
    default:
      throw new WrongUse(unknownCommand(role));
  }
};

/** What is wrong, and where the rest stands. */
const inShort = ({ message }: WrongUse, role = ''): string =>
  helpOf(role) === null ? message : `${message}\n\`tidegate ${role} --help\` says what it takes.`;

// Before anything is started: whatever this process starts, in whatever room, inherits it or is given it.
process.env['PATH'] = operatorPath(process.env['PATH']);
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof WrongUse) say(inShort(error, process.argv[2]));
  else if (error instanceof UserError) explain(error.problem);
  else say(lastWords(error, process.env));
  process.exitCode = error instanceof WrongUse ? 2 : 1;
}
