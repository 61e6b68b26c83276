import path from 'node:path';
import PQueue from 'p-queue';
import type { Clock } from '../clock/port.ts';
import { baseFolder, type GeneratorCommand, treeFolder } from '../config/generate.ts';
import type { FileFormat, OperatorSettings } from '../config/types.ts';
import { runId, type TreeId } from '../domain/ids.ts';
import type { Printed } from '../domain/printed.ts';
import { UserError } from '../domain/problem.ts';
import { fullNameOf, type RepoRef } from '../domain/pull.ts';
import { printable, quoted } from '../domain/quote.ts';
import { root } from '../domain/repo-path.ts';
import type { Git } from '../git/port.ts';
import type { Log } from '../observe/log.ts';
import type { Step } from '../runner/port.ts';
import { HostLost, type Sandbox, type Session, type StepResult } from '../sandbox/port.ts';
import { leavingLinks } from './leaving-links.ts';

/** What the operator's command is asked about. */
export interface Looked {
  /** Whose code runs: the base branch's, whatever the pull request makes of it. */
  readonly code: TreeId;
  /** What it looks at; nothing of it is run. */
  readonly tree: TreeId;
  /** For sentences: whose tree that is. */
  readonly where: string;
}

/** Asks the operator's commands which projects there are (decision 41). */
export interface Generator {
  /** What the command printed; null where the operator has none for the repository. Throws UserError `generator-failed`. */
  print(
    repo: RepoRef,
    looked: Looked,
  ): Promise<{ readonly text: string; readonly format: FileFormat } | null>;
}

export interface GeneratorOptions {
  readonly operator: Pick<OperatorSettings, 'generator'>;
  readonly git: Pick<Git, 'checkout' | 'removeCheckout' | 'entries' | 'blobs'>;
  /** One that knows no variable and no secret. */
  readonly sandbox: Pick<Sandbox, 'open'>;
  readonly newId: () => string;
  readonly clock: Clock;
  readonly log: Log;
}

/** A file of the repository may not be larger either. */
const mostBytes = 256 * 1024;
const mostDetails = 4_000;
const atATime = 2;
const keptOutcomes = 50;
/** What failed may have failed for a reason that is gone by now; who looks again at once is not to wait for it again. */
const failureHoldsMs = 5 * 60_000;

/** It needs none: the folders that it sees are its own. */
const noCheckout = '/nonexistent';

type Outcome =
  | { readonly text: string }
  | { readonly failed: string; readonly details: string; readonly lasts: boolean };

const placed = (part: string, folders: { readonly base: string; readonly tree: string }): string =>
  part.replaceAll(baseFolder, folders.base).replaceAll(treeFolder, folders.tree);

const textOf = async (printed: Printed): Promise<string | null> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of printed.chunks()) {
    bytes += chunk.length;
    if (bytes > mostBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const outcomeOf = async (result: StepResult): Promise<Outcome> => {
  const details = result.text.slice(-mostDetails).split('\n').map(printable).join('\n').trim();
  const failed = (why: string, lasts: boolean): Outcome => ({ failed: why, details, lasts });
  switch (result.ended) {
    case 'timeout':
      return failed('it took too long and was stopped', true);
    case 'not-found':
      return failed('it could not be started on the server', false);
    case 'cancelled':
      return failed('it was stopped', false);
    case 'signal':
      return failed('it was killed, or printed far too much', true);
    case 'exit': {
      if (result.exitCode !== 0) return failed(`exit code ${result.exitCode}`, true);
      const text = await textOf(result.data);
      if (text === null) return failed(`it printed more than ${mostBytes / 1024} KB`, true);
      return text.trim() === '' ? failed('it printed nothing', true) : { text };
    }
    default: {
      const never: never = result.ended;
      return never;
    }
  }
};

export const createGenerator = (options: GeneratorOptions): Generator => {
  const { operator, git, sandbox, newId, clock, log } = options;
  const turns = new PQueue({ concurrency: atATime });
  /** By trees and command, least recently used first. A tree's id says all that is in it. */
  const known = new Map<string, { readonly outcome: Outcome; readonly at: number }>();
  const underWay = new Map<string, Promise<Outcome>>();

  const inside = async (session: Session, repo: RepoRef, command: GeneratorCommand, looked: Looked) => {
    const at = (name: string): string => path.join(session.apart, 'trees', name);
    const base = at('base');
    const tree = looked.tree === looked.code ? base : at('tree');
    const [program, ...rest] = command.argv;
    const step: Step = {
      name: 'generate',
      argv: [placed(program, { base, tree }), ...rest.map((part) => placed(part, { base, tree }))],
      output: 'data',
      timeoutMs: command.timeLimitMs,
      environment: { TIDEGATE_REPOSITORY: fullNameOf(repo) },
      mutates: false,
      apart: true,
    };
    const nothingToRescue = async (): Promise<void> => undefined;
    const laid = [
      { folder: base, id: looked.code },
      ...(tree === base ? [] : [{ folder: tree, id: looked.tree }]),
    ];
    try {
      for (const { folder, id } of laid) await git.checkout(repo.id, id, folder, nothingToRescue);
      return await outcomeOf(await session.run(step));
    } catch (error) {
      if (!(error instanceof HostLost)) throw error;
      return { failed: 'the process that ran it was killed', details: '', lasts: false };
    } finally {
      for (const { folder } of laid) await git.removeCheckout(repo.id, folder, nothingToRescue);
    }
  };

  /**
   * A program that reads a tree follows the links in it, and what it says of what it read is in a comment. So no pull request brings
   * one that leads out: neither by itself nor by way of one that the base branch has.
   */
  const linkOut = async (repo: RepoRef, { code, tree }: Looked): Promise<string | null> => {
    if (code === tree) return null;
    const linksOf = async (id: TreeId) =>
      (await git.entries(repo.id, id)).filter(({ kind }) => kind === 'link');
    const [before, now] = await Promise.all([linksOf(code), linksOf(tree)]);
    const known = new Set(before.map(({ path, id }) => `${path}\0${id}`));
    const brought = now.filter(({ path, id }) => !known.has(`${path}\0${id}`));
    const leaving = await leavingLinks({ git }, repo.id, brought);
    const [first] =
      leaving.length > 0 || (await leavingLinks({ git }, repo.id, before)).length === 0 ? leaving : brought;
    return first?.path ?? null;
  };

  const ask = async (repo: RepoRef, command: GeneratorCommand, looked: Looked): Promise<Outcome> => {
    const link = await linkOut(repo, looked);
    if (link !== null)
      return {
        failed: `it was not started, because the symbolic link ${quoted(link)} may lead out of the repository`,
        details: '',
        lasts: true,
      };
    const started = clock.monotonic();
    const session = await sandbox.open({
      runId: runId(`generate-${newId()}`),
      verb: 'plan',
      checkout: noCheckout,
      dir: root,
      env: {},
    });
    const outcome = await inside(session, repo, command, looked).finally(() => session.dispose());
    log.info('a command was asked which projects there are', {
      repository: fullNameOf(repo),
      tree: looked.tree,
      code: looked.code,
      ms: Math.round(clock.monotonic() - started),
      ...('failed' in outcome ? { failed: outcome.failed } : {}),
    });
    return outcome;
  };

  const remembered = (key: string): Outcome | null => {
    const one = known.get(key);
    if (one === undefined) return null;
    known.delete(key);
    if ('failed' in one.outcome && clock.monotonic() - one.at > failureHoldsMs) return null;
    known.set(key, one);
    return one.outcome;
  };

  const outcomeFor = (repo: RepoRef, command: GeneratorCommand, looked: Looked): Promise<Outcome> => {
    const key = [repo.id, looked.code, looked.tree, command.definition].join(' ');
    const before = remembered(key);
    if (before !== null) return Promise.resolve(before);
    // Whoever comes meanwhile waits for the same one.
    const going = underWay.get(key);
    if (going !== undefined) return going;
    const asking = turns
      .add(() => ask(repo, command, looked))
      .then((outcome) => {
        if ('text' in outcome || outcome.lasts) known.set(key, { outcome, at: clock.monotonic() });
        const oldest = known.size > keptOutcomes ? known.keys().next().value : undefined;
        if (oldest !== undefined) known.delete(oldest);
        return outcome;
      })
      .finally(() => underWay.delete(key));
    underWay.set(key, asking);
    return asking;
  };

  return {
    print: async (repo, looked) => {
      const command = operator.generator(fullNameOf(repo));
      if (command === null) return null;
      const outcome = await outcomeFor(repo, command, looked);
      if ('text' in outcome) return { text: outcome.text, format: command.format };
      throw new UserError({
        code: 'generator-failed',
        sentence: `The command that says the projects of this repository (${looked.where}) failed: ${outcome.failed}.`,
        advice:
          'Nothing was run. Mend what it looks at and push, or ask the people who run Tidegate; it is asked again after five minutes.',
        ...(outcome.details === '' ? {} : { details: outcome.details }),
      });
    },
  };
};

/** Where nobody asks: no project comes from a command. */
export const noGenerator: Generator = { print: async () => null };
