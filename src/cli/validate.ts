import { argumentsOf } from '../arguments.ts';
import {
  idleEntries,
  idleRules,
  missingFiles,
  placeInProject,
  refusedByOperator,
} from '../config/file-checks.ts';
import { checkFile } from '../config/file-format.ts';
import { readOperatorFile } from '../config/operator-file.ts';
import { compileRepositoryFile } from '../config/repository-file.ts';
import { through } from '../domain/modules.ts';
import { type Problem, UserError } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import { fullNameOf } from '../domain/pull.ts';
import { readCodeOwners } from '../flow/code-owners.ts';
import { placeProblems } from '../flow/place-problem.ts';
import { repositoryFileName } from '../flow/repository-file.ts';
import { type Snapshot, snapshotOf } from '../flow/snapshot.ts';
import { asOnBase } from './as-on-base.ts';
import { atDesk, checkoutOptions, type Desk } from './desk.ts';
import type { Terminal } from './terminal.ts';

/** What is wrong, at a place of a file where it has one. */
interface Fault extends Problem {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
}

/** What nothing fails by, and somebody should know. */
interface Note {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly sentence: string;
}

interface Looked {
  readonly faults: readonly Fault[];
  readonly notes: readonly Note[];
  /** Null: it cannot be said. */
  readonly projects: readonly Project[] | null;
  /** Its name; null where there is none. */
  readonly fileThere: string | null;
}

const where = 'the checkout';

const unplaced = ({ code, sentence, advice, details }: Problem, file: string): Fault => ({
  file,
  line: null,
  column: null,
  code,
  sentence,
  advice,
  ...(details === undefined ? {} : { details }),
});

/** What is settled out of several files says in its sentence which one it is of: here that is said in front, as of everything. */
const inSentence =
  /^(?<file>[\w.]+\.yaml)(?: \(this pull request\))?, line (?<line>\d+): (?<sentence>[\s\S]+)$/;

/** Whatever else throws is our bug. */
const orFault = (error: unknown): Fault => {
  if (!(error instanceof UserError)) throw error;
  const fault = unplaced(error.problem, repositoryFileName);
  const { file = fault.file, line, sentence } = inSentence.exec(fault.sentence)?.groups ?? {};
  if (line === undefined || sentence === undefined) return fault;
  return { ...fault, file, line: Number(line), column: null, sentence };
};

const checkOperatorFile = ({ operatorFile }: Desk): readonly Fault[] => {
  if (operatorFile === null) return [];
  const { name, text, server } = operatorFile;
  const read = readOperatorFile(text, name, server);
  if ('value' in read) return [];
  return read.findings.map((finding) => ({ file: read.file, code: 'settings-invalid', ...finding }));
};

/** Lines of CODEOWNERS that cannot be read: an administrator answers for their files. */
const unreadOwners = async (desk: Desk, { entries }: Snapshot): Promise<readonly Note[]> => {
  const read = await readCodeOwners(desk, desk.repo.id, entries);
  if (read === null) return [];
  return read.parsed.unread.map(({ line, reason }) => ({
    file: read.place,
    line,
    column: 1,
    sentence: `This line cannot be read: ${reason}. Its files need the approval of an administrator.`,
  }));
};

/** Everything that can be known to be wrong, not just the first of it. */
const look = async (desk: Desk): Promise<Looked> => {
  const { workTree, git, repo } = desk;
  const nothing = { notes: [], projects: null };
  const ofOperator = checkOperatorFile(desk);
  const text = await desk.fileAt(workTree.commit);
  const fileName = text?.name ?? repositoryFileName;
  const checked = text === null ? null : checkFile(text.text, text.format);
  const compiled = checked === null ? null : compileRepositoryFile(checked);
  const fileThere = text?.name ?? null;
  if (compiled !== null && 'refused' in compiled) {
    const { code, findings } = compiled.refused;
    const faults = findings.map((finding) => ({ file: fileName, code, ...finding }));
    return { ...nothing, fileThere, faults: [...ofOperator, ...faults] };
  }
  if (ofOperator.length > 0) return { ...nothing, fileThere, faults: ofOperator };
  const operator = await desk.operatorFor([workTree.commit]);
  const repository = fullNameOf(repo);
  if (checked !== null && 'raw' in checked) {
    const faults = refusedByOperator(checked, operator, repository).map((fault) => ({
      file: fileName,
      ...fault,
    }));
    if (faults.length > 0) return { ...nothing, fileThere, faults };
  }
  const tree = await git.treeOf(repo.id, workTree.commit);
  const snapshot = await snapshotOf({ ...desk, operator }, repo, { tree, code: tree, where }).catch(orFault);
  if ('sentence' in snapshot) return { ...nothing, fileThere, faults: [snapshot] };
  const { file } = snapshot;
  const merged = ((): { readonly projects: readonly Project[] } | Fault => {
    try {
      return asOnBase(desk, operator, snapshot);
    } catch (error) {
      return orFault(error);
    }
  })();
  if ('sentence' in merged) return { ...nothing, fileThere, faults: [merged] };
  const { projects } = merged;
  const inFile = new Map((file?.projects ?? []).map(({ name, at }) => [name, at]));
  const misplaced = placeProblems(desk, snapshot);
  const places = projects.flatMap((project): Fault[] => {
    const problem = misplaced(project);
    const index = inFile.get(project.name);
    if (problem === null) return [];
    if (index === undefined || index === null || checked === null || 'findings' in checked)
      return [unplaced(problem, fileName)];
    const key = problem.code === 'no-such-runner' ? 'runner' : 'dir';
    return [{ ...unplaced(problem, fileName), ...placeInProject(checked, index, key) }];
  });
  const notes = await unreadOwners(desk, snapshot);
  if (checked === null || 'findings' in checked || file === null)
    return { fileThere, faults: places, notes, projects };
  const files = new Set(snapshot.entries.flatMap(({ path, kind }) => (kind === 'file' ? [path] : [])));
  const missing = missingFiles(checked, file, (path) => files.has(through(snapshot.links, path).real ?? ''));
  // Those have the place of their own.
  const others = places.filter(({ sentence }) => !missing.some((one) => one.sentence === sentence));
  return {
    fileThere,
    faults: [...others, ...missing.map((fault) => ({ file: fileName, ...fault }))].sort(
      (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
    ),
    notes: [
      ...[
        ...idleRules(
          checked,
          file,
          projects.map(({ dir }) => dir),
        ),
        ...idleEntries(checked, file),
      ]
        .sort((a, b) => a.line - b.line)
        .map((note) => ({ file: fileName, ...note })),
      ...notes,
    ],
    projects,
  };
};

const at = (file: string, { line, column }: { line: number | null; column: number | null }): string =>
  line === null ? file : `${file}:${line}:${column ?? 1}`;

const count = (number: number, one: string, more = `${one}s`): string =>
  `${number} ${number === 1 ? one : more}`;

/** In the form that editors and terminals make links of: `file:line:column: what`. */
const inWords = ({ faults, notes, projects, fileThere }: Looked, desk: Desk): string => {
  const lines = [
    ...faults.flatMap((fault) => [
      `${at(fault.file, fault)}: ${fault.sentence}`,
      ...(fault.advice === '' ? [] : [`  ${fault.advice}`]),
      ...(fault.details === undefined ? [] : [fault.details.replaceAll(/^/gm, '  ')]),
    ]),
    ...notes.map((note) => `${at(note.file, note)}: ${note.sentence}`),
  ];
  if (faults.length > 0) lines.push(count(faults.length, 'problem'));
  else {
    const found = count(projects?.length ?? 0, 'project');
    lines.push(
      fileThere !== null
        ? `${fileThere} is right: ${found}.`
        : `There is no ${repositoryFileName}: ${found}, found by ${projects?.length === 1 ? 'itself' : 'themselves'}.`,
    );
  }
  if (desk.operatorFile === null)
    lines.push('No operator file was asked; `--config FILE` says what the rules of the server make of it.');
  if (desk.generated !== null) lines.push(desk.generated.sentence);
  return `${lines.join('\n')}\n`;
};

const inJson = ({ faults, notes, projects }: Looked, desk: Desk): string =>
  `${JSON.stringify(
    {
      ok: faults.length === 0,
      operatorFile: desk.operatorFile?.name ?? null,
      generated: desk.generated === null ? null : { ran: desk.generated.ran },
      projects: projects?.length ?? null,
      problems: faults.map(({ file, line, column, code, sentence, advice }) => ({
        file,
        line,
        column,
        code,
        sentence,
        advice,
      })),
      notes,
    },
    null,
    2,
  )}\n`;

/** `tidegate validate [DIR]`: is what lies in a checkout right? */
export const validate = async (args: readonly string[], terminal: Terminal): Promise<number> => {
  const { values, words } = argumentsOf(args, checkoutOptions, 1);
  const { config, repository, json, generate } = values;
  return atDesk(terminal, { folder: words[0] ?? '.', config, repository, generate }, async (desk) => {
    const looked = await look(desk);
    await terminal.out(json ? inJson(looked, desk) : inWords(looked, desk));
    return looked.faults.length === 0 ? 0 : 1;
  });
};
