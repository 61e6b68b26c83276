/**
 * Every sentence a user may get instead of what was asked for. The code is stable and documented,
 * `sentence` says what is wrong with names and values, `advice` says what to do next.
 */
export interface Problem {
  readonly code: ProblemCode;
  readonly sentence: string;
  readonly advice: string;
  /** Shown as preformatted text below; the tool's own words, for example. */
  readonly details?: string;
}

/** Code -> what it means, for the reference. Each code is raised in one place or more and has a test. */
export const problemCatalogue = {
  conflict: 'The pull request does not merge cleanly into its base branch.',
  fork: 'The head branch lives in another repository.',
  untrusted: 'What the code brings has to be trusted first, or is refused by the operator.',
  'trust-refused': 'A commit cannot be trusted: it is not the newest, or not by this person.',
  'nothing-to-trust': 'Nothing of this commit waits for trust.',
  draft: 'The pull request is a draft.',
  bot: 'The author is a bot whose pull requests the operator does not let be planned by themselves, or applied.',
  closed: 'The pull request is not open.',
  'base-branch': 'The operator does not let pull requests into this branch be applied.',
  'repository-refused':
    'The operator does not let Tidegate work for this repository, or not under its present name.',
  'config-invalid': '`tidegate.yaml` does not parse or does not validate.',
  'generator-failed': 'The command of the operator that says the projects of a repository failed.',
  'settings-invalid':
    'A setting of the server, in its environment or its operator file, is missing or wrong.',
  'path-refused': 'A path in the configuration or a selector is not a plain path inside the repository.',
  'checkout-refused': 'What a command on a checkout asks for is not there: the checkout, a commit, a file.',
  'no-such-project': 'A selector matches no project.',
  'end-unclear':
    'A project is deleted, and whether another one has its state now cannot be told: somebody has to say.',
  'no-such-runner': 'A project asks for a runner that this server does not have.',
  'workflow-unfit': 'A workflow of the operator file does not keep the steps of the runner of a project.',
  'command-invalid': 'A command could not be understood, or asks for something that is not allowed.',
  'argument-refused': 'A tool argument after `--` is not on the allow-list.',
  'too-many-commands': 'More commands came from one person or on one pull request than are taken at a time.',
  'queue-full': 'As many runs wait on the server as it takes.',
  'too-many-projects': 'More projects would be planned than one pull request may have planned at once.',
  'found-late': 'A comment was found long after it was written, or was edited before it was found.',
  'button-moved':
    'A button was pressed that belongs to another commit, or to other plans than those that stand now.',
  'comment-changed':
    'The comment that asked was edited or deleted before what it asked for could begin, or cannot be told from one that was.',
  'consumers-off': 'No rule lets projects of other repositories be shown on pull requests of this one.',
  'not-permitted': 'The commenter may not do this.',
  locked: 'Another pull request holds the lock of this project.',
  'not-planned': 'There is no plan to apply.',
  applying: 'An apply of the project is under way.',
  'plan-spent': 'The plan was already used by an apply.',
  'merge-gone':
    'The commit that a pull request was merged with is not on its base branch any more, or what that was before it cannot be told.',
  'merge-differs': 'What was planned after the merge is not what was agreed to before it.',
  'after-merge': 'The project is applied after the merge, and not before.',
  contained: 'A newer commit that holds this one was applied already.',
  overtaken: 'The apply of a newer commit that holds this one was begun.',
  'queue-refused': 'What a merge queue would merge is not what was applied or agreed to.',
  'drift-pending':
    'The world is not put right from a drift issue now: what was applied last is not what the branch says, or is not known.',
  'tag-moved': 'A tag that an environment follows leads elsewhere than when it was chosen.',
  'tag-gone': 'A tag that an environment follows is not there any more.',
  'tag-twice': 'Two tags that an environment follows are of the same version.',
  'tag-off-branch': 'A tag that an environment follows leads to a commit that is not on the default branch.',
  'tag-refused': 'Nothing is planned or applied at the tag that an environment follows now.',
  'drift-held': 'What drifts is not put back without a command now.',
  'followup-refused':
    'No follow-up pull request is opened: nothing is left to apply, something of it is not over, or GitHub does not let Tidegate.',
  'adopt-refused':
    'No pull request that has Git say what is there is opened: the runner cannot write it down, what it wrote may not go into Git, there is nothing to write, or GitHub does not let Tidegate.',
  'rollback-refused':
    'No revert pull request is opened: nothing was applied, it is reverted already, it does not come out cleanly, or GitHub does not let Tidegate.',
  pushed: 'A base branch has commits that no merged pull request brought, and that are not applied.',
  'given-up': 'Somebody gave up the apply that a merge had asked for.',
  suspended: 'The project is suspended: nothing is applied to it for a time.',
  'suspend-refused':
    'A project cannot be suspended for as long as was asked, or nothing is suspended that could be resumed.',
  'by-itself': 'The rules do not let this be applied without a command.',
  'files-away':
    'A plan destroys something, and was made without files that the operator does not let its project read.',
  'plan-stale': 'What was planned is not what would be applied now.',
  'not-approved': 'An approval is missing.',
  'not-mergeable': 'GitHub would not merge the pull request, our own checks aside.',
  'merge-refused': 'GitHub did not let a pull request be merged by itself.',
  'not-up-to-date': 'The base branch changed what the project depends on since this branch left it.',
  'checks-open': 'A check that is asked for has not passed.',
  'window-closed': 'The rules allow no apply at this time.',
  'environment-refused':
    'What protects the environment of a project on GitHub does not let it be applied from here, or cannot be kept.',
  'environment-waits': 'The wait timer of the environment of a project has not run out.',
  'policy-failed': 'A policy says no, or could not be asked.',
  'policy-refused': 'A policy cannot be let pass: it is none, or nothing is held against it.',
  'requirement-unread': 'What a requirement asks about could not be read.',
  'board-altered': 'Somebody else changed the comment with the plan.',
  'depends-on': 'A project this one depends on is not applied yet.',
  'state-in-checkout': 'The project keeps its state inside the checkout, where it would be lost.',
  'tool-missing':
    'The tool is not installed on the server, or has another version than the project asks for.',
  'program-untrusted':
    'Somebody else than root and the user of the server could exchange a program that the server starts itself.',
  'version-unmet':
    'What a project or its code asks of the version of its tool cannot be read, or the tool did not keep to it.',
  'forge-unavailable': 'GitHub could not be asked, so nothing was done: what has to hold is not known.',
  'tool-unavailable': 'A version of a tool is not on the server and could not be fetched.',
  'tool-untrusted':
    'What was fetched as a version of a tool is not what its makers signed, and was thrown away.',
  'mirror-refused':
    'Providers cannot be put into the mirror: somebody else fills it, or its folder is not as it must be.',
  'tool-failed': 'The tool ended with an error.',
  'tool-blocked': 'The tool says that a human has to act first.',
  'tool-busy': 'The tool said again and again that it may go well later.',
  'tool-contradicts': 'The exit code of the tool and its plan say different things.',
  'plan-blocked': 'The plan says of itself that it cannot be applied as things are.',
  'feed-unknown':
    'The plan was made without an output of another project that is not there yet, and is for reading only.',
  'outputs-unreadable': 'Outputs of a project that others are fed cannot be read.',
  'plan-unverified': 'The plan was made without a look at what is there, and is for reading only.',
  'tool-timeout': 'The tool took longer than its time limit.',
  'plan-unreadable': 'The tool wrote a plan in a format this version of Tidegate does not know.',
  'plan-interrupted': 'The server stopped while the plan was running.',
  'apply-interrupted': 'The server stopped before the apply had started.',
  'apply-cancelled': 'An apply was asked to stop, and its tool ended in order.',
  'state-not-saved': 'The tool changed things and could not write its state.',
  cancelled: 'Somebody asked for it to be stopped.',
  'nothing-to-cancel': 'No run is queued or under way.',
  'cancel-refused': 'An apply that was asked to stop once is not asked again without the risk being taken.',
  'operation-refused': 'A state is not changed as it stands, or not of several projects at once.',
  'nothing-to-recover': 'No apply of the pull request has an unknown outcome.',
  'recover-refused': 'What was asked after an unknown outcome cannot be done, or would make it worse.',
  'outcome-unknown': 'An apply was started and its outcome is not known.',
  'no-room': "The server's disk is full.",
  'artifact-damaged': 'The stored plan is not what was planned, byte for byte.',
  'cannot-start':
    'The server refuses to start: its data folder, its database or a key file is not as it must be.',
  internal: 'A bug of Tidegate.',
} as const satisfies Record<string, string>;

export type ProblemCode = keyof typeof problemCatalogue;

/** A problem the user can do something about. Everything else that is thrown is our bug. */
export class UserError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.sentence, options);
    this.name = 'UserError';
    this.problem = problem;
  }
}
