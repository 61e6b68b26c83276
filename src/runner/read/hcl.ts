import { availableParallelism } from 'node:os';
import type { Clock } from '../../clock/port.ts';
import { type FileOutline, noOutline } from '../../domain/declared/outline.ts';
import { noCode } from '../../domain/trust/code-facts.ts';
import type { ConfigurationReader, FileFacts } from '../port.ts';
import type { Answer, Question } from './hcl/messages.ts';
import { createParser, type Parser } from './hcl/parser.ts';

/** Stands for the file's path in what is kept: the same blob may be at many paths. */
const anyName = '<file>';

interface File {
  readonly path: string;
  readonly blob: string;
}

interface Loaded {
  readonly path: string;
  readonly bytes: Buffer;
}

type Load = (blobs: readonly string[]) => Promise<ReadonlyMap<string, Buffer>>;

const failed = (error: string): FileFacts => ({
  moduleSources: [],
  hasOpenSource: false,
  backend: null,
  hasProvider: false,
  requiredVersions: [],
  // Nobody knows what it reads.
  selfContained: false,
  error,
  code: noCode,
});

/** `parse config: [FILE:1,14-15: Text; more. ...]` to `FILE:1: Text; more. ...` */
const readable = (message: string): string => {
  const text = message.replace(/^parse config: \[([\s\S]*)\]$/, '$1').replace(/:(\d+),\d+-[\d,]+:/g, ':$1:');
  const named = text.includes(anyName) ? text : `${anyName}: ${text}`;
  return named.length > 600 ? `${named.slice(0, 600)}…` : named;
};

/** One thing that is asked of files. */
interface Asking<T extends { readonly error: string | null }> {
  readonly about: Question['about'];
  readonly of: (answer: Answer) => T;
  readonly failed: (error: string) => T;
  /** By what `keyOf` says; least recently used first. */
  readonly known: Map<string, T>;
  /** So many of them are kept. */
  readonly kept: number;
  /** Milliseconds for all files of one question. */
  readonly budgetMs: number;
}

const tooLate = `${anyName}: not read, the files before it took too long`;

/** To start a process takes as long as to read so many files. */
const worthOne = 400;
/** Asked for in one message: to send one takes longer than to read a small file. */
const atOnce = 32;
const atOnceBytes = 128 * 1024;

const wrongAnswer = 'the parser gave no answer';

const factsFrom = (answer: Answer): FileFacts =>
  'facts' in answer ? answer.facts : failed('error' in answer ? readable(answer.error) : wrongAnswer);

const outlineFrom = (answer: Answer): FileOutline =>
  'outline' in answer ? answer.outline : noOutline('error' in answer ? readable(answer.error) : wrongAnswer);

export interface ConfigurationReaderOptions {
  readonly clock: Clock;
  /**
   * The process ends after this long without a question, milliseconds (default a minute: pushes and commands come in bursts, and its
   * start takes longer than the fetch that it runs beside).
   */
  readonly idleMs?: number;
  /** For one file, milliseconds (default 10 s). */
  readonly limitMs?: number;
  /** For all files of one call, milliseconds (default 60 s): others wait for their turn. What is left is an error, this time. */
  readonly budgetMs?: number;
  /** The same for outlines, which nobody must wait long for (default 5 s). */
  readonly outlineBudgetMs?: number;
  /** A longer file is an error (default 1 MiB). */
  readonly maxBytes?: number;
  /** Blobs whose facts are kept (default 20,000). */
  readonly kept?: number;
  /** So many processes read at most (default 4, and no more than the machine has processors). A second one starts for hundreds of files. */
  readonly most?: number;
  /** The process to start instead of the real one; for tests of one that hangs or dies. */
  readonly script?: string;
}

/**
 * Reads `.tf` and `.tf.json` files. Never rejects for what is in a file: `error` of its facts says what is wrong, with file and
 * line. Calls are served one after the other.
 */
export const createConfigurationReader = (options: ConfigurationReaderOptions): ConfigurationReader => {
  const {
    clock,
    idleMs = 60_000,
    limitMs = 10_000,
    budgetMs = 60_000,
    outlineBudgetMs = 5_000,
    maxBytes = 1024 * 1024,
    kept = 20_000,
    most = Math.min(4, availableParallelism()),
  } = options;
  const parsers = Array.from({ length: most }, () =>
    createParser({ clock, limitMs, ...(options.script === undefined ? {} : { script: options.script }) }),
  );
  /** Those that so many files are worth. */
  const worth = (count: number): readonly Parser[] =>
    parsers.slice(0, Math.max(1, Math.ceil(count / worthOne)));
  const stopAll = () => Promise.all(parsers.map((parser) => parser.stop()));
  const facts = {
    about: 'facts',
    of: factsFrom,
    failed,
    known: new Map<string, FileFacts>(),
    kept,
    budgetMs,
  } as const;
  let queue: Promise<unknown> = Promise.resolve();
  let idle = new AbortController();
  let closed = false;

  /** Blobs are read by syntax: the same bytes mean something else in a `.tf.json`. */
  const keyOf = (file: File): string => `${file.path.endsWith('.json') ? 'json' : 'hcl'}:${file.blob}`;

  const remember = <T extends { readonly error: string | null }>(
    { known, kept }: Asking<T>,
    key: string,
    found: T,
  ): T => {
    known.delete(key);
    known.set(key, found);
    const oldest = known.size > kept ? known.keys().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
    return found;
  };

  const questionOf = (about: Question['about'], { path, bytes }: Loaded): Question => ({
    fileName: anyName,
    syntax: path.endsWith('.json') ? 'json' : 'hcl',
    text: bytes.toString('utf8'),
    about,
  });

  /** Reads files, each contents once, several processes side by side; by key. What there was no time for is missing. */
  const parseAll = async <T extends { readonly error: string | null }>(
    asking: Asking<T>,
    files: ReadonlyMap<string, Loaded>,
    until: number,
  ): Promise<ReadonlyMap<string, T>> => {
    const found = new Map<string, T>();
    const left: [string, Loaded][] = [];
    for (const [key, file] of files)
      if (file.bytes.length <= maxBytes) left.push([key, file]);
      else {
        const tooLarge = asking.failed(`${anyName}: larger than ${maxBytes} bytes, too large to be read`);
        found.set(key, remember(asking, key, tooLarge));
      }
    left.reverse();
    /** The next few: not so many that the others have nothing to do, or that they take long. */
    const take = (most: number): readonly [string, Loaded][] => {
      const taken: [string, Loaded][] = [];
      for (let bytes = 0; taken.length < most && bytes < atOnceBytes; ) {
        const next = left.pop();
        if (next === undefined) break;
        taken.push(next);
        bytes += next[1].bytes.length;
      }
      return taken;
    };
    const work = async (parser: Parser): Promise<void> => {
      // Which file of several it was that took too long is found by asking for each alone.
      for (let most = atOnce; left.length > 0 && clock.monotonic() < until; ) {
        const taken = take(most);
        const answers = await parser.ask(taken.map(([, file]) => questionOf(asking.about, file)));
        for (const [index, [key]] of taken.entries()) {
          const answer = answers[index];
          if (answer !== undefined) found.set(key, remember(asking, key, asking.of(answer)));
        }
        left.push(...taken.slice(answers.length).reverse());
        most = answers.length < taken.length ? 1 : Math.min(atOnce, most * 2);
      }
    };
    await Promise.all(worth(files.size).map(work));
    return found;
  };

  const endWhenIdle = (): void => {
    idle.abort();
    // What was under way when it was closed comes by here as well.
    if (closed) return;
    const waiting = new AbortController();
    idle = waiting;
    void clock.sleep(idleMs, waiting.signal).then(() => {
      if (!waiting.signal.aborted) queue = queue.then(() => (waiting.signal.aborted ? undefined : stopAll()));
    });
  };

  const read = async <T extends { readonly error: string | null }>(
    asking: Asking<T>,
    files: readonly File[],
    load: Load,
  ): Promise<ReadonlyMap<string, T>> => {
    if (closed) throw new Error('the configuration reader is closed');
    idle.abort();
    const { known, failed, budgetMs } = asking;
    const started = clock.monotonic();
    const answers = new Map<string, T>();
    const add = (path: string, found: T): void => {
      const error = found.error?.replaceAll(anyName, () => path) ?? null;
      answers.set(path, error === null ? found : { ...found, error });
    };
    let missing: File[] = [];
    for (const file of files) {
      const key = keyOf(file);
      const found = known.get(key);
      if (found === undefined) missing.push(file);
      // Which of them would go first need not be kept while none has to.
      else add(file.path, known.size > asking.kept / 2 ? remember(asking, key, found) : found);
    }
    while (missing.length > 0) {
      // Not always all of them: what is loaded at a time is bounded.
      const wanted = [...new Set(missing.map((file) => file.blob))];
      // Beside the loading, which takes as long.
      for (const parser of worth(wanted.length)) parser.start();
      const blobs = await load(wanted);
      const loaded = new Map<string, Loaded>();
      for (const file of missing) {
        const bytes = blobs.get(file.blob);
        if (bytes !== undefined) loaded.set(keyOf(file), { path: file.path, bytes });
      }
      const found = await parseAll(asking, loaded, started + budgetMs);
      const left: File[] = [];
      for (const file of missing) {
        const key = keyOf(file);
        if (loaded.has(key)) add(file.path, found.get(key) ?? failed(tooLate));
        else left.push(file);
      }
      if (left.length === missing.length) {
        for (const file of left) add(file.path, failed(`${anyName}: its contents are missing`));
        break;
      }
      missing = left;
    }
    endWhenIdle();
    return answers;
  };

  const inTurn = <T extends { readonly error: string | null }>(
    asking: Asking<T>,
    files: readonly File[],
    load: Load,
  ): Promise<ReadonlyMap<string, T>> => {
    const turn = queue.then(() => read(asking, files, load));
    queue = turn.catch(() => undefined);
    return turn;
  };

  return {
    wake: () => {
      if (closed) return;
      parsers[0]?.start();
      endWhenIdle();
    },
    facts: (files, load) => inTurn(facts, files, load),
    outlines: (files, load) =>
      // The same file may be at several paths of one question.
      inTurn(
        {
          about: 'outline',
          of: outlineFrom,
          failed: noOutline,
          known: new Map(),
          kept: Number.POSITIVE_INFINITY,
          budgetMs: outlineBudgetMs,
        },
        files,
        load,
      ),
    close: async () => {
      closed = true;
      idle.abort();
      await stopAll();
      await queue;
      await stopAll();
    },
  };
};
