import {
  bringsSecret,
  type Codified,
  mostFileBytes,
  mostFiles,
  notIntoGit,
  readable,
  refusedPath,
  tooMuch,
} from '../../domain/drift/codified.ts';
import type { TreeId } from '../../domain/ids.ts';
import { type Problem, UserError } from '../../domain/problem.ts';
import { printable } from '../../domain/quote.ts';
import type { Run } from '../../domain/run.ts';
import type { WrittenFile } from '../../git/port.ts';
import { secretsGiven } from '../../observe/given-values.ts';
import { createMask } from '../../observe/masking.ts';
import { HostLost, type Session } from '../../sandbox/port.ts';
import type { Control } from '../control.ts';
import { execute } from '../execute.ts';
import { layOut, writtenIn } from '../lay-out.ts';
import { runnerOf } from '../plan.ts';
import type { FlowPorts } from '../ports.ts';
import { runVariables } from '../run-variables.ts';
import { seenBy } from '../snapshot.ts';
import { stateOf } from '../state-file.ts';
import { stepInputs } from '../step-inputs.ts';
import { chooseTool, toolWish } from '../tool-choice.ts';
import { refuseOddDir } from '../workflow-variables.ts';

const longestDetails = 4_000;

export const adoptRefused = (sentence: string, advice: string, details?: string): Problem => ({
  code: 'adopt-refused',
  sentence,
  advice,
  ...(details === undefined || details === '' ? {} : { details }),
});

/**
 * Has the tool of a project write what is there into its files, in a checkout of the tree of the run, and reads what it wrote. It runs as
 * a look at the world does: by plan's own credentials, and it changes nothing but files. Nothing of it is kept. Undefined: this server goes.
 */
export const codify = async (
  ports: FlowPorts,
  run: Run,
  { interrupted, leaving }: Control,
): Promise<readonly Codified[] | Problem | undefined> => {
  const signal = AbortSignal.any([interrupted, leaving]);
  try {
    const given = await runTool(ports, run, signal);
    if (signal.aborted) return undefined;
    return 'code' in given ? given : await readWritten(ports, run, given.secrets);
  } catch (error) {
    if (signal.aborted) return undefined;
    if (error instanceof UserError) return error.problem;
    if (error instanceof HostLost)
      return adoptRefused(
        'The process that ran the tool was killed.',
        'Nothing was changed; comment `/adopt` to try again.',
      );
    throw error;
  } finally {
    await ports.logs.remove(run.id);
  }
};

/** Which secrets steps were given besides those that the server knows, or why it did not come to its end. The tool is gone behind this. */
const runTool = async (
  ports: FlowPorts,
  run: Run,
  signal: AbortSignal,
): Promise<{ readonly secrets: readonly string[] } | Problem> => {
  const { sandbox, checkouts, log } = ports;
  const { dir, settings } = run.project;
  const checkout = checkouts.folderOf(run);
  const session = await sandbox.open({
    runId: run.id,
    verb: 'plan',
    checkout,
    dir,
    env: settings.env,
    ...stateOf(ports, run, checkout),
  });
  try {
    return await inSession(ports, run, session, signal);
  } finally {
    await session
      .dispose()
      .catch((error: unknown) => log.error('the folder of a run was not removed', { run: run.id, error }));
  }
};

const inSession = async (
  ports: FlowPorts,
  run: Run,
  session: Session,
  signal: AbortSignal,
): Promise<{ readonly secrets: readonly string[] } | Problem> => {
  const runner = runnerOf(ports, run);
  await layOut(ports, run);
  const { requires } = await seenBy(ports, run);
  refuseOddDir(run.project);
  const wish = toolWish(ports.operator, run, requires);
  const tool = await chooseTool(ports, run, wish, { runner, session, signal });
  if ('problem' in tool) return tool.problem;
  const inputs = { ...stepInputs(run, session, tool), about: await runVariables(ports, run) };
  const { failed, transcript, given } = await execute(session, runner.steps('codify', inputs), {
    signal,
    clock: ports.clock,
  });
  if (failed === null) return { secrets: [...given, ...secretsGiven(run.project.settings.env)] };
  return adoptRefused(
    `What is there could not be written down: ${failed.problem.sentence}`,
    'Nothing was changed. Its own words are below, where it said any.',
    transcript.slice(-longestDetails).split('\n').map(printable).join('\n').trim(),
  );
};

/** Every file that is not as it was laid out, if all of them may go into Git; else why not. */
const readWritten = async (
  ports: FlowPorts,
  run: Run,
  secrets: readonly string[],
): Promise<readonly Codified[] | Problem> => {
  const { project } = run;
  const runner = runnerOf(ports, run);
  const passed = new Set(runner.ownFolders);
  const isOfTool = (path: string): boolean =>
    runner.isFetchedAgain(path) || path.split('/').some((name) => passed.has(name));
  const written = (await writtenIn(ports, run)).filter(({ path }) => !isOfTool(path));
  const refused = written.flatMap(({ path }) => {
    const why = refusedPath(path, project.dir);
    return why === null ? [] : [notIntoGit(path, why)];
  });
  if (refused.length > 0) return notTaken(refused);
  if (written.length > mostFiles)
    return notTaken([
      `It changes ${written.length} files, and more than ${mostFiles} are for people to change.`,
    ]);
  const read = await readFiles(ports, run, written);
  if ('odd' in read) return notTaken(read.odd);
  const much = tooMuch(read.files);
  if (much !== null) return notTaken([much]);
  const hide = hiding(ports, secrets);
  const leaking = read.files.filter((file) => bringsSecret(file, hide));
  return leaking.length === 0
    ? read.files
    : notTaken(leaking.map(({ path }) => notIntoGit(path, 'holds a secret, or what looks like one')));
};

const hiding = (
  { mask }: Pick<FlowPorts, 'mask'>,
  secrets: readonly string[],
): ((text: string) => string) => {
  const own = createMask();
  for (const secret of secrets) own.add(secret);
  return (text) => mask(own.text(text));
};

const notTaken = ([first = '', ...more]: readonly string[]): Problem =>
  adoptRefused(
    `What the tool wrote is not put into Git. ${first}`,
    'Nothing was changed. Write down what is to stay yourself, in a pull request of your own, or put the drift back.',
    more.slice(0, 20).join('\n'),
  );

type Read = { readonly files: readonly Codified[] } | { readonly odd: readonly string[] };

const readFiles = async (ports: FlowPorts, run: Run, written: readonly WrittenFile[]): Promise<Read> => {
  const before = await filesBefore(ports, run.repositoryId, run.tree, written);
  const files: Codified[] = [];
  const odd: string[] = [];
  for (const file of written) {
    const one = await readOne(ports, run, file, before);
    if ('why' in one) odd.push(notIntoGit(file.path, one.why));
    else files.push(one);
  }
  return odd.length > 0 ? { odd } : { files };
};

/** What of a tree is at these paths: the text, or null for what is no text. What is no plain file counts as that. */
const filesBefore = async (
  { git }: Pick<FlowPorts, 'git'>,
  repositoryId: number,
  tree: TreeId,
  written: readonly WrittenFile[],
): Promise<ReadonlyMap<string, string | null>> => {
  const paths = new Set(written.map(({ path }) => path));
  // Of all that Git has there, and not of the part that was laid out: what the project may not read is not overwritten either.
  const there = (await git.entries(repositoryId, tree)).filter(({ path }) => paths.has(path));
  const known = new Map<string, string | null>();
  for (const { path, kind, id } of there) {
    const bytes = kind === 'file' ? (await git.blobs(repositoryId, [id])).get(id) : undefined;
    known.set(path, bytes === undefined ? null : readable(bytes));
  }
  return known;
};

const readOne = async (
  { artifacts, checkouts }: Pick<FlowPorts, 'artifacts' | 'checkouts'>,
  run: Run,
  { path, kind }: WrittenFile,
  before: ReadonlyMap<string, string | null>,
): Promise<Codified | { readonly why: string }> => {
  const old = before.get(path);
  if (old === null) return { why: 'is no plain text in Git' };
  if (kind === 'added' && old !== undefined) return { why: 'the project may not read, and Git has already' };
  const found = await artifacts.look(checkouts.folderOf(run), path, mostFileBytes);
  switch (found.kind) {
    case 'nothing':
      return { path, before: old ?? null, after: null };
    case 'odd':
      return { why: 'is no plain file' };
    case 'too-large':
      return { why: `is larger than ${mostFileBytes / 1024} KB` };
    case 'file': {
      if (found.executable) return { why: 'is a program' };
      const after = readable(found.bytes);
      return after === null ? { why: 'is no plain text' } : { path, before: old ?? null, after };
    }
    default: {
      const never: never = found;
      return never;
    }
  }
};
